import { type Replenishment } from '../../../catalog/replenishment';
import { type HappeningsInstead } from '../../../segments/segment-conditions';
import { type ContactPolicy, type PastContact } from '../contact-policy';
import { type Arm } from '../decide-entry';
import { type GlobalHoldout } from '../global-holdout';
import { type KnownOrder } from './known-orders';
import { type KnownPerson } from './known-person';
import { type SimulatedCampaign } from './simulated-campaign';
import { type Signal } from './signals';

/** A condition answered as of an instant. */
export type Holds = (
  condition: number,
  asOf: Date,
  instead?: HappeningsInstead,
) => { holds: boolean; values: Record<string, unknown> };

/** The same without the values, at a fraction of the cost. */
export type Is = (condition: number, asOf: Date, instead?: HappeningsInstead) => boolean;

/** All that is known of one customer, over all of the time. */
export interface CustomerPast {
  customerId: string;
  person: KnownPerson;
  /** When they came to be: by the shop's word, or with the first order. */
  since: number;
  /** By when they were placed. */
  orders: readonly KnownOrder[];
  /** In order; what happened before the period is not among them. */
  signals: readonly Signal[];
  /** By campaign: the enrollments from before the period, oldest first. */
  entries: ReadonlyMap<string, readonly PastEntry[]>;
  /** Mails of enrollments from before the period, as they were recorded, also those that went out in it. */
  contacts: ReadonlyArray<PastContact & { step: string }>;
  /** `<campaign id> <step>` of each mail that the live engine let go to this person, ever. */
  mailed: ReadonlySet<string>;
  holds: Holds;
  is: Is;
  /** When an order (without one: the last that counted as of then) is to be replenished, by the times in force at an instant. */
  replenishment(orderId: string | null, asOf: number, at: number): Replenishment;
}

/** An enrollment from before the period, as it was recorded. */
export interface PastEntry {
  arm: Arm;
  entryKey: string;
  enteredAt: number;
  endedAt: number | null;
}

/** A mail that went out. */
export interface PastMail {
  campaignId: string;
  step: string;
  at: number;
}

/** What a walk is the same for everybody in. */
export interface WalkRules {
  /** Side by side, in the order of their ids. */
  campaigns: readonly SimulatedCampaign[];
  policy: ContactPolicy;
  /** Index of the policy's `holdMarketingWhen`. */
  onHold: number | null;
  /** The period in force when the simulation was asked for, as if it had held all the time. */
  globalHoldout: GlobalHoldout | null;
  /** Index of the condition of its sunset. */
  silence: number | null;
  /** The conditions that look at what people did with mails. */
  engagement: ReadonlySet<number>;
  /** Ids of coupon pools that had no code left at the start, and skip mails then; all others have enough for everybody. */
  emptyPools: ReadonlySet<string>;
  /** Exclusive: what would come at or after it is not simulated. */
  until: number;
  /** The last instant of which everything is known when the clock reaches one, before anything is told at it. */
  before(at: number): number;
}
