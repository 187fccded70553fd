import { columnOf, headerFaults } from '../../../src/storefront/domain/import-columns';
import { type ImportRow, rawOf, readRows } from '../../../src/storefront/domain/import-rows';

const context = { importId: 'i1', at: new Date('2026-03-02T08:00:00Z'), storeCurrency: 'EUR' };
const rows = (...values: Array<Record<string, unknown>>): ImportRow[] =>
  values.map((one, i) => ({ row: i + 1, values: one }));
const orderRow = {
  orderExternalId: 'o1',
  customerExternalId: 'c1',
  email: 'c1@example.com',
  placedAt: '2026-01-01T10:00:00Z',
  currency: 'EUR',
  total: '30.00',
  productExternalId: 'moka',
  quantity: '1',
  unitPrice: '10.00',
};

describe('header lines', () => {
  test('known columns pass, attributes too', () => {
    expect(headerFaults('customers', ['externalId', 'email', 'consent', 'attributes.city'])).toEqual([]);
    expect(headerFaults('orders', Object.keys(orderRow))).toEqual([]);
    expect(
      headerFaults(
        'orders',
        Object.keys(orderRow).filter((name) => name !== 'email'),
      ),
    ).toEqual([]);
  });

  test('unknown, doubled and missing ones are told', () => {
    expect(headerFaults('customers', ['firstName', 'shoeSize', 'firstName', 'attributes.'])).toEqual([
      { path: 'columns[1]', message: '"shoeSize" is no column of customers' },
      { path: 'columns[2]', message: '"firstName" stands there twice' },
      { path: 'columns[3]', message: '"attributes." is no column of customers' },
      { path: 'columns', message: '"externalId" or "email" is missing' },
    ]);
  });
});

describe('customers', () => {
  test('cells become fields; empty ones say nothing', () => {
    const { facts, rejected } = readRows(
      'customers',
      rows({
        externalId: 'f1',
        email: 'F1@example.com',
        firstName: 'Rossi, Maria',
        lastName: '',
        tags: 'vip; shop',
        consent: 'Subscribed',
        consentAt: '2026-01-01T00:00:00Z',
        consentSource: 'till',
        'attributes.city': 'Torino',
      }),
      context,
    );
    expect(rejected).toEqual([]);
    expect(facts).toMatchObject([
      {
        silent: true,
        origin: 'import:i1',
        envelope: {
          kind: 'customer',
          version: context.at,
          customer: {
            externalId: 'f1',
            email: 'f1@example.com',
            firstName: 'Rossi, Maria',
            lastName: undefined,
            tags: ['vip', 'shop'],
            attributes: { city: 'Torino' },
            consent: { status: 'subscribed', source: 'till', at: new Date('2026-01-01T00:00:00Z') },
          },
        },
      },
    ]);
  });

  test('a bad row is left out whole, with its column; the later of two rows holds', () => {
    const read = readRows(
      'customers',
      rows(
        { externalId: 'f2', email: 'broken-address', consent: 'maybe' },
        { externalId: 'f3', email: 'f3@example.com', consentAt: '2026-01-01T00:00:00Z' },
        { externalId: 'f4', email: '' },
        { externalId: 'f4', email: 'f4@example.com', createdAt: '2026-02-30T00:00:00Z' },
      ),
      context,
    );
    expect(read.rejected).toMatchObject([
      { row: 1, column: 'email', raw: 'f2,broken-address,maybe' },
      { row: 1, column: 'consent' },
      { row: 2, column: 'consent' },
      { row: 4, column: 'createdAt' },
    ]);
    expect(read.facts).toHaveLength(1);
    expect(read.facts[0]?.eventId).toBe('import:i1:000000003');
  });

  test('NDJSON may nest', () => {
    const { facts } = readRows(
      'customers',
      rows({ externalId: 'n1', email: null, attributes: { n: 1 }, tags: ['a'], consent: { status: 'none' } }),
      context,
    );
    expect(facts[0]?.envelope).toMatchObject({
      customer: { email: null, attributes: { n: 1 }, tags: ['a'], consent: { status: 'none' } },
    });
  });
});

