import type { CreditModel } from '../attribution/credit-models';
import type { Beside } from './domain/attribution-beside';

/** What every report carries. Instants are ISO 8601. */
export interface ReportHead {
  asOf: string;
  /** Version of the definitions that the figures follow. */
  definitions: string;
  /** How many were left out, by reason; a reason is listed when it could have applied. */
  excluded: Record<string, number>;
  /** Last delivery of each source of shop events. */
  dataThrough: Record<string, string>;
  /** Null where the figures come from the database itself; else how far the read replica they come from has followed. */
  replica: ReplicaAge | null;
}

/** How old a read replica's data is. */
export interface ReplicaAge {
  /** When the last change that it has was made: changes up to then are in the figures. Null when it has had none yet. */
  changesThrough: string | null;
}

/** Messages of one step, by what became of them. `due` is the sum of all that follows up to `skipped`. */
export interface FunnelStep {
  step: string;
  due: number;
  sent: number;
  queued: number;
  failed: number;
  uncertain: number;
  heldOut: number;
  skipped: Record<string, number>;
  delivered: number;
  opened: { human: number; machine: number };
  clicked: { human: number; machine: number };
  unsubscribed: number;
  bounced: number;
  complained: number;
  converted: number;
}

/** `GET reports/campaigns/:ref/funnel`. */
export interface FunnelReport extends ReportHead {
  campaign: string;
  /** How long after the sending an order counts as `converted`. */
  window: string;
  steps: FunnelStep[];
}

/** Orders and what they brought, in the store's currency. */
export interface Takings {
  orders: number;
  revenue: number;
}

/** `GET reports/campaigns/:ref/attribution`. */
export interface AttributionReport extends ReportHead {
  campaign: string;
  window: string;
  /** Credit of this campaign's messages; beside it what the model credits to no message at all. */
  models: Record<CreditModel, Takings & { uncredited: Takings }>;
  /** Orders without a click in the window: what `last_click` credits to nobody. */
  uncredited: Takings;
  /** What the campaign changed, and in words why that is not what is credited. */
  beside: Beside;
  byStep: Array<{ step: string } & Record<CreditModel, Takings>>;
  /** Why a value is null, by its path. */
  undefinedBecause: Record<string, string>;
}
