import { type FactReader, type FactValue, type Json, type Reading } from '../facts';

/** One statement of the history: from `at` on the field had this value. */
export interface HistoryEntry {
  field: string;
  at: Date;
  value: Json;
}

/** An unsubscribe of an address by the person: in force from `at` until its lifting became known. */
export interface OptoutSpan {
  email: string;
  at: Date;
  liftedAt: Date | null;
}

/** Somebody who has this address today. */
export interface AddressHolder {
  email: string;
  said: SaidFacts;
}

const ALL_ATTRIBUTES = 'attributes';

/** What the shop said about one customer, by field, in the order of versions. */
export class SaidFacts {
  private readonly byField = new Map<string, HistoryEntry[]>();

  /** @param entries in the order of their versions */
  constructor(entries: readonly HistoryEntry[]) {
    for (const entry of entries) {
      const known = this.byField.get(entry.field);
      if (known) known.push(entry);
      else this.byField.set(entry.field, [entry]);
    }
  }

  /** The statement in force at an instant, or undefined when nothing had been said. */
  at(field: string, asOf: Date): HistoryEntry | undefined {
    const entries = this.byField.get(field) ?? [];
    let [from, to] = [0, entries.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((entries[middle]?.at ?? asOf) <= asOf) from = middle + 1;
      else to = middle;
    }
    return entries[from - 1];
  }

  value(field: string, asOf: Date): Json {
    return this.at(field, asOf)?.value ?? null;
  }

  text(field: string, asOf: Date): string | null {
    const value = this.value(field, asOf);
    return typeof value === 'string' ? value : null;
  }

  /** An attribute; clearing all of them is a statement about each. */
  attribute(key: string, asOf: Date): Json {
    const own = this.at(`attributes.${key}`, asOf);
    const cleared = this.at(ALL_ATTRIBUTES, asOf);
    return own && !(cleared && cleared.at > own.at) ? own.value : null;
  }

  /** The shop's word on consent and since when. */
  word(asOf: Date): { status: string; at: Date | null } {
    const said = this.at('consent', asOf);
    const status = (said?.value as { status?: unknown } | null | undefined)?.status;
    return { status: typeof status === 'string' ? status : 'none', at: said?.at ?? null };
  }
}

/** A customer's own fields as of any instant. */
export class CustomerTimeline implements FactReader {
  /**
   * @param createdAt as known now: it is one fact for all times
   * @param sameAddress other customers who have today an address that this one has or had
   */
  constructor(
    private readonly said: SaidFacts,
    private readonly createdAt: Date,
    private readonly optouts: readonly OptoutSpan[],
    private readonly sameAddress: readonly AddressHolder[],
  ) {}

  read(field: string, { asOf, key }: Reading): FactValue {
    switch (field) {
      case 'email':
      case 'firstName':
      case 'lastName':
      case 'locale':
      case 'timezone':
        return this.said.text(field, asOf);
      case 'createdAt':
        return this.createdAt;
      case 'tags': {
        const tags = this.said.value('tags', asOf);
        return Array.isArray(tags) && tags.length > 0 ? tags : null;
      }
      case 'attributes.*':
        return this.said.attribute(key ?? '', asOf);
      case 'consent.status':
        return this.consent(asOf);
      default:
        return null;
    }
  }

  /** `effectiveConsentSql` as of an instant. */
  private consent(asOf: Date): string {
    const own = this.said.word(asOf);
    const email = this.said.text('email', asOf);
    if (email === null || own.status === 'unsubscribed') return own.status;
    const optedOut = this.optouts.some(
      (one) => one.email === email && one.at <= asOf && (one.liftedAt === null || one.liftedAt > asOf),
    );
    return optedOut || this.sameAddress.some((other) => overrules(other, own.at, email, asOf))
      ? 'unsubscribed'
      : own.status;
  }
}

function overrules(other: AddressHolder, ownAt: Date | null, email: string, asOf: Date): boolean {
  if (other.email !== email || other.said.text('email', asOf) !== email) return false;
  const { status, at } = other.said.word(asOf);
  return status === 'unsubscribed' && (ownAt === null || (at !== null && at >= ownAt));
}
