import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import {
  consentIsOneOfJoinedSql,
  consentIsOneOfSql,
  effectiveConsentSql,
  UNSUBSCRIBED_ADDRESSES,
} from './customer.sql-fragments';
import { CONSENT_STATUSES } from './customers.types';
import { EVENT } from './data/event-happening';
import { consentAsOfSql, loadHistory, loadHolders, loadOptoutSpans, saidSql } from './data/fact-history.sql';
import {
  type AddressHolder,
  CustomerTimeline,
  type HistoryEntry,
  type OptoutSpan,
  SaidFacts,
} from './domain/customer-timeline';
import { type FactSource, FactSources } from './fact-source';
import { type FactField, type FactReader, type FactRequest, type FactValue, type Json, type SqlReading } from './facts';

/** What had been said of a field by the instant of the reading, as jsonb. */
const said = ({ customer, asOf, param }: SqlReading, ...fields: string[]): string =>
  saidSql(customer, param(fields, 'text[]'), param(asOf, 'timestamptz'));

const text = (name: string, sqlName: string, about: string): FactField => ({
  name,
  type: 'text',
  about,
  sql: (reading) => (reading.history ? `(${said(reading, name)} #>> '{}')` : `${reading.customer}.${sqlName}`),
});

const FIELDS: readonly FactField[] = [
  {
    ...text('email', 'email', 'The address, in lower case with an ASCII domain.'),
    normalise: (address) => address.trim().toLowerCase(),
  },
  text('firstName', 'first_name', 'The first name.'),
  text('lastName', 'last_name', 'The last name.'),
  text('locale', 'locale', 'The language, as the shop gave it: `it` or `it-IT`.'),
  text('timezone', 'timezone', 'The IANA zone; missing when the shop gave none.'),
  {
    name: 'createdAt',
    type: 'instant',
    about: 'When the customer came to be, by the shop’s word.',
    sql: ({ customer }) => `${customer}.created_at`,
  },
  {
    name: 'tags',
    type: 'list',
    about: 'The tags. An empty list is a missing value.',
    sql: (reading) =>
      reading.history
        ? `nullif(array(select jsonb_array_elements_text(coalesce(${said(reading, 'tags')}, '[]'))), '{}')`
        : `nullif(${reading.customer}.tags, '{}')`,
  },
  {
    name: 'attributes.*',
    type: 'json',
    about: 'What the shop knows besides: the star is the name of the attribute, dots included.',
    sql: (reading) =>
      reading.history
        ? said(reading, `attributes.${reading.key ?? ''}`, 'attributes')
        : `(${reading.customer}.attributes -> ${reading.param(reading.key ?? '', 'text')})`,
  },
  {
    name: 'consent.status',
    type: 'choice',
    choices: CONSENT_STATUSES,
    about: 'The consent in force: the shop’s word, unless the person has unsubscribed the address.',
    sql: ({ customer, history, asOf, param }) =>
      history
        ? consentAsOfSql(customer, param(['email'], 'text[]'), param(asOf, 'timestamptz'))
        : effectiveConsentSql(customer),
    oneOfSql(values, { customer, param, join }) {
      const [statuses, withUnsubscribed] = [param(values, 'text[]'), values.includes('unsubscribed')];
      return join
        ? consentIsOneOfJoinedSql(customer, join(UNSUBSCRIBED_ADDRESSES, 'email'), statuses, withUnsubscribed)
        : consentIsOneOfSql(customer, statuses, withUnsubscribed);
    },
  },
];

interface CustomerRow {
  id: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  locale: string | null;
  timezone: string | null;
  createdAt: Date;
  tags: string[];
  attributes: Record<string, Json>;
  consentStatus: string;
}

/** The customer's own fields: the present from the current row, the past from `customer_history`. */
@Injectable()
export class CustomerFacts implements FactSource, OnModuleInit {
  readonly name = 'customers';
  readonly fields = FIELDS;
  readonly happenings = [EVENT];

