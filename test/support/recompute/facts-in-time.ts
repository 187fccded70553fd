import { openTickets } from '../../../src/customers/domain/open-tickets';
import { type FactReader } from '../../../src/customers/facts';
import { type ConsentStatus } from '../../../src/customers/customers.types';
import { type MailabilityFacts } from '../../../src/enrollments/mail-decision';
import { isZone, localDate } from '../../../src/kernel/local-time';
import { type HappenedCondition } from '../../../src/segments/domain/condition';
import { type Happening } from '../../../src/segments/domain/evaluate-condition';
import { type Stage, stageOn } from '../../../src/segments/stage';
import { type AddressFact, type HistoryFact, type KnownAnswer, type KnownFacts, type KnownOrder } from './known-facts';

/**
 * An instant of the test clock, before or after what came from outside while it stood there: what the clock itself
 * brings (a midnight, a step that is due) is decided before.
 */
export interface Moment {
  at: Date;
  after: boolean;
}

/** What decides whether and how somebody is mailed. */
interface PersonThen {
  mail: MailabilityFacts;
  locale: string | null;
  zone: string;
}

const DAY_MS = 86_400_000;

/** Whether something that became known at `at` was known at the moment. */
export function known(at: Date | null, moment: Moment): boolean {
  return at !== null && (at < moment.at || (moment.after && at.getTime() === moment.at.getTime()));
}

/** Answers what was known of a customer at a moment of the past, from the recorded facts alone. */
export class FactsInTime {
  private readonly history = new Map<string, HistoryFact[]>();
  private readonly orders = new Map<string, KnownOrder[]>();
  private readonly everHad = new Map<string, Set<string>>();

  constructor(
    readonly facts: KnownFacts,
    private readonly storeZone: string,
  ) {
    for (const fact of facts.history) {
      push(this.history, `${fact.customerId} ${fact.field}`, fact);
      if (fact.field !== 'email' || typeof fact.value !== 'string') continue;
      const people = this.everHad.get(fact.value) ?? new Set();
      this.everHad.set(fact.value, people.add(fact.customerId));
    }
    for (const order of facts.orders) push(this.orders, order.customerId, order);
  }

  person(customerId: string, moment: Moment): PersonThen {
    const email = this.text(customerId, 'email', moment);
    const timezone = this.text(customerId, 'timezone', moment);
    return {
      mail: {
        email,
        consentStatus: this.consent(customerId, email, moment),
        suppressed: this.suppressed(email, moment),
        erased: (this.field(customerId, 'deleted', moment)?.value ?? null) !== null,
        hasBought: this.counting(customerId, moment).length > 0,
      },
      locale: this.text(customerId, 'locale', moment),
      zone: timezone !== null && isZone(timezone) ? timezone : this.storeZone,
    };
  }

  /** The orders that counted, by when they were placed. */
  counting(customerId: string, moment: Moment): KnownOrder[] {
    return (this.orders.get(customerId) ?? []).filter((order) => counted(order, moment));
  }

  /** Those that counted once, whatever became of them. */
  everCounted(customerId: string, moment: Moment): KnownOrder[] {
    return (this.orders.get(customerId) ?? []).filter((order) => known(order.firstCountedAt, moment));
  }

  allCounting(moment: Moment): KnownOrder[] {
    return this.facts.orders.filter((order) => counted(order, moment));
  }

  stage(customerId: string, moment: Moment): Stage {
    const orders = this.counting(customerId, moment);
    const last = orders.at(-1);
    const [first] = this.facts.lifecycle;
    const rules = this.facts.lifecycle.findLast((row) => row.at <= moment.at) ?? first;
    if (!rules) throw new Error('there is no lifecycle setting');
    const lastDay = last ? localDate(last.placedAt, this.storeZone) : null;
    return stageOn({ orderCount: orders.length, lastDay }, localDate(moment.at, this.storeZone), rules);
  }

  /** What an enrollment keeps of a person at entry. */
  attributes(customerId: string, moment: Moment): Record<string, unknown> {
    const [first] = this.counting(customerId, moment);
    // Each fact stands for a change of the date, so the one that was written last holds.
    const created = this.knownOf(customerId, 'createdAt', moment).at(-1)?.value;
    const since = new Date(String(created));
    if (first && first.placedAt < since) since.setTime(first.placedAt.getTime());
    return {
      stage: this.stage(customerId, moment),
      locale: this.text(customerId, 'locale', moment),
      tenureDays: Math.max(0, Math.floor((moment.at.getTime() - since.getTime()) / DAY_MS)),
      firstProduct: first?.products[0] ?? null,
    };
  }

