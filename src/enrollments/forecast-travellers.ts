import { Injectable } from '@nestjs/common';
import { type Replenishment } from '../catalog/replenishment';
import { ReplenishTimes } from '../catalog/replenish-times';
import { type Program } from '../campaigns/campaign.types';
import { Mailability } from '../customers/mailability';
import { splitDraw } from '../kernel/hash';
import { isZone } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import { SegmentConditions } from '../segments/segment-conditions';
import { buyersAmong } from './data/claim.sql';
import { type EnrollmentState } from './domain/advance';
import { type Traveller } from './domain/forecast-mails';
import { isGloballyHeldOut } from './domain/global-holdout';
import { hasReplenishWait } from './domain/program-reach';
import { GlobalHoldouts } from './global-holdouts';

/** Somebody who is under way, or expected to set out. */
export interface Departure {
  /** Empty for who has not entered yet. */
  enrollmentId: string;
  customerId: string;
  campaign: { id: string; salt: string; priority: number };
  program: Program;
  /** The order that brought them in; of who has not entered yet the one by which they, or who stands for them, once did. */
  orderId?: string | null;
  /** Where they stand; for who has not entered yet, when they do. */
  from: EnrollmentState | Date | ((zone: string) => Date | null);
  /** How many people this one stands for. */
  weight: number;
}

export interface WeighedTraveller extends Traveller {
  customerId: string;
  weight: number;
}

/** Loads what a forecast has to know of people, in sets: whether they may be mailed, and which conditions hold now. */
@Injectable()
export class ForecastTravellers {
  constructor(
    private readonly config: AppConfig,
    private readonly mailability: Mailability,
    private readonly conditions: SegmentConditions,
    private readonly holdouts: GlobalHoldouts,
    private readonly replenishing: ReplenishTimes,
  ) {}

  /** In the order given; who does not exist any more, or is in the global holdout now, is left out. */
  async load(db: Queryable, departures: readonly Departure[], now: Date): Promise<WeighedTraveller[]> {
    const ids = [...new Set(departures.map((one) => one.customerId))];
    const mails = await this.mailability.load(db, ids);
    const bought = ids.length === 0 ? [] : await db.query<{ customer_id: string }>(buyersAmong(ids));
    const buyers = new Set(bought.map((row) => row.customer_id));
    const holding = await this.holding(db, departures, now);
    const period = await this.holdouts.current(db);
    const replenishments = await this.replenishments(db, departures, now);
    return departures.flatMap(({ enrollmentId, customerId, campaign, program, from, weight }, index) => {
      const known = mails.get(customerId);
      if (!known) return [];
      if (period && program.basis !== 'transactional' && isGloballyHeldOut(period, customerId)) return [];
      const zone = known.timezone !== null && isZone(known.timezone) ? known.timezone : this.config.store.timezone;
      const state = stateFrom(from, zone);
      if (!state) return [];
      const held = new Set(holding.get(program)?.get(customerId));
      // Who enters does not leave at once: what ends it are the things that happen on the way.
      if (enrollmentId === '' && program.exitWhen !== undefined) held.delete(program.exitWhen);
      const { email, consentStatus, suppressed, erased, choices } = known;
      const replenishment = replenishments.get(String(index));
      return {
        ...(replenishment ? { replenishment } : {}),
        ...{ enrollmentId, customerId, campaignId: campaign.id, priority: campaign.priority, program, state, weight },
        ...{
          zone,
          holding: held,
          mail: { email, consentStatus, suppressed, erased, choices, hasBought: buyers.has(customerId) },
        },
        splitDraw: (key: string) => splitDraw(campaign.salt, key, customerId),
      };
    });
  }

  /** By the place of the departure. The order to come of who has not entered yet is placed when they do. */
  private async replenishments(
    db: Queryable,
    departures: readonly Departure[],
    now: Date,
  ): Promise<ReadonlyMap<string, Replenishment>> {
    const questions = departures.flatMap(({ customerId, orderId = null, program }, index) =>
      hasReplenishWait(program) ? [{ id: String(index), customerId, orderId }] : [],
    );
    const found = await this.replenishing.of(db, questions, now);
    return new Map(
      [...found].map(([id, told]) => [
        id,
        departures[Number(id)]?.enrollmentId === '' ? { ...told, order: null } : told,
      ]),
    );
  }

  /** Which conditions of each program hold for whom; a statement each. */
  private async holding(
    db: Queryable,
    departures: readonly Departure[],
    now: Date,
  ): Promise<Map<Program, Map<string, number[]>>> {
    const found = new Map<Program, Map<string, number[]>>();
    for (const program of new Set(departures.map((one) => one.program))) {
      const people = new Set(departures.filter((one) => one.program === program).map((one) => one.customerId));
      const holding = new Map<string, number[]>();
      for (const [index, condition] of (program.conditions ?? []).entries()) {
        for (const id of await this.conditions.evaluate(db, condition, [...people], now)) {
          holding.set(id, [...(holding.get(id) ?? []), index]);
        }
      }
      found.set(program, holding);
    }
    return found;
  }
}

function stateFrom(from: Departure['from'], zone: string): EnrollmentState | null {
  if (typeof from === 'object' && !(from instanceof Date)) return from;
  const at = typeof from === 'function' ? from(zone) : from;
  if (!at) return null;
  const begun = { position: 0, nextRunAt: at, dueAt: at, exitReason: null, waitingSince: null };
  return { status: 'active', arm: 'treatment', ...begun };
}
