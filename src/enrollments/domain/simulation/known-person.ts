import { isZone } from '../../../kernel/local-time';
import { Stretches } from '../../../kernel/stretches';
import { type Choices, type Wish, type Wishes } from '../../../customers/wishes';
import { type MailabilityFacts } from '../may-mail';
import { countsAt, type KnownOrder } from './known-orders';

/** One statement about a field of a customer. All times of the simulation are milliseconds since the epoch. */
export interface KnownField {
  field: string;
  /** From when the engine knows it. */
  knownAt: number;
  /** Its version: of what is known, the greatest holds. */
  versionAt: number;
  eventId: string;
  value: unknown;
}

/** Something that holds for an address from `at` until it is lifted. */
export interface AddressFact {
  at: number;
  liftedAt: number | null;
  reason: string;
  /** Of a suppression: what it holds back; absent: all mail. */
  scope?: 'all' | 'marketing';
}

/** What holds for addresses, whoever has them. */
export interface AddressBook {
  optouts: ReadonlyMap<string, readonly AddressFact[]>;
  suppressions: ReadonlyMap<string, readonly AddressFact[]>;
  /** The people who ever had an address. */
  holders: ReadonlyMap<string, readonly KnownFields[]>;
}

/** In front of the names of wishes, as fields. */
const WISH = 'wishes.';
const isoOf = (at: number): string => new Date(at).toISOString();

type ConsentStatus = MailabilityFacts['consentStatus'];

/** What was said about the fields of one customer, to be asked as of any instant. */
export class KnownFields {
  private readonly byField = new Map<string, KnownField[]>();

  constructor(
    readonly customerId: string,
    facts: readonly KnownField[],
  ) {
    for (const fact of facts) {
      const list = this.byField.get(fact.field);
      if (list) list.push(fact);
      else this.byField.set(fact.field, [fact]);
    }
    for (const list of this.byField.values()) list.sort(byVersion);
  }

  /** Null where nothing was known. */
  text(field: string, asOf: number): string | null {
    return (this.find(field, asOf)?.value ?? null) as string | null;
  }

  /** The shop's word, and the version of it. */
  consent(asOf: number): { status: ConsentStatus; versionAt: number | null } {
    const fact = this.find('consent', asOf);
    if (!fact) return { status: 'none', versionAt: null };
    return { status: (fact.value as { status: ConsentStatus }).status, versionAt: fact.versionAt };
  }

  /** What the person decided on the preference page. */
  wishes(asOf: number): Wishes {
    const wishes: Record<string, Wish> = {};
    for (const field of this.byField.keys()) {
      if (!field.startsWith(WISH)) continue;
      const fact = this.find(field, asOf);
      if (fact) wishes[field.slice(WISH.length)] = { value: fact.value as Wish['value'], at: isoOf(fact.versionAt) };
    }
    return wishes;
  }

  /** What the shop said about topics, with its proof. */
  topicWords(asOf: number): Choices['said'] {
    const fact = this.find('consent', asOf);
    const word = (fact?.value ?? {}) as Partial<{ status: ConsentStatus; source: string; at: string; topics: object }>;
    return {
      topics: { ...word.topics },
      status: word.status ?? 'none',
      source: word.source ?? null,
      at: word.at ? new Date(word.at) : null,
      versionAt: fact ? new Date(fact.versionAt) : null,
    };
  }

  /** Whether the person ever asked for fewer mails. */
  get mayAskForFewer(): boolean {
    return this.byField.has(`${WISH}frequency`);
  }

  /** Every address that this person ever had. */
  addresses(): string[] {
    const facts = this.byField.get('email') ?? [];
    return [...new Set(facts.map(({ value }) => value).filter((value) => typeof value === 'string'))];
  }

  /** The instants at which something became known. */
  changes(): number[] {
    return [...this.byField.values()].flatMap((facts) => facts.map(({ knownAt }) => knownAt));
  }

  private find(field: string, asOf: number): KnownField | undefined {
    return this.byField.get(field)?.findLast(({ knownAt }) => knownAt <= asOf);
  }
}

