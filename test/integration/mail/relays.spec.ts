import { MailPool } from '../../../src/platform/mail/mail-pool';
import { type WireMail } from '../../../src/platform/mail/mail-course';
import { RFC_5321_TIMEOUTS } from '../../../src/platform/mail/smtp-timeouts';
import { parseSmtpUrl } from '../../../src/platform/mail/smtp-url';
import { type SinkOptions, type SinkScript, type SmtpSink, startSmtpSink } from '../../support/smtp-sink';

const sinks: SmtpSink[] = [];
const pools: MailPool[] = [];
const sinkOf = async (script: SinkScript = {}, options: SinkOptions = {}): Promise<SmtpSink> => {
  const sink = await startSmtpSink(script, options);
  sinks.push(sink);
  return sink;
};
const poolOf = (connections: number, ...urls: string[]): MailPool => {
  const pool = new MailPool(urls.map(parseSmtpUrl), connections, RFC_5321_TIMEOUTS);
  pools.push(pool);
  return pool;
};
afterEach(async () => {
  for (const pool of pools.splice(0)) pool.close();
  await Promise.all(sinks.splice(0).map((sink) => sink.stop()));
});

async function untilTrue(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function wire(n: number): WireMail {
  const octets = Buffer.from(`Message-ID: <${n}@x.test>\r\nSubject: s\r\n\r\nCiao\r\n`);
  const gate = () => Promise.resolve(true);
  return { from: 'ciao@bottega.test', to: `c${n}@example.com`, octets, key: `key-${n}`, gate };
}

describe('several relays', () => {
  it('one that stops in the middle gives way to the other; each mail arrives once', async () => {
    const first = await sinkOf({
      onCommand: (verb) => (verb === 'MAIL' && (sinks[0]?.mails.length ?? 0) >= 5 ? { do: 'drop' } : undefined),
    });
    const second = await sinkOf();
    const pool = poolOf(4, `${first.url}/?weight=100`, second.url);
    const outcomes = [];
    for (let n = 0; n < 30; n++) {
      let outcome = await pool.send(wire(n));
      // The ledger tries again what was certainly lost.
      while (outcome.kind === 'unsent') outcome = await pool.send(wire(n));
      outcomes.push(outcome.kind);
    }
    expect(outcomes).toEqual(Array(30).fill('accepted'));
    expect(first.mails.length + second.mails.length).toBe(30);
    expect(new Set([...first.mails, ...second.mails].map(({ messageId }) => messageId)).size).toBe(30);
    expect(pool.relays()).toMatchObject([{ isUp: false }, { isUp: true, mails: { accepted: second.mails.length } }]);
  });

  it('one that cannot be reached is passed over, and is seen to be down', async () => {
    const gone = await startSmtpSink();
    await gone.stop();
    const sink = await sinkOf();
    const pool = poolOf(2, `${gone.url}/?weight=100`, sink.url);
    expect((await pool.send(wire(1))).kind).toBe('accepted');
    expect(pool.relays()).toMatchObject([{ isUp: false, unreachable: 1 }, { isUp: true }]);
  });

  it('each has no more connections than it may', async () => {
    const [narrow, wide] = [await sinkOf(), await sinkOf()];
    const pool = poolOf(6, `${narrow.url}/?weight=100&connections=2`, wide.url);
    await Promise.all(Array.from({ length: 60 }, (_, n) => pool.send(wire(n))));
    expect([narrow.connections, wide.connections]).toEqual([2, 4]);
    const alone = poolOf(6, `${narrow.url}/?connections=1`);
    await Promise.all(Array.from({ length: 20 }, (_, n) => alone.send(wire(n))));
    expect(narrow.connections).toBe(3);
  });

  it('one that has said goodbye after a while of rest may have its connection again', async () => {
    const sink = await sinkOf();
    const pool = new MailPool([parseSmtpUrl(`${sink.url}/?connections=1`)], 2, { ...RFC_5321_TIMEOUTS, idle: 20 });
    pools.push(pool);
    await pool.send(wire(1));
    await untilTrue(() => pool.relays()[0]?.connections === 0);
    expect(pool.hasConnection).toBe(false);
    expect((await pool.send(wire(2))).kind).toBe('accepted');
    expect(sink.connections).toBe(2);
  });

  it('the header that a relay takes idempotency keys in carries the key of the mail, and stands before ours', async () => {
    const [keyed, plain] = [await sinkOf(), await sinkOf()];
    await poolOf(1, `${keyed.url}/?idempotencyHeader=Resend-Idempotency-Key`).send(wire(7));
    await poolOf(1, plain.url).send(wire(7));
    const octets = plain.mails[0]?.octets.toString() ?? '';
    expect(octets).not.toContain('key-7');
    expect(keyed.mails[0]?.octets.toString()).toBe(`Resend-Idempotency-Key: key-7\r\n${octets}`);
  });
});

describe('a recipient beyond ASCII, with several relays', () => {
  const OFFERS = { extensions: ['PIPELINING', 'SMTPUTF8'] };
  const greek = (n: number): WireMail => ({ ...wire(n), to: `ζωή${n}@example.com` });

  it('is mailed by the one that offers SMTPUTF8, whichever has more weight; the others go as ever', async () => {
    const [plain, able] = [await sinkOf(), await sinkOf({}, OFFERS)];
    const pool = poolOf(2, `${plain.url}/?weight=100`, able.url);
    const mails = Array.from({ length: 24 }, (_, n) => (n % 4 === 0 ? greek(n) : wire(n)));
    const outcomes = await Promise.all(mails.map((mail) => pool.send(mail)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(24).fill('accepted'));
    const isGreek = (text: string): boolean => /[^\x20-\x7e]/.test(text);
    expect(plain.mails.filter(({ to }) => isGreek(to.join()))).toEqual([]);
    expect(able.mails.filter(({ to }) => isGreek(to.join()))).toHaveLength(6);
    expect(plain.mails.length + able.mails.length).toBe(24);
    // What made room is closed a moment later.
    const made = (): number => pool.relays().reduce((sum, { connections }) => sum + connections, 0);
    await untilTrue(() => made() <= 2);
    expect(made()).toBeLessThanOrEqual(2);
  });

  it('waits while the one that may offer it is away, and holds up no other mail', async () => {
    const gone = await startSmtpSink({}, OFFERS);
    await gone.stop();
    const plain = await sinkOf();
    const pool = poolOf(1, gone.url, plain.url);
    expect(await pool.send(greek(1))).toMatchObject({
      kind: 'refused',
      permanent: false,
      code: 453,
      stage: 'envelope',
    });
    expect((await pool.send(wire(2))).kind).toBe('accepted');
    const back = await startSmtpSink({}, { ...OFFERS, port: gone.port });
    sinks.push(back);
    expect((await pool.send(greek(3))).kind).toBe('accepted');
    expect(back.mails).toHaveLength(1);
  });

  it('fails where none does, and every connection goes on', async () => {
    const both = [await sinkOf(), await sinkOf()];
    const pool = poolOf(1, ...both.map(({ url }) => url));
    expect(await pool.send(greek(1))).toMatchObject({ kind: 'refused', permanent: true, code: 553 });
    expect(await pool.send(greek(2))).toMatchObject({ kind: 'refused', permanent: true, code: 553 });
    expect((await pool.send(wire(3))).kind).toBe('accepted');
    expect(both.flatMap(({ mails }) => mails)).toHaveLength(1);
    expect(both.map(({ connections }) => connections)).toEqual([1, 1]);
  });
});

describe('the URL of a relay', () => {
  it('wants TLS but on loopback, unless it says otherwise', () => {
    const wants = (url: string) => parseSmtpUrl(url).requireTls;
    expect(wants('smtp://mail.example')).toBe(true);
    expect(wants('smtp://localhost:25')).toBe(false);
    expect(wants('smtp://[::1]:25')).toBe(false);
    expect(wants('smtp://mail.example/?requireTLS=false')).toBe(false);
    expect(wants('smtp://mail.example/?ignoreTLS=true')).toBe(false);
    expect(() => parseSmtpUrl('smtp://a/?connections=0')).toThrow('connections');
    expect(() => parseSmtpUrl('smtp://a/?idempotencyHeader=a:b')).toThrow('header');
  });

  it('a server without TLS gets no mail where TLS is wanted', async () => {
    const sink = await sinkOf();
    expect(await poolOf(1, `${sink.url}/?requireTLS=true`).send(wire(1))).toMatchObject({
      kind: 'unsent',
      stage: 'connect',
    });
    expect(sink.mails).toHaveLength(0);
  });
});
