import { Injectable } from '@nestjs/common';
import { splitDraw } from '../kernel/hash';
import { Coupons, type PoolNow } from '../incentives/coupons';
import { isZone } from '../kernel/local-time';
import { versionKey } from '../campaigns/campaign-programs';
import { Mailability, type MailFacts } from '../customers/mailability';
import { AppConfig } from '../platform/config/config';
import { type Replenishment } from '../catalog/replenishment';
import { ReplenishTimes } from '../catalog/replenish-times';
import { type Tx } from '../platform/database/database';
import { SegmentConditions } from '../segments/segment-conditions';
import { ContactDesks } from './contact-desks';
import { awaitedEvents, awaitedOrders, type AwaitedQuestion, type AwaitedRow } from './data/awaited.sql';
import { buyersAmong, goalOrders, type GoalQuestion } from './data/claim.sql';
import { type AdvanceFacts } from './domain/advance';
import { type ContactDesk } from './domain/contact-policy';
import { type NewDraw, type PeriodRow } from './data/global-holdout.sql';
import { globalHoldoutValues, isGloballyHeldOut } from './domain/global-holdout';
import { type Claimed } from './engine-claim';
import { GlobalHoldouts } from './global-holdouts';

/** A claimed enrollment with all that its run may ask for. */
export interface Loaded extends Claimed {
  /** Null where no mail can come due. */
  mail: MailFacts | null;
  facts: AdvanceFacts;
  /** Those that its run may give codes of. */
  pools: ReadonlyMap<string, PoolNow>;
  /** Filled as the run asks: in which arm of the global holdout the person is. */
  draws: NewDraw[];
}

type Holds = AdvanceFacts['holds'];

/** What a claim has loaded, by enrollment or customer. */
interface Sheaf {
  mails: ReadonlyMap<string, MailFacts>;
  buyers: ReadonlySet<string>;
  goals: ReadonlyMap<string, Date>;
  /** By enrollment and event. */
  awaited: ReadonlyMap<string, AwaitedRow>;
  /** By version of a campaign. */
  conditions: ReadonlyMap<string, (condition: number, customerId: string) => ReturnType<Holds>>;
  desks: ReadonlyMap<string, ContactDesk>;
  pools: ReadonlyMap<string, PoolNow>;
  /** By enrollment. */
  replenishments: ReadonlyMap<string, Replenishment>;
  globalHoldout: PeriodRow | null;
}

/**
 * Loads exactly what the programs of a claim ask for before they stop again, in sets: a batch that only waits loads
 * nothing. The number of statements goes by what is asked (mails, goals, events, conditions per version, the contact
 * policy), never by the number of enrollments.
 */
@Injectable()
export class EngineFacts {
  constructor(
    private readonly config: AppConfig,
    private readonly mailability: Mailability,
    private readonly conditions: SegmentConditions,
    private readonly desks: ContactDesks,
    private readonly coupons: Coupons,
    private readonly holdouts: GlobalHoldouts,
    private readonly replenishing: ReplenishTimes,
  ) {}

  async load(tx: Tx, claimed: readonly Claimed[], now: Date): Promise<Loaded[]> {
    const mailing = claimed.filter(({ reach }) => reach.mail);
    const mails = await this.mailability.load(tx, unique(mailing.map(({ row }) => row.customer_id)));
    const sheaf: Sheaf = {
      mails,
      buyers: await buyers(tx, mailing),
      goals: await goals(tx, claimed),
      awaited: await awaited(tx, claimed, now),
      conditions: await this.decisions(tx, claimed, now),
      desks: await this.desksOf(tx, mailing, now),
      pools: await this.coupons.pools(tx, unique(claimed.flatMap(({ reach }) => reach.couponPools))),
      replenishments: await this.replenishments(tx, claimed, now),
      globalHoldout: await this.holdouts.current(tx),
    };
    return claimed.map((one) => {
      const draws: NewDraw[] = [];
      const facts = this.factsOf(one, sheaf, draws);
      return { ...one, mail: mails.get(one.row.customer_id) ?? null, facts, pools: sheaf.pools, draws };
    });
  }

  /** Keeps in which arm of the global holdout those were who were asked about. */
  async storeDraws(tx: Tx, loaded: readonly Loaded[], now: Date): Promise<void> {
    const period = await this.holdouts.current(tx);
    if (!period) return;
    const draws = new Map(loaded.flatMap((one) => one.draws).map((draw) => [draw.customerId, draw]));
    await this.holdouts.store(tx, period, [...draws.values()], now);
  }

  private factsOf({ row, published, reach }: Claimed, sheaf: Sheaf, draws: NewDraw[]): AdvanceFacts {
    const { customer_id: customerId, campaign_id: campaignId, id } = row;
    const known = reach.mail ? sheaf.mails.get(customerId) : undefined;
    return {
      get mail() {
        if (!known) throw new Error(`enrollment ${id} has no customer, or no mail was expected of it`);
        const { email, consentStatus, suppressed, erased, choices } = known;
        return { email, consentStatus, suppressed, erased, choices, hasBought: sheaf.buyers.has(customerId) };
      },
      zone: this.zoneOf(row),
      goalAt: sheaf.goals.get(id) ?? null,
      holds: (condition) => {
        const decide = sheaf.conditions.get(versionKey(campaignId, row.version));
        if (!decide) throw new Error(`condition ${condition} of enrollment ${id} was not loaded`);
        return decide(condition, customerId);
      },
      eventAt: (type, after, until) => {
        const { times = [], own } = sheaf.awaited.get(`${id} ${type}`) ?? {};
        if (own !== undefined && own !== null && own <= after.getTime()) return after;
        const at = times.find((time) => time > after.getTime() && time <= until.getTime());
        return at === undefined ? null : new Date(at);
      },
      splitDraw: (key) => splitDraw(published.salt, key, customerId),
      contact: (request) => {
        const desk = sheaf.desks.get(customerId);
        if (!desk) throw new Error(`the contacts of ${customerId} were not loaded`);
        return desk.ask({ ...request, enrollmentId: id, campaignId, priority: published.definition.priority });
      },
      globalHoldout: () => {
        const { globalHoldout: period } = sheaf;
        if (!period) return null;
        const held = isGloballyHeldOut(period, customerId);
        draws.push({ customerId, arm: held ? 'holdout' : 'treatment', orderId: row.trigger_order_id });
        return held ? globalHoldoutValues(period, customerId) : null;
      },
      replenishment: () => {
        const told = sheaf.replenishments.get(id);
        if (!told) throw new Error(`when the order of enrollment ${id} is to be replenished was not loaded`);
        return told;
      },
      lacksCoupon: (poolId) => {
        const pool = sheaf.pools.get(poolId);
        return !pool || (!pool.left && pool.whenExhausted === 'skip');
      },
    };
  }

