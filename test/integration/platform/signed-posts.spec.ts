import dns from 'node:dns';
import { Webhook } from 'standardwebhooks';
import { AppConfig } from '../../../src/platform/config/config';
import { SignedPosts } from '../../../src/platform/outbox/signed-posts';
import { type HookSink, startHookSink } from '../../support/hook-sink';

const SECRETS = [
  'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=',
  'whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=',
];
const posts = (WEBHOOKS_TO_LOOPBACK: string): SignedPosts =>
  new SignedPosts(AppConfig.from({ NODE_ENV: 'test', WEBHOOKS_TO_LOOPBACK }));
const post = (url: string) => ({ id: 'msg_1', url, body: '{"a":"à"}', secrets: SECRETS });

describe('posting to others', () => {
  let sink: HookSink;
  beforeAll(async () => {
    sink = await startHookSink();
  });
  afterAll(() => sink.close());
  beforeEach(() => {
    sink.received.length = 0;
    sink.answer({ status: 204 });
  });
  const resolving = (answers: Record<string, string[]>): jest.SpyInstance =>
    jest.spyOn(dns, 'lookup').mockImplementation(((
      name: string,
      _options: object,
      done: (error: Error | null, found?: unknown) => void,
    ) => {
      const found = answers[name] ?? [];
      setImmediate(() => {
        if (found.length === 0) done(Object.assign(new Error('nobody'), { code: 'ENOTFOUND' }));
        else
          done(
            null,
            found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
          );
      });
    }) as never);

  it('signs the very bytes, once per secret, as the library of Standard Webhooks verifies', async () => {
    const outcome = await posts('allow').post(post(`${sink.url}/hook?x=1`));
    expect(outcome).toEqual({ kind: 'answered', status: 204, retryAfterMs: null, excerpt: '' });
    const [hook] = sink.received;
    expect(hook?.path).toBe('/hook?x=1');
    expect(hook?.headers['content-type']).toBe('application/json');
    for (const secret of SECRETS) {
      expect(new Webhook(secret).verify(hook?.body ?? '', hook?.headers as Record<string, string>)).toEqual({ a: 'à' });
    }
    expect(() =>
      new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify(
        hook?.body ?? '',
        hook?.headers as Record<string, string>,
      ),
    ).toThrow();
  });

  it('tells what was answered, the beginning of it, and does not follow redirects', async () => {
    sink.answer({ status: 302, headers: { location: `${sink.url}/elsewhere` }, body: 'x'.repeat(100_000) });
    expect(await posts('allow').post(post(sink.url))).toEqual({
      kind: 'answered',
      status: 302,
      retryAfterMs: null,
      excerpt: 'x'.repeat(500),
    });
    expect(sink.received).toHaveLength(1);
    sink.answer({ status: 429, headers: { 'retry-after': '120' }, body: 'slow\0down' });
    expect(await posts('allow').post(post(sink.url))).toEqual({
      kind: 'answered',
      status: 429,
      retryAfterMs: 120_000,
      excerpt: 'slowdown',
    });
  });

  it.each([
    ...['https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f.0.0.1/', 'https://017700000001/'],
    ...['https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/', 'https://[fe80::1]/'],
    ...[
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/',
      'https://[fd00:ec2::254]/',
      'https://0.0.0.0/',
    ],
    ...['https://[64:ff9b::7f00:1]/', 'https://[2002:7f00:1::]/', 'https://localhost/', 'http://example.com/'],
  ])('refuses %s for good, without connecting', async (url) => {
    const outcome = await posts('refuse').post(post(url));
    expect(outcome).toMatchObject({ kind: 'unreachable', forGood: true });
    expect(sink.received).toEqual([]);
  });

  it('with loopback allowed still refuses everything else', async () => {
    for (const url of ['https://10.0.0.1/', 'https://169.254.169.254/', 'https://[::ffff:127.0.0.1]/']) {
      expect(await posts('allow').post(post(url))).toMatchObject({ kind: 'unreachable', forGood: true });
    }
    expect(() => AppConfig.from({ NODE_ENV: 'production', WEBHOOKS_TO_LOOPBACK: 'allow' })).toThrow(
      'WEBHOOKS_TO_LOOPBACK',
    );
  });

  it('refuses a name when one of its addresses is private, and connects to the answer that was checked', async () => {
    const { port } = new URL(sink.url);
    const lookup = resolving({
      'mixed.test': ['93.184.216.34', '10.0.0.7'],
      'inside.test': ['127.0.0.1'],
      'mapped.test': ['::ffff:127.0.0.1'],
    });
    for (const name of ['mixed.test', 'inside.test', 'mapped.test']) {
      expect(await posts('refuse').post(post(`https://${name}:${port}/`))).toMatchObject({ forGood: true });
    }
    // One question per post: the address that was judged is the one that is asked.
    expect(lookup).toHaveBeenCalledTimes(3);
    expect(sink.received).toEqual([]);
    expect(await posts('refuse').post(post(`https://nowhere.test:${port}/`))).toEqual({
      kind: 'unreachable',
      error: 'ENOTFOUND',
      forGood: false,
    });
  });

  it('does not accept a certificate that nobody vouches for, except of this machine where that is allowed', async () => {
    const { port } = new URL(sink.url);
    resolving({ 'shop.test': ['127.0.0.1'] });
    expect(await posts('allow').post(post(`https://shop.test:${port}/`))).toMatchObject({
      kind: 'unreachable',
      forGood: false,
    });
    expect(sink.received).toEqual([]);
  });

  it('waits ten seconds for an answer', async () => {
    sink.answer({ status: 200, hang: true });
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      expect(ms).toBe(10_000);
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException('late', 'TimeoutError')), 50);
      return controller.signal;
    });
    expect(await posts('allow').post(post(sink.url))).toEqual({
      kind: 'unreachable',
      error: 'timeout',
      forGood: false,
    });
    timeout.mockRestore();
  });

  afterEach(() => jest.restoreAllMocks());
});
