import { addDays, startOfDay } from '../../kernel/local-time';
import { type LifecycleRules, type Stage, type StageCause, type StageFacts, stageOn } from '../stage';

/** What a customer's row said before. */
export interface StageBefore extends StageFacts {
  stage: Stage;
}

/** One change of stage. `from` is null for a customer who was not known before. */
export interface StageMove {
  at: Date;
  from: Stage | null;
  to: Stage;
  cause: StageCause;
  starts: boolean;
}

/** What brings the recomputation about. */
export interface StageTouch {
  cause: StageCause;
  /** Whether a change may start campaigns: false for imports and for facts older than 72 hours. */
  starts: boolean;
}

const STARTING: readonly StageCause[] = ['order', 'refund', 'time'];

/** Whether a change by this cause may start campaigns at all. */
export function mayStart(cause: StageCause): boolean {
  return STARTING.includes(cause);
}

/** The midnight from which a customer whose last order was on `lastDay` is lapsed. */
export function lapseInstant(lastDay: string, rules: LifecycleRules, zone: string): Date {
  return startOfDay(addDays(lastDay, rules.thresholdDays + 1), zone);
}

/**
 * The changes that lead from what was recorded to what the facts say on `today`. At most two: where the sweep has not
 * come by since midnight, the step to lapsed is recorded first, at its own midnight; it starts nothing if the order
 * that came in the meantime took it back.
 */
export function stageMoves(
  before: StageBefore | null,
  facts: StageFacts,
  touch: StageTouch,
  when: { at: Date; today: string; zone: string },
  rules: LifecycleRules,
): StageMove[] {
  const to = stageOn(facts, when.today, rules);
  const starts = touch.starts && mayStart(touch.cause);
  if (!before) {
    // Nobody moves into being a prospect: that is where everybody is who has just become known.
    return to === 'prospect' ? [] : [{ at: when.at, from: null, to, cause: touch.cause, starts }];
  }
  const moves: StageMove[] = [];
  let from = before.stage;
  const overdue = isActive(from) && before.lastDay !== null && stageOn(before, when.today, rules) === 'lapsed';
  if (overdue && before.lastDay !== null) {
    const at = lapseInstant(before.lastDay, rules, when.zone);
    moves.push({ at, from, to: 'lapsed', cause: 'time', starts: to === 'lapsed' });
    from = 'lapsed';
  }
  if (from !== to) moves.push({ at: when.at, from, to, cause: touch.cause, starts });
  return moves;
}

function isActive(stage: Stage): boolean {
  return stage === 'recent' || stage === 'repeat';
}