  private replenishments(tx: Tx, claimed: readonly Claimed[], now: Date): Promise<Sheaf['replenishments']> {
    const asked = claimed.filter(({ reach }) => reach.replenish);
    const questions = asked.map(({ row }) => ({
      id: row.id,
      customerId: row.customer_id,
      orderId: row.trigger_order_id,
    }));
    return this.replenishing.of(tx, questions, now);
  }

  private zoneOf({ timezone }: { timezone: string | null }): string {
    return timezone !== null && isZone(timezone) ? timezone : this.config.store.timezone;
  }

  /** The conditions that the runs may reach, each version's together. */
  private async decisions(tx: Tx, claimed: readonly Claimed[], now: Date): Promise<Sheaf['conditions']> {
    const found = new Map<string, (condition: number, customerId: string) => ReturnType<Holds>>();
    for (const [key, group] of versionsOf(claimed.filter(({ reach }) => reach.conditions.length > 0))) {
      const wanted = unique(group.flatMap(({ reach }) => reach.conditions));
      const all = group[0]?.published.program.conditions ?? [];
      const people = unique(group.map(({ row }) => row.customer_id));
      const loaded = await this.conditions.present(
        tx,
        wanted.map((index) => all[index]),
        people,
        now,
      );
      found.set(key, (condition, customerId) => loaded.decide(wanted.indexOf(condition), customerId, now));
    }
    return found;
  }

  /** A desk for everybody who may get a marketing mail, held-out ones included: the rules of time are theirs as well. */
  private desksOf(tx: Tx, mailing: readonly Claimed[], now: Date): Promise<ReadonlyMap<string, ContactDesk>> {
    const marketing = mailing.filter(({ published }) => published.program.basis !== 'transactional');
    return this.desks.open(tx, new Map(marketing.map(({ row }) => [row.customer_id, this.zoneOf(row)])), now);
  }
}

/** Who of them has a counting order; asked only where the basis turns on it. */
async function buyers(tx: Tx, mailing: readonly Claimed[]): Promise<Set<string>> {
  const asked = mailing.filter(({ published }) => published.program.basis === 'soft_opt_in');
  if (asked.length === 0) return new Set();
  const found = await tx.query<{ customer_id: string }>(buyersAmong(asked.map(({ row }) => row.customer_id)));
  return new Set(found.map((row) => row.customer_id));
}

/** When the goal was reached, for the enrollments that an order ends. */
async function goals(tx: Tx, claimed: readonly Claimed[]): Promise<Map<string, Date>> {
  const questions = claimed.flatMap(({ row, published }): GoalQuestion[] => {
    const { goal } = published.program;
    if (!goal?.exit || goal.eventType !== 'order.counted') return [];
    const until = goal.withinMs === null ? null : new Date(row.entered_ms + goal.withinMs);
    const { id, customer_id: customerId, trigger_order_id: triggerOrderId } = row;
    return [{ id, customerId, after: new Date(row.entered_ms), until, triggerOrderId }];
  });
  if (questions.length === 0) return new Map();
  const found = await tx.query<{ id: string; placed_at: Date }>(goalOrders(questions));
  return new Map(found.map((row) => [row.id, row.placed_at]));
}

/** When what they wait for happened, from where each of them stands. */
async function awaited(tx: Tx, claimed: readonly Claimed[], now: Date): Promise<Map<string, AwaitedRow>> {
  const questions = claimed.flatMap(({ row, published, reach }): AwaitedQuestion[] => {
    const waiting = published.program.instructions[row.position]?.op === 'waitFor' ? row.waiting_ms : null;
    // A deferred mail makes what follows count from when it goes.
    const from = waiting ?? (row.waiting_ms === null ? row.next_run_ms : Math.max(row.next_run_ms, row.due_ms));
    return reach.events.map((eventType) => ({
      id: row.id,
      customerId: row.customer_id,
      eventType,
      after: new Date(from),
      triggerOrderId: row.trigger_order_id,
    }));
  });
  const orders = questions.filter(({ eventType }) => eventType === 'order.counted');
  const events = questions.filter(({ eventType }) => eventType !== 'order.counted');
  const rows = [
    ...(orders.length > 0 ? await tx.query<AwaitedRow>(awaitedOrders(orders, now)) : []),
    ...(events.length > 0 ? await tx.query<AwaitedRow>(awaitedEvents(events, now)) : []),
  ];
  return new Map(rows.map((row) => [`${row.id} ${row.type}`, row]));
}

function versionsOf(claimed: readonly Claimed[]): Map<string, Claimed[]> {
  const groups = new Map<string, Claimed[]>();
  for (const one of claimed) {
    const key = versionKey(one.row.campaign_id, one.row.version);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
