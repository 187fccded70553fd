import { type Fault } from '../../kernel/errors';

export const IMPORT_KINDS = ['customers', 'orders', 'products', 'suppressions', 'exposures'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];
export const IMPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

interface Columns {
  /** One of each group must be there. */
  required: ReadonlyArray<readonly string[]>;
  optional: readonly string[];
  /** Prefix of further columns: `attributes.city`. */
  prefix?: string;
}

const COLUMNS: Record<ImportKind, Columns> = {
  customers: {
    required: [['externalId', 'email']],
    optional: [
      'firstName',
      'lastName',
      'locale',
      'timezone',
      'createdAt',
      'updatedAt',
      'tags',
      'consent',
      'consentAt',
      'consentSource',
      'consentIp',
      'consentText',
    ],
    prefix: 'attributes.',
  },
  orders: {
    required: [
      ['orderExternalId'],
      ['customerExternalId', 'email'],
      ['placedAt'],
      ['currency'],
      ['total'],
      ['productExternalId'],
      ['quantity'],
      ['unitPrice'],
    ],
    optional: ['name', 'category', 'origin', 'storeTotal', 'discount', 'couponCodes', 'updatedAt'],
  },
  products: {
    required: [['externalId'], ['name']],
    optional: ['category', 'price', 'url', 'imageUrl', 'active', 'updatedAt'],
  },
  suppressions: { required: [['email']], optional: ['scope', 'reason', 'at', 'evidence'] },
  exposures: { required: [['campaignKey'], ['customerExternalId'], ['arm'], ['enteredAt']], optional: [] },
};

/** What is wrong with the header line of a CSV file. Paths look like `columns[3]`. */
export function headerFaults(kind: ImportKind, header: readonly string[]): Fault[] {
  const { required, optional, prefix } = COLUMNS[kind];
  const known = new Set([...required.flat(), ...optional]);
  const faults: Fault[] = [];
  header.forEach((name, i) => {
    const path = `columns[${i}]`;
    const isAttribute = prefix !== undefined && name.startsWith(prefix) && name.length > prefix.length;
    if (!known.has(name) && !isAttribute) faults.push({ path, message: `${quoted(name)} is no column of ${kind}` });
    else if (header.indexOf(name) !== i) faults.push({ path, message: `${quoted(name)} stands there twice` });
  });
  for (const group of required) {
    if (!group.some((name) => header.includes(name))) {
      faults.push({ path: 'columns', message: `${group.map(quoted).join(' or ')} is missing` });
    }
  }
  return faults;
}

const quoted = (name: string): string => `"${name.slice(0, 60)}"`;

/** The column that a fault of an event is about: `data.customer.externalId` of an order row is `customerExternalId`. */
export function columnOf(kind: ImportKind, path: string): string {
  const field = path.replace(/^data\.?/, '');
  const renamed = RENAMED[kind].get(field);
  if (renamed !== undefined) return renamed;
  return field
    .replace(/^lines\[\d+\]\.?/, '')
    .replace(/^customer\./, '')
    .replace(/\[\d+\]$/, '');
}

const RENAMED: Record<ImportKind, ReadonlyMap<string, string>> = {
  customers: new Map([
    ['consent.status', 'consent'],
    ['consent.at', 'consentAt'],
    ['consent.source', 'consentSource'],
    ['consent.ip', 'consentIp'],
    ['consent.text', 'consentText'],
  ]),
  orders: new Map([
    ['externalId', 'orderExternalId'],
    ['customer.externalId', 'customerExternalId'],
    ['customer.email', 'email'],
  ]),
  products: new Map(),
  suppressions: new Map(),
  exposures: new Map(),
};
