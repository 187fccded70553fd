import { uniform } from '../../../kernel/hash';
import { type LifeSeen, type RefusalSeen, type TimelineLine } from './walk.types';

/** One person's way through the campaign, or why there was none. Instants are ISO 8601. */
export interface SampleTimeline {
  customerId: string;
  trigger: string;
  at: string;
  entry:
    { outcome: 'enrolled'; arm: string; armReason: string } | { outcome: 'refused'; reason: string; values: object };
  steps: Array<Omit<TimelineLine, 'at'> & { at: string }>;
  status: string | null;
  exitReason: string | null;
  endedAt: string | null;
  next: { step: string; at: string } | null;
}

interface Kept<T> {
  draw: number;
  one: T;
}

/**
 * Keeps the timelines of a few people out of many: those whose hash is least, so that the sample is by chance and yet the
 * same in every run, whatever the order in which people come. Of those refused a third as many.
 */
export class TimelineSample {
  private readonly lives: Array<Kept<LifeSeen>> = [];
  private readonly refusals: Array<Kept<RefusalSeen>> = [];

  constructor(private readonly size: number) {}

  entered(life: LifeSeen): void {
    keep(this.lives, { draw: uniform(`${life.customerId}:sample`), one: life }, this.size);
  }

  refused(refusal: RefusalSeen): void {
    keep(this.refusals, { draw: uniform(`${refusal.customerId}:sample`), one: refusal }, Math.ceil(this.size / 3));
  }

  timelines(): SampleTimeline[] {
    return [...this.lives.map(({ one }) => ofLife(one)), ...this.refusals.map(({ one }) => ofRefusal(one))];
  }
}

function keep<T>(list: Array<Kept<T>>, candidate: Kept<T>, size: number): void {
  const last = list.at(-1);
  if (list.length >= size && (!last || last.draw <= candidate.draw)) return;
  list.push(candidate);
  list.sort((a, b) => a.draw - b.draw);
  if (list.length > size) list.pop();
}

function ofLife(life: LifeSeen): SampleTimeline {
  const { customerId, trigger, enteredAt, arm, armReason, lines, status, exitReason, endedAt, next } = life;
  return {
    customerId,
    trigger,
    at: iso(enteredAt),
    entry: { outcome: 'enrolled', arm, armReason },
    steps: lines.map((line) => ({ ...line, at: iso(line.at) })),
    status,
    exitReason,
    endedAt: endedAt === null ? null : iso(endedAt),
    next: next && { step: next.step, at: iso(next.at) },
  };
}

function ofRefusal({ customerId, trigger, at, reason, values }: RefusalSeen): SampleTimeline {
  const entry = { outcome: 'refused' as const, reason, values };
  return {
    customerId,
    trigger,
    at: iso(at),
    entry,
    steps: [],
    status: null,
    exitReason: null,
    endedAt: null,
    next: null,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