  constructor(private readonly sources: FactSources) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async load(db: Queryable, { customerIds }: FactRequest): Promise<Map<string, FactReader>> {
    const rows = await db.query<CustomerRow>(
      `select c.id, c.email, c.first_name as "firstName", c.last_name as "lastName", c.locale, c.timezone,
         c.created_at as "createdAt", c.tags, c.attributes, ${effectiveConsentSql('c')} as "consentStatus"
       from customers c where c.id = any($1::uuid[])`,
      [customerIds],
    );
    return new Map(rows.map((row) => [row.id, { read: (field, { key }) => valueOf(row, field, key) }]));
  }

  async timelines(db: Queryable, request: FactRequest, until: Date): Promise<Map<string, FactReader>> {
    const { customerIds, fields, keys } = request;
    const wanted = [...fields, 'attributes', ...[...keys].map((key) => `attributes.${key}`)];
    const asksConsent = fields.has('consent.status');
    if (asksConsent) wanted.push('consent', 'email');
    const history = await db.query<OwnedEntry>(loadHistory(customerIds, wanted, until));
    const consents = asksConsent ? await loadConsents(db, history, until) : NO_CONSENTS;
    const said = saidByCustomer(history);
    const rows = await db.query<{ id: string; createdAt: Date }>(
      `select id, created_at as "createdAt" from customers where id = any($1::uuid[])`,
      [customerIds],
    );
    return new Map(
      rows.map(({ id, createdAt }) => {
        const own = said.get(id) ?? [];
        const addresses = addressesIn(own);
        const optouts = addresses.flatMap((email) => consents.optouts.get(email) ?? []);
        const holders = addresses.flatMap((email) => consents.holders.get(email) ?? []);
        const sameAddress = holders.filter((one) => one.id !== id);
        return [id, new CustomerTimeline(new SaidFacts(own), createdAt, optouts, sameAddress)];
      }),
    );
  }
}

type OwnedEntry = HistoryEntry & { customerId: string };

/** What overrules the shop's word on a customer, by address. */
interface Consents {
  optouts: Map<string, OptoutSpan[]>;
  holders: Map<string, Array<AddressHolder & { id: string }>>;
}

const NO_CONSENTS: Consents = { optouts: new Map(), holders: new Map() };

async function loadConsents(db: Queryable, history: readonly OwnedEntry[], until: Date): Promise<Consents> {
  const emails = addressesIn(history);
  const optouts = await db.query<OptoutSpan>(loadOptoutSpans(emails));
  const holders = await db.query<{ id: string; email: string }>(loadHolders(emails));
  const said = saidByCustomer(
    await db.query<OwnedEntry>(
      loadHistory(
        holders.map(({ id }) => id),
        ['email', 'consent'],
        until,
      ),
    ),
  );
  const known = holders.map(({ id, email }) => ({ id, email, said: new SaidFacts(said.get(id) ?? []) }));
  return { optouts: grouped(optouts, ({ email }) => email), holders: grouped(known, ({ email }) => email) };
}

function saidByCustomer(history: readonly OwnedEntry[]): Map<string, OwnedEntry[]> {
  return grouped(history, ({ customerId }) => customerId);
}

function addressesIn(history: readonly HistoryEntry[]): string[] {
  const emails = history.filter(({ field }) => field === 'email').map(({ value }) => value);
  return [...new Set(emails.filter((email) => typeof email === 'string'))];
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function valueOf(row: CustomerRow, field: string, key: string | undefined): FactValue {
  switch (field) {
    case 'email':
    case 'firstName':
    case 'lastName':
    case 'locale':
    case 'timezone':
    case 'createdAt':
      return row[field];
    case 'tags':
      return row.tags.length > 0 ? row.tags : null;
    case 'attributes.*':
      return key !== undefined && Object.hasOwn(row.attributes, key) ? (row.attributes[key] ?? null) : null;
    case 'consent.status':
      return row.consentStatus;
    default:
      return null;
  }
}
