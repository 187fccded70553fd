import { addDuration, parseDuration } from '../../kernel/duration';
import { holdoutDraw } from '../../kernel/hash';
import { type Reason } from '../../kernel/reasons';
import { type Basis, type EntryRule } from '../../campaigns/campaign.types';
import { type GlobalHoldout, globalHoldoutValues, isGloballyHeldOut } from './global-holdout';
import { type MailabilityFacts, mailabilityValues, mayMail } from './may-mail';

export type Arm = 'treatment' | 'holdout';

/** How an arm came about: drawn by hash, kept from the first enrollment, or nobody is held out. */
export type ArmReason = 'drawn' | 'kept' | 'no_holdout';

/** What the campaign says about entering it. */
export interface EntryPlan {
  basis: Basis;
  /** What its mails are about; absent: nothing that could be switched off. */
  topic?: string | undefined;
  entry: EntryRule;
  /** Share held out, [0, 1). */
  holdout: number;
  salt: string;
}

/** What a customer's past in this campaign says. */
export interface EntryHistory {
  /** Of the first enrollment ever; null: there was none. */
  firstArm: Arm | null;
  lastEnteredAt: Date | null;
  /** Entry keys of active enrollments. */
  activeKeys: ReadonlySet<string>;
}

export interface EntryFacts {
  inAudience: boolean;
  history: EntryHistory;
  mail: MailabilityFacts;
  /** The customer's zone, else the store's. */
  zone: string;
  /** The period in force; absent or null: nobody is held out of everything. */
  globalHoldout?: GlobalHoldout | null;
}

export type EntryDecision =
  | { enrolled: true; arm: Arm; armReason: ArmReason; draw: number | null }
  | { enrolled: false; reason: Reason; values: Record<string, unknown> };

/**
 * Whether a customer enters a campaign at `now`, and in which arm. In this order: audience, entry rule, mailability, the
 * global holdout (transactional campaigns know none), and only then the draw (definitions, "Arms"): who is refused is in
 * neither arm.
 */
export function decideEntry(
  plan: EntryPlan,
  facts: EntryFacts,
  customerId: string,
  entryKey: string,
  now: Date,
): EntryDecision {
  if (!facts.inAudience) return refuse('not_in_audience', {});
  const limit = entryLimit(plan.entry, facts, entryKey, now);
  if (limit) return limit;
  const unmailable = mayMail(facts.mail, plan, now);
  if (unmailable) return refuse(unmailable, mailabilityValues(facts.mail, plan));
  const { globalHoldout } = facts;
  if (globalHoldout && plan.basis !== 'transactional' && isGloballyHeldOut(globalHoldout, customerId)) {
    return refuse('global_holdout', globalHoldoutValues(globalHoldout, customerId));
  }
  const { firstArm } = facts.history;
  if (firstArm) return { enrolled: true, arm: firstArm, armReason: 'kept', draw: null };
  if (plan.holdout === 0) return { enrolled: true, arm: 'treatment', armReason: 'no_holdout', draw: null };
  const draw = holdoutDraw(plan.salt, customerId);
  return { enrolled: true, arm: draw < plan.holdout ? 'holdout' : 'treatment', armReason: 'drawn', draw };
}

function entryLimit(
  { limit }: EntryRule,
  { history, zone }: EntryFacts,
  entryKey: string,
  now: Date,
): EntryDecision | undefined {
  const { lastEnteredAt, activeKeys } = history;
  if (lastEnteredAt === null) return undefined;
  if (limit === 'once') return refuse('entry_limit', { limit, lastEnteredAt: lastEnteredAt.toISOString() });
  if (activeKeys.has(entryKey)) return refuse('already_active', { enteredAt: lastEnteredAt.toISOString() });
  if (limit === 'unlimited') return undefined;
  const every = parseDuration(limit.every);
  if (!every) throw new Error('entry.limit.every was not validated');
  const mayReenterAt = addDuration(lastEnteredAt, every, zone);
  if (mayReenterAt <= now) return undefined;
  return refuse('entry_limit', {
    limit,
    lastEnteredAt: lastEnteredAt.toISOString(),
    mayReenterAt: mayReenterAt.toISOString(),
  });
}

function refuse(reason: Reason, values: Record<string, unknown>): EntryDecision {
  return { enrolled: false, reason, values };
}
