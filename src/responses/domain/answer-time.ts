const DAY_MS = 86_400_000;

/** How long an answer may be changed, counted from the first one. */
const CHANGEABLE_MS = DAY_MS;
/** How long the link of a mail takes a first answer, counted from the mail. */
const OPEN_MS = 90 * DAY_MS;

/** Until when an answer may be changed, exclusive. */
export function changeableUntil(answeredAt: Date): Date {
  return new Date(answeredAt.getTime() + CHANGEABLE_MS);
}

/** Whether an answer may be given at `now`: a first one for ninety days after the mail, a change of it for a day. */
export function mayAnswer(mailAt: Date, answeredAt: Date | null, now: Date): boolean {
  const until = answeredAt ? changeableUntil(answeredAt).getTime() : mailAt.getTime() + OPEN_MS;
  return now.getTime() < until;
}
