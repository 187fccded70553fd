import { Injectable } from '@nestjs/common';
import { type ReplenishOrder, replenishmentOf, ReplenishPast } from '../../catalog/replenishment';
import { ReplenishTimes } from '../../catalog/replenish-times';
import { AppConfig } from '../../platform/config/config';
import { type Queryable } from '../../platform/database/database';
import { SegmentConditions } from '../../segments/segment-conditions';
import * as sql from '../data/simulation-histories.sql';
import { knownField, knownOrder, type Listening, signalsOf } from '../domain/simulation/build-past';
import { ClockSignals, zonesIn } from '../domain/simulation/clock-signals';
import { countsAt, type KnownOrder } from '../domain/simulation/known-orders';
import { type AddressBook, type AddressFact, KnownFields, KnownPerson } from '../domain/simulation/known-person';
import { mergeInOrder, type RulesSince } from '../domain/simulation/signals';
import { type CustomerPast, type Holds, type Is } from '../domain/simulation/customer-past';

/** What a simulation reads of the past. */
export interface PastRequest {
  from: Date;
  to: Date;
  conditions: readonly unknown[];
  campaignIds: readonly string[];
  listening: Listening;
  /** Whether a campaign waits until something is to be replenished. */
  replenish: boolean;
}

/** A page of customers with all that is known of them. */
export interface PastPage {
  pasts: CustomerPast[];
  last: string | null;
}

/** The rows of a page, by customer. */
interface PageRows {
  fields: Map<string, sql.FieldRow[]>;
  orders: Map<string, sql.OrderRow[]>;
  events: Map<string, sql.EventRow[]>;
  entries: Map<string, sql.EntryRow[]>;
  contacts: Map<string, sql.ContactRow[]>;
  /** By the order's id. */
  bought: ReadonlyMap<string, ReplenishOrder>;
}

/** Reads the histories of customers, page by page: a fixed number of statements for any number of people. */
@Injectable()
export class CustomerPasts {
  constructor(
    private readonly config: AppConfig,
    private readonly conditions: SegmentConditions,
    private readonly replenishing: ReplenishTimes,
  ) {}

  /** How many customers there are. */
  async count(db: Queryable): Promise<number> {
    const [row] = await db.query<{ n: number }>(sql.customerCount());
    return row?.n ?? 0;
  }

  /** Reads pages for one simulation. */
  async reader(db: Queryable, request: PastRequest): Promise<PastReader> {
    const rules = await db.query<RulesSince>(sql.lifecycleRules());
    const off = (await db.query<{ topic: string }>(sql.topicsOffByDefault())).map(({ topic }) => topic);
    const times = request.replenish ? await this.replenishing.during(db, request.from, request.to) : null;
    const replenish = times && { times, orders: (tx: Queryable, ids: string[]) => this.replenishing.orders(tx, ids) };
    return new PastReader(this.conditions, this.config.store.timezone, request, { rules, off, replenish });
  }
}

/** What one simulation has looked up once for all pages. */
interface Known {
  rules: readonly RulesSince[];
  /** Topics that are off for who has said nothing. */
  off: readonly string[];
  /** Null where nobody asks. */
  replenish: {
    times: ReplenishPast;
    orders(db: Queryable, customerIds: string[]): Promise<ReadonlyMap<string, ReplenishOrder>>;
  } | null;
}

const NOTHING_BOUGHT: ReadonlyMap<string, ReplenishOrder> = new Map();

/** One simulation's reader. Occurrences of the clock are worked out once for all pages. */
export class PastReader {
  private readonly clock: ClockSignals;

  constructor(
    private readonly conditions: SegmentConditions,
    private readonly zone: string,
    private readonly request: PastRequest,
    private readonly known: Known,
  ) {
    this.clock = new ClockSignals(request.from.getTime(), request.to.getTime());
  }

  /** The customers after an id, in the order of ids; none: there are no more. */
  async page(db: Queryable, after: string | null, limit: number): Promise<PastPage> {
    const customers = await db.query<sql.CustomerRow>(sql.customerPage(after, limit));
    if (customers.length === 0) return { pasts: [], last: null };
    const ids = customers.map(({ id }) => id);
    const rows = await this.rows(db, ids);
    const people = new Map(ids.map((id) => [id, new KnownFields(id, (rows.fields.get(id) ?? []).map(knownField))]));
    const addresses = await this.addresses(db, people);
    const { conditions, to } = this.request;
    const histories = conditions.length > 0 ? await this.conditions.histories(db, conditions, ids, to) : null;
    const pasts = customers.map((customer) => {
      const holds: Holds = (condition, asOf, instead) =>
        histories?.decide(condition, customer.id, asOf, instead) ?? { holds: false, values: {} };
      const is: Is = (condition, asOf, instead) => histories?.holds(condition, customer.id, asOf, instead) ?? false;
      return this.past(customer, rows, { people, addresses }, { holds, is });
    });
    return { pasts, last: ids.at(-1) ?? null };
  }

