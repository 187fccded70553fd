import { FREQUENCIES, frequencyOf, type Wishes } from '../../customers/wishes';
import { type Duration, parseDuration } from '../../kernel/duration';

/** A cap that a person asked for: "fewer mails". */
export interface OwnCap {
  maxMessages: number;
  per: Duration;
}

/** The person's own cap, null where they asked for none. */
export function ownCapOf(wishes: Wishes): OwnCap | null {
  const name = frequencyOf(wishes);
  if (name === null) return null;
  const { maxMessages, per } = FREQUENCIES[name];
  const period = parseDuration(per);
  if (!period) throw new Error(`the frequency ${name} has no period`);
  return { maxMessages, per: period };
}
