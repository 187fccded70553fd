import { createHmac } from 'node:crypto';
import { secretFaults, type SourceKind, verifyRequest } from '../../../src/storefront/domain/source-kind';
import { SKIPPED, unpackPayloads, type Vector, vectors, webhookDataMissing } from './webhook-data';

const KINDS: Record<string, SourceKind> = {
  'standard-webhooks': 'generic',
  shopify: 'shopify',
  woocommerce: 'woocommerce',
};

const lower = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

if (webhookDataMissing) test.skip(SKIPPED, () => undefined);

(webhookDataMissing ? describe.skip : describe)('published and computed signature vectors', () => {
  const used = webhookDataMissing ? [] : vectors().filter((vector) => KINDS[vector.scheme]);
  let payloads: ReturnType<typeof unpackPayloads>;
  beforeAll(() => {
    payloads = unpackPayloads();
  });
  afterAll(() => payloads.remove());

  test('all 55 are there', () => expect(used).toHaveLength(55));

  test.each(
    used.map((vector) => [vector.scheme, vector.name ?? vector.file ?? '', vector] as [string, string, Vector]),
  )('%s: %s', (scheme, _name, vector) => {
    const body = vector.file === undefined ? Buffer.from(vector.body ?? '') : payloads.read(vector.file);
    const now = new Date((vector.now ?? 0) * 1000);
    const good = verifyRequest(KINDS[scheme]!, { headers: lower(vector.headers), body }, [vector.secret], now);
    expect(good).toBe(vector.expect === 'valid');
  });
});

describe('rotation and edges', () => {
  const body = Buffer.from('{"a":1}');
  const now = new Date('2026-03-02T08:00:00.900Z');
  const stamp = String(Math.floor(now.getTime() / 1000));
  const secret = (fill: string) => `whsec_${Buffer.alloc(24, fill).toString('base64')}`;
  const sign = (key: string, id = 'm1') =>
    `v1,${createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
      .update(`${id}.${stamp}.`)
      .update(body)
      .digest('base64')}`;
  const request = (signature: string) => ({
    headers: { 'webhook-id': 'm1', 'webhook-timestamp': stamp, 'webhook-signature': signature },
    body,
  });

  test('one good pair of several secrets and several signatures suffices', () => {
    const secrets = [secret('a'), secret('b')];
    expect(verifyRequest('generic', request(`v1,AAAA ${sign(secret('b'))}`), secrets, now)).toBe(true);
    expect(verifyRequest('generic', request(sign(secret('c'))), secrets, now)).toBe(false);
    expect(verifyRequest('generic', request(sign(secret('a'), 'm2')), secrets, now)).toBe(false);
  });

  test('nothing verifies without a secret, a signature, or with a stamp that is no number', () => {
    expect(verifyRequest('generic', request(sign(secret('a'))), [], now)).toBe(false);
    expect(verifyRequest('shopify', { headers: {}, body }, ['text-secret'], now)).toBe(false);
    const odd = request(sign(secret('a')));
    expect(
      verifyRequest('generic', { ...odd, headers: { ...odd.headers, 'webhook-timestamp': '1e9' } }, [secret('a')], now),
    ).toBe(false);
  });

  test('the raw bytes are signed, not text that decodes to the same', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    const given = createHmac('sha256', 'text-secret').update(bytes).digest('base64');
    const headers = { 'x-shopify-hmac-sha256': given };
    expect(verifyRequest('shopify', { headers, body: bytes }, ['other-text', 'text-secret'], now)).toBe(true);
    expect(verifyRequest('shopify', { headers, body: Buffer.from(bytes.toString()) }, ['text-secret'], now)).toBe(
      false,
    );
  });

  test('secrets that a shop brings along', () => {
    expect(secretFaults('generic', secret('a'))).toEqual([]);
    expect(secretFaults('generic', 'whsec_!!!')).toHaveLength(1);
    expect(secretFaults('generic', 'whsec_c2hvcnQ=')).toHaveLength(1);
    expect(secretFaults('shopify', 'short')).toHaveLength(1);
    expect(secretFaults('woocommerce', 'woo_dev_secret')).toEqual([]);
  });
});
