import { type Interval, wilson } from './proportion-interval';

/** A reason, and the share of those who answered that gave it. */
export interface ReasonShare {
  reason: string;
  answers: number;
  share: number;
  ci: Interval;
}

/** Who left, who was asked why, and what they said. */
export interface ExitFigures {
  /** Addresses that were unsubscribed. */
  left: number;
  /** Of these on a page of ours, where the question stands. */
  asked: number;
  answered: number;
  /** `answered / asked`; null when nobody was asked. People are asked once, those who leave again are not. */
  answerRate: number | null;
  /** The most frequent first. */
  reasons: ReasonShare[];
}

/** Adds up counts; answers are never more than were asked in the same period, except at its bounds. */
export function exitFigures(
  left: ReadonlyArray<{ left: number; asked: number }>,
  answers: ReadonlyArray<{ reason: string; answers: number }>,
): ExitFigures {
  const asked = left.reduce((sum, row) => sum + row.asked, 0);
  const counts = new Map<string, number>();
  for (const row of answers) counts.set(row.reason, (counts.get(row.reason) ?? 0) + row.answers);
  const answered = [...counts.values()].reduce((sum, n) => sum + n, 0);
  return {
    left: left.reduce((sum, row) => sum + row.left, 0),
    asked,
    answered,
    answerRate: asked === 0 ? null : Math.min(1, answered / asked),
    reasons: [...counts]
      .map(([reason, n]) => ({ reason, answers: n, share: n / answered, ci: wilson({ x: n, n: answered }) }))
      .sort((a, b) => b.answers - a.answers || (a.reason < b.reason ? -1 : 1)),
  };
}
