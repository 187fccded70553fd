import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { effectiveConsentSql } from './customer.sql-fragments';
import { CONSENT_STATUSES } from './customers.types';
import { type FactSource, FactSources } from './fact-source';
import { type FactField, type FactReader, type FactRequest, type FactType, type FactValue, type Json } from './facts';

const column = (name: string, type: FactType, sqlName: string, about: string): FactField => ({
  name,
  type,
  about,
  sql: ({ customer }) => `${customer}.${sqlName}`,
});

const FIELDS: readonly FactField[] = [
  {
    ...column('email', 'text', 'email', 'The address, in lower case with an ASCII domain.'),
    normalise: (text) => text.trim().toLowerCase(),
  },
  column('firstName', 'text', 'first_name', 'The first name.'),
  column('lastName', 'text', 'last_name', 'The last name.'),
  column('locale', 'text', 'locale', 'The language, as the shop gave it: `it` or `it-IT`.'),
  column('timezone', 'text', 'timezone', 'The IANA zone; missing when the shop gave none.'),
  column('createdAt', 'instant', 'created_at', 'When the customer came to be, by the shop’s word.'),
  {
    name: 'tags',
    type: 'list',
    about: 'The tags. An empty list is a missing value.',
    sql: ({ customer }) => `nullif(${customer}.tags, '{}')`,
  },
  {
    name: 'attributes.*',
    type: 'json',
    about: 'What the shop knows besides: the star is the name of the attribute, dots included.',
    sql: ({ customer, key, param }) => `(${customer}.attributes -> ${param(key ?? '', 'text')})`,
  },
  {
    name: 'consent.status',
    type: 'choice',
    choices: CONSENT_STATUSES,
    about: 'The consent in force: the shop’s word, unless the person has unsubscribed the address.',
    sql: ({ customer }) => effectiveConsentSql(customer),
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

/** The customer's own fields, read from the current rows: what they were in the past is in `customer_history`. */
@Injectable()
export class CustomerFacts implements FactSource, OnModuleInit {
  readonly name = 'customers';
  readonly fields = FIELDS;

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