  /** For conditions: those fields that the test's campaigns ask about. */
  reader(customerId: string, moment: Moment): FactReader {
    return {
      read: (field, { key }) => {
        switch (field) {
          case 'stage':
            return this.stage(customerId, moment);
          case 'orders.count':
            return this.counting(customerId, moment).length;
          case 'locale':
            return this.text(customerId, 'locale', moment);
          case 'consent.status':
            return this.person(customerId, moment).mail.consentStatus;
          case 'tickets.open':
            return this.openTickets(customerId, moment);
          case 'attributes.*':
            return (this.field(customerId, `attributes.${key ?? ''}`, moment)?.value ?? null) as
              string | boolean | null;
          default:
            throw new Error(`the recomputation has no field ${field}`);
        }
      },
    };
  }

  /** For conditions: those happenings that the test's campaigns ask about. Of answers the last one counts. */
  happenings(customerId: string, { happening, filter }: HappenedCondition, moment: Moment): Happening[] {
    if (happening.name !== 'survey') throw new Error(`the recomputation does not know ${happening.name}`);
    const last = this.facts.answers.findLast(
      (answer) => answer.customerId === customerId && answer.survey === filter.survey && known(answer.at, moment),
    );
    return last && passes(last, filter) ? [{ at: last.at, endedAt: null }] : [];
  }

  private openTickets(customerId: string, moment: Moment): number {
    const told = this.facts.events.filter((event) => event.customerId === customerId && known(event.handledAt, moment));
    return openTickets(
      told
        .filter(({ type }) => type === 'ticket.opened' || type === 'ticket.closed')
        .map(({ type, occurredAt, properties }) => ({
          ticket: typeof properties.externalId === 'string' ? properties.externalId : '',
          opened: type === 'ticket.opened',
          at: occurredAt,
        })),
    );
  }

  private consent(customerId: string, email: string | null, moment: Moment): ConsentStatus {
    const own = this.word(customerId, moment);
    if (email === null) return own.status;
    if (inForce(this.facts.unsubscribes, email, moment)) return 'unsubscribed';
    const elsewhere = [...(this.everHad.get(email) ?? [])]
      .filter((id) => id !== customerId && this.text(id, 'email', moment) === email)
      .map((id) => this.word(id, moment))
      .some(
        (other) => other.status === 'unsubscribed' && (own.at === null || (other.at !== null && other.at >= own.at)),
      );
    return elsewhere ? 'unsubscribed' : own.status;
  }

  private word(customerId: string, moment: Moment): { status: ConsentStatus; at: Date | null } {
    const fact = this.field(customerId, 'consent', moment);
    if (!fact) return { status: 'none', at: null };
    return { status: (fact.value as { status: ConsentStatus }).status, at: fact.at };
  }

  private suppressed(email: string | null, moment: Moment): MailabilityFacts['suppressed'] {
    const found = email === null ? undefined : inForce(this.facts.suppressions, email, moment);
    return found ? { reason: found.reason, at: found.at, scope: found.scope ?? 'all' } : null;
  }

  private text(customerId: string, field: string, moment: Moment): string | null {
    return (this.field(customerId, field, moment)?.value ?? null) as string | null;
  }

  /** Of what was known at the moment, the statement with the greatest version. */
  private field(customerId: string, field: string, moment: Moment): HistoryFact | undefined {
    return this.knownOf(customerId, field, moment)
      .sort((a, b) => a.at.getTime() - b.at.getTime() || compare(a.eventId, b.eventId) || a.id - b.id)
      .at(-1);
  }

  private knownOf(customerId: string, field: string, moment: Moment): HistoryFact[] {
    return (this.history.get(`${customerId} ${field}`) ?? []).filter((fact) => known(fact.recordedAt, moment));
  }
}

function passes({ score, choice }: KnownAnswer, filter: HappenedCondition['filter']): boolean {
  if (filter.choice !== undefined && !(JSON.parse(filter.choice) as unknown[]).includes(choice)) return false;
  if (filter.score === undefined) return true;
  const { op, value } = JSON.parse(filter.score) as { op: string; value: number };
  if (op === 'lte') return score !== null && score <= value;
  if (op === 'gte') return score !== null && score >= value;
  throw new Error(`the recomputation does not know the operator ${op}`);
}

function counted(order: KnownOrder, moment: Moment): boolean {
  if (!known(order.firstCountedAt, moment) || known(order.cancelledAt, moment)) return false;
  const refunded = order.refunds
    .filter((refund) => known(refund.recordedAt, moment))
    .reduce((sum, { minor }) => sum + minor, 0);
  return order.totalMinor === 0 || refunded < order.totalMinor;
}

function inForce(facts: readonly AddressFact[], email: string, moment: Moment): AddressFact | undefined {
  return facts.find((fact) => fact.email === email && known(fact.at, moment) && !known(fact.liftedAt, moment));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