  private async rows(db: Queryable, ids: readonly string[]): Promise<PageRows> {
    const { from, listening, campaignIds } = this.request;
    const types = [...new Set([...listening.types, 'order.counted', 'order.cancelled', 'customer.created'])];
    return {
      fields: byCustomer(await db.query<sql.FieldRow>(sql.fieldHistory(ids))),
      orders: byCustomer(await db.query<sql.OrderRow>(sql.orderHistory(ids))),
      events: byCustomer(await db.query<sql.EventRow>(sql.eventHistory(ids, types, from))),
      entries: byCustomer(await db.query<sql.EntryRow>(sql.entriesBefore(ids, campaignIds, from))),
      contacts: byCustomer(await db.query<sql.ContactRow>(sql.contactHistory(ids, from))),
      bought: (await this.known.replenish?.orders(db, [...ids])) ?? NOTHING_BOUGHT,
    };
  }

  /** What holds for the addresses that these people ever had, and who else has them. */
  private async addresses(db: Queryable, people: Map<string, KnownFields>): Promise<AddressBook> {
    const emails = [...new Set([...people.values()].flatMap((person) => person.addresses()))];
    const facts = await db.query<sql.AddressRow>(sql.addressFacts(emails));
    const others = await db.query<{ id: string }>(sql.otherHolders(emails, [...people.keys()]));
    const told = others.length > 0 ? await db.query<sql.FieldRow>(sql.fieldHistory(others.map(({ id }) => id))) : [];
    const strangers = [...byCustomer(told)].map(([id, fields]) => new KnownFields(id, fields.map(knownField)));
    const holders = new Map<string, KnownFields[]>();
    for (const person of [...people.values(), ...strangers]) {
      for (const email of person.addresses()) push(holders, email, person);
    }
    // Most addresses have one holder, whom nobody else's word concerns.
    for (const [email, list] of holders) if (list.length === 1) holders.delete(email);
    return { optouts: spans(facts, 'optout'), suppressions: spans(facts, 'suppression'), holders };
  }

  private past(
    customer: sql.CustomerRow,
    rows: PageRows,
    known: { people: Map<string, KnownFields>; addresses: AddressBook },
    ask: { holds: Holds; is: Is },
  ): CustomerPast {
    const { id, createdAt, recordedAt } = customer;
    const { listening } = this.request;
    const [from, to] = [this.request.from.getTime(), this.request.to.getTime()];
    const [events, fields] = [rows.events.get(id) ?? [], rows.fields.get(id) ?? []];
    const told = rows.orders.get(id) ?? [];
    const orders = ordersOf(told, events);
    const said = known.people.get(id) ?? new KnownFields(id, []);
    const person = new KnownPerson(said, known.addresses, orders, this.zone, this.known.off);
    const imports = told.filter(({ silent }) => silent).map((order) => order.recordedAt);
    const importedAt = Math.max(-Infinity, ...imports);
    const frame = { from, to, rules: this.known.rules, zone: this.zone, listening };
    const sources = { createdAt, recordedAt, fields, events, orders, importedAt };
    const zoneAt = (at: number): string => person.zone(at);
    const zones = listening.clock.length > 0 ? zonesIn(fields.map(knownField), zoneAt, from, to) : [];
    const contacts = rows.contacts.get(id) ?? [];
    return {
      customerId: id,
      person,
      since: Math.min(createdAt, orders[0]?.placedAt ?? Infinity),
      orders,
      signals: mergeInOrder(signalsOf(sources, frame), this.clock.of(listening, zones, zoneAt, ask.holds)),
      entries: entriesOf(rows.entries.get(id) ?? []),
      contacts: contacts
        .filter(({ before, at }) => before || at < from)
        .map((one) => ({ ...one, at: new Date(one.at) })),
      mailed: new Set(contacts.map(({ campaignId, step }) => `${campaignId} ${step}`)),
      replenishment: (orderId, asOf, at) => {
        const last = (): string | undefined =>
          orders.findLast((one) => one.origin !== 'renewal' && countsAt(one, asOf))?.id;
        const order = rows.bought.get(orderId ?? last() ?? '') ?? null;
        return replenishmentOf(order, this.known.replenish?.times.at(at) ?? (() => undefined));
      },
      ...ask,
    };
  }
}

function ordersOf(orders: readonly sql.OrderRow[], events: readonly sql.EventRow[]): KnownOrder[] {
  const counted = new Map(events.filter(({ type }) => type === 'order.counted').map((one) => [one.reference, one]));
  const cancelled = new Map<string | null, number>();
  for (const { type, reference, recordedAt, occurredAt, starts } of events) {
    if (type === 'order.cancelled') cancelled.set(reference, starts ? recordedAt : occurredAt);
  }
  return orders.map((order) => knownOrder(order, counted.get(order.id), cancelled.get(order.id)));
}

function entriesOf(rows: readonly sql.EntryRow[]): CustomerPast['entries'] {
  const entries = new Map<string, sql.EntryRow[]>();
  for (const row of rows) push(entries, row.campaignId, row);
  return entries;
}

function spans(rows: readonly sql.AddressRow[], kind: sql.AddressRow['kind']): Map<string, AddressFact[]> {
  const found = new Map<string, AddressFact[]>();
  for (const row of rows) if (row.kind === kind) push(found, row.email, row);
  return found;
}

function byCustomer<Row extends { customerId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) push(found, row.customerId, row);
  return found;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