/**
 * Whether and how a customer can be mailed, as of any instant: the answers of `Mailability`, from the history. Between two
 * changes of what is known the answers stay the same, and are worked out once.
 */
export class KnownPerson {
  private known: Stretches | undefined;
  private readonly mails: MailabilityFacts[] = [];
  private readonly zones: string[] = [];

  constructor(
    private readonly fields: KnownFields,
    private readonly addresses: AddressBook,
    private readonly orders: readonly KnownOrder[],
    private readonly storeZone: string,
    private readonly offByDefault: readonly string[] = [],
  ) {}

  get mayAskForFewer(): boolean {
    return this.fields.mayAskForFewer;
  }

  mail(asOf: number): MailabilityFacts {
    return (this.mails[this.stretch(asOf)] ??= this.mailAsOf(asOf));
  }

  /** The customer's zone, else the store's. */
  zone(asOf: number): string {
    return (this.zones[this.stretch(asOf)] ??= this.zoneAsOf(asOf));
  }

  private stretch(asOf: number): number {
    this.known ??= new Stretches(this.changes());
    return this.known.at(asOf);
  }

  private changes(): number[] {
    const { optouts, suppressions, holders } = this.addresses;
    const orders = this.orders.flatMap(({ countsFrom, countsUntil }) => [countsFrom, countsUntil ?? countsFrom]);
    const ofAddresses = this.fields
      .addresses()
      .flatMap((email) => [
        ...[...(optouts.get(email) ?? []), ...(suppressions.get(email) ?? [])].flatMap((one) => [
          one.at,
          one.liftedAt ?? one.at,
        ]),
        ...(holders.get(email) ?? []).flatMap((holder) => holder.changes()),
      ]);
    return [...this.fields.changes(), ...orders, ...ofAddresses];
  }

  private mailAsOf(asOf: number): MailabilityFacts {
    const email = this.fields.text('email', asOf);
    const suppressed = email === null ? undefined : heldBack(this.addresses.suppressions.get(email), asOf);
    return {
      email,
      consentStatus: this.consent(email, asOf),
      suppressed: suppressed
        ? { reason: suppressed.reason, at: new Date(suppressed.at), scope: suppressed.scope ?? 'all' }
        : null,
      erased: this.fields.text('deleted', asOf) !== null,
      choices: {
        wishes: this.fields.wishes(asOf),
        said: this.fields.topicWords(asOf),
        offByDefault: this.offByDefault,
      },
      hasBought: this.orders.some((order) => countsAt(order, asOf)),
    };
  }

  private zoneAsOf(asOf: number): string {
    const zone = this.fields.text('timezone', asOf);
    return zone !== null && isZone(zone) ? zone : this.storeZone;
  }

  /** The consent in force: an unsubscribe holds for the address, whoever made it. */
  private consent(email: string | null, asOf: number): ConsentStatus {
    const own = this.fields.consent(asOf);
    if (email === null) return own.status;
    if (inForce(this.addresses.optouts.get(email), asOf)) return 'unsubscribed';
    if (own.status === 'unsubscribed') return own.status;
    const elsewhere = (this.addresses.holders.get(email) ?? []).some((other) => {
      if (other.customerId === this.fields.customerId || other.text('email', asOf) !== email) return false;
      const word = other.consent(asOf);
      if (word.status !== 'unsubscribed') return false;
      return own.versionAt === null || (word.versionAt !== null && word.versionAt >= own.versionAt);
    });
    return elsewhere ? 'unsubscribed' : own.status;
  }
}

function inForce(facts: readonly AddressFact[] | undefined, asOf: number): AddressFact | undefined {
  return facts?.find((fact) => fact.at <= asOf && (fact.liftedAt === null || fact.liftedAt > asOf));
}

/** Of two suppressions that of all mail. */
function heldBack(facts: readonly AddressFact[] | undefined, asOf: number): AddressFact | undefined {
  const ofAll = facts?.filter(({ scope }) => scope !== 'marketing');
  return inForce(ofAll, asOf) ?? inForce(facts, asOf);
}

function byVersion(a: KnownField, b: KnownField): number {
  return a.versionAt - b.versionAt || (a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0);
}
