import { uniform } from '../../kernel/hash';

const HOUR_MS = 3_600_000;

/**
 * When the engine takes up an enrollment again that was frozen: what was planned for later keeps its time, what is
 * overdue is spread evenly over the hour from `now`, each enrollment at its own deterministic moment. Returns an instant
 * in [now, now + 1 h).
 */
export function resumeAt(enrollmentId: string, plan: Date, now: Date): Date {
  if (plan > now) return plan;
  return new Date(now.getTime() + Math.floor(uniform(`${enrollmentId}:resume`) * HOUR_MS));
}
