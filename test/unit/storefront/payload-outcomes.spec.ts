import { type SourceKind } from '../../../src/storefront/domain/source-kind';
import { translateDelivery } from '../../../src/storefront/domain/translate-delivery';
import { EXPECTED } from './expected-outcomes';
import { outcomeView } from './outcome-view';
import { SKIPPED, unpackPayloads, vectors, webhookDataMissing } from './webhook-data';

/** Topics under which a shop would really deliver what the data files name by its resource alone. */
const REAL_TOPICS: Record<string, string> = {
  customers: 'customers/create',
  orders: 'orders/create',
  refunds: 'refunds/create',
  checkouts: 'checkouts/create',
  carts: 'carts/create',
};

const context = (topic: string) => ({
  topic,
  triggeredAt: undefined,
  receivedAt: new Date('2026-03-02T08:00:00Z'),
  shopDomain: 'bottega.myshopify.com',
  storeCurrency: 'EUR',
});

if (webhookDataMissing) test.skip(SKIPPED, () => undefined);

(webhookDataMissing ? describe.skip : describe)('every shopify and woocommerce payload', () => {
  const files = (webhookDataMissing ? [] : vectors()).flatMap(({ file, scheme, headers }) => {
    const topic = headers['X-Shopify-Topic'] ?? headers['X-WC-Webhook-Topic'];
    const kind: SourceKind | undefined = scheme === 'shopify' || scheme === 'woocommerce' ? scheme : undefined;
    return file && topic && kind ? [{ file, topic, kind }] : [];
  });
  let payloads: ReturnType<typeof unpackPayloads>;
  beforeAll(() => {
    payloads = unpackPayloads();
  });
  afterAll(() => payloads.remove());

  const translate = (file: string, topic: string, kind: SourceKind) =>
    outcomeView(translateDelivery(kind, payloads.read(file).toString('utf8'), context(topic)));

  test('stands in the table', () => {
    expect(files.map(({ file }) => file.replace('webhooks/', '')).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  test.each(files)('$file comes to what the table says', ({ file, topic, kind }) => {
    expect(translate(file, topic, kind)).toEqual(EXPECTED[file.replace('webhooks/', '')]);
  });

  test.each(files.filter(({ topic }) => REAL_TOPICS[topic]))('$file under its real topic tells the same', (one) => {
    const withoutType = (view: unknown) => JSON.stringify(view).replace(/"type":"[^"]*"/g, '');
    const real = translate(one.file, REAL_TOPICS[one.topic]!, one.kind);
    expect(withoutType(real)).toBe(withoutType(EXPECTED[one.file.replace('webhooks/', '')]));
  });
});