describe('orders', () => {
  test("rows of one order are its lines; the first row's word about the order holds", () => {
    const { facts, rowsOf, rejected } = readRows(
      'orders',
      rows(
        orderRow,
        { ...orderRow, productExternalId: 'beans', quantity: '2', placedAt: '2026-01-02T10:00:00Z', total: '99.00' },
        { ...orderRow, orderExternalId: 'o2', customerExternalId: '', couponCodes: 'A;B' },
        { ...orderRow, productExternalId: 'mug' },
      ),
      context,
    );
    expect(rejected).toEqual([]);
    expect(facts).toMatchObject([
      {
        eventId: 'import:i1',
        envelope: {
          version: new Date('2026-01-01T10:00:00Z'),
          order: {
            externalId: 'o1',
            totalMinor: 3000,
            status: 'paid',
            lines: [
              { productExternalId: 'moka' },
              { productExternalId: 'beans', quantity: 2 },
              { productExternalId: 'mug' },
            ],
          },
        },
      },
      { envelope: { order: { externalId: 'o2', couponCodes: ['A', 'B'], customer: { externalId: undefined } } } },
    ]);
    expect(rowsOf.map((of) => of.length)).toEqual([3, 1]);
  });

  test('faults are named by the column of the file', () => {
    const { rejected } = readRows(
      'orders',
      rows({
        ...orderRow,
        orderExternalId: '',
        email: 'x',
        placedAt: 'yesterday',
        currency: 'EURO',
        total: 'much',
        quantity: 'x',
        unitPrice: '',
      }),
      context,
    );
    const columns = ['orderExternalId', 'email', 'placedAt', 'currency', 'total', 'quantity', 'unitPrice'];
    expect(rejected.map((one) => one.column).sort()).toEqual(columns.sort());
    expect(columnOf('orders', 'data.customer.externalId')).toBe('customerExternalId');
    expect(columnOf('customers', 'data.consent.at')).toBe('consentAt');
    expect(columnOf('customers', 'data.tags[2]')).toBe('tags');
  });
});

test('products and suppressions', () => {
  const products = readRows(
    'products',
    rows({ externalId: 'p', name: 'Moka', price: '9.90', active: 'No' }, { externalId: 'q', name: '', active: 'x' }),
    context,
  );
  expect(products.facts).toMatchObject([{ envelope: { product: { externalId: 'p', active: false, price: '9.9' } } }]);
  expect(products.rejected.map((one) => one.column)).toEqual(['name', 'active']);
  const suppressed = readRows(
    'suppressions',
    rows(
      { email: ' A@Example.com ', reason: '' },
      { email: 'nobody' },
      { email: "'+b@example.com", scope: 'Marketing', evidence: '{"letter":"7/2026"}' },
      { email: 'c@example.com', scope: 'some' },
      { email: 'd@example.com', evidence: 'asked by phone', at: '2026-01-02T00:00:00Z' },
    ),
    context,
  );
  const { importId, at } = context;
  expect(suppressed.suppressions).toEqual([
    { address: 'a@example.com', scope: 'all', reason: 'import', evidence: { import: importId, row: 1 }, at },
    {
      ...{ address: '+b@example.com', scope: 'marketing', reason: 'import', at },
      evidence: { letter: '7/2026', import: importId, row: 3 },
    },
    {
      ...{ address: 'd@example.com', scope: 'all', reason: 'import', at: new Date('2026-01-02T00:00:00Z') },
      evidence: { note: 'asked by phone', import: importId, row: 5 },
    },
  ]);
  expect(suppressed.rejected).toMatchObject([
    { row: 2, column: 'email', raw: 'nobody' },
    { row: 4, column: 'scope' },
  ]);
});

test('rows that could not be read are told as they are; raw lines are CSV again', () => {
  const { rejected } = readRows('customers', [{ row: 7, unreadable: 'cannot be read', raw: 'a,"b' }], context);
  expect(rejected).toEqual([{ row: 7, column: '', message: 'cannot be read', raw: 'a,"b' }]);
  expect(rawOf({ a: 'x "y"', b: 'p,q', c: null, d: 5, e: 'plain' })).toBe('"x ""y""","p,q",,5,plain');
});
