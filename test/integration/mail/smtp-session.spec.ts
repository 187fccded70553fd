import { MailPool } from '../../../src/platform/mail/mail-pool';
import type { SendOutcome } from '../../../src/platform/mail/send-outcome';
import { type WireMail } from '../../../src/platform/mail/mail-course';
import { RFC_5321_TIMEOUTS, type SmtpTimeouts } from '../../../src/platform/mail/smtp-timeouts';
import { parseSmtpUrl } from '../../../src/platform/mail/smtp-url';
import { type SinkScript, type SmtpSink, startSmtpSink } from '../../support/smtp-sink';

const open = () => Promise.resolve(true);
let sink: SmtpSink;
let pool: MailPool;

async function start(
  script: SinkScript = {},
  connections = 1,
  timeouts: Partial<SmtpTimeouts> = {},
  extensions?: string[],
) {
  sink = await startSmtpSink(script, extensions ? { extensions } : {});
  pool = new MailPool([parseSmtpUrl(sink.url)], connections, { ...RFC_5321_TIMEOUTS, ...timeouts });
}
afterEach(async () => {
  pool.close();
  await sink.stop();
});

function wire(n: number, gate: () => Promise<boolean> = open, filler = 'Ciao\r\n'): WireMail {
  const octets = Buffer.from(`Message-ID: <${n}@x.test>\r\nSubject: s\r\n\r\n${filler}`);
  return { from: 'ciao@bottega.test', to: `c${n}@example.com`, octets, gate };
}
const kinds = (outcomes: SendOutcome[]) => outcomes.map((outcome) => outcome.kind);

describe.each([
  ['pipelined', undefined],
  ['one command at a time', ['8BITMIME']],
])('a session, %s', (_, extensions) => {
  it('carries mail after mail on one connection, octet by octet', async () => {
    await start({}, 1, {}, extensions);
    expect(kinds([await pool.send(wire(1)), await pool.send(wire(2)), await pool.send(wire(3))])).toEqual(
      Array(3).fill('accepted'),
    );
    expect(sink.connections).toBe(1);
    expect(sink.mails.map((mail) => mail.octets.toString())).toEqual([1, 2, 3].map((n) => wire(n).octets.toString()));
    expect(sink.mails[0]).toMatchObject({ from: 'ciao@bottega.test', to: ['c1@example.com'], messageId: '<1@x.test>' });
  });

  it('asks the gate after the 354 and sends not one octet of the body before its answer', async () => {
    let seen = 0;
    let answer: (yes: boolean) => void = () => undefined;
    let asked: () => void = () => undefined;
    const wasAsked = new Promise<void>((resolve) => (asked = resolve));
    const commands: string[] = [];
    await start(
      { onBody: (octets) => void (seen = octets), onCommand: (verb) => void commands.push(verb) },
      1,
      {},
      extensions,
    );
    const sent = pool.send(wire(1, () => new Promise((resolve) => ((answer = resolve), asked()))));
    await wasAsked;
    expect(commands).toContain('DATA');
    await new Promise((resolve) => setImmediate(resolve));
    expect([seen, sink.dots]).toEqual([0, 0]);
    answer(true);
    expect((await sent).kind).toBe('accepted');
  });

  it.each([
    ['says no', () => Promise.resolve(false), 'withheld'],
    ['fails', () => Promise.reject(new Error('the database is away')), 'unsent'],
  ])('a gate that %s leaves nothing on the server, not even an empty mail', async (_what, gate, kind) => {
    await start({}, 1, {}, extensions);
    expect((await pool.send(wire(1, gate))).kind).toBe(kind);
    expect((await pool.send(wire(2))).kind).toBe('accepted');
    expect([sink.dots, sink.mails.map((mail) => mail.messageId), sink.connections]).toEqual([1, ['<2@x.test>'], 2]);
  });

  it.each([
    ['451 4.2.0 later', false],
    ['550 5.1.1 nobody', true],
  ])(
    '%s to the recipient is a refusal with the words of the server, and the connection goes on',
    async (reply, permanent) => {
      await start(
        { onCommand: (verb, line) => (verb === 'RCPT' && line.includes('c1@') ? reply : undefined) },
        1,
        {},
        extensions,
      );
      expect(await pool.send(wire(1))).toMatchObject({ kind: 'refused', permanent, reply, stage: 'envelope' });
      expect((await pool.send(wire(2))).kind).toBe('accepted');
      expect([sink.connections, sink.dots]).toEqual([1, 1]);
    },
  );

  it('tells what is said of the recipient from what is said of the sender', async () => {
    const no = '550 5.1.1 user unknown';
    const refusing = (at: string) => (verb: string, line: string) =>
      verb === at && line.includes('c1@') ? no : undefined;
    await start({ onCommand: refusing('RCPT') }, 1, {}, extensions);
    expect(await pool.send(wire(1))).toMatchObject({ kind: 'refused', ofRecipient: true });
    await start({ onCommand: (verb) => (verb === 'MAIL' ? no : undefined) }, 1, {}, extensions);
    expect(await pool.send(wire(1))).not.toHaveProperty('ofRecipient');
  });

  it.each(['452 4.3.1 full', '554 5.7.1 spam'])('%s after the final dot is a certain refusal', async (reply) => {
    await start({ onMail: (mail) => (mail.messageId === '<1@x.test>' ? reply : undefined) }, 1, {}, extensions);
    expect(await pool.send(wire(1))).toMatchObject({ kind: 'refused', code: Number(reply.slice(0, 3)), stage: 'dot' });
    expect((await pool.send(wire(2))).kind).toBe('accepted');
    expect(sink.connections).toBe(1);
  });

  it.each(['MAIL', 'RCPT', 'DATA'])('a 421 to %s backs off, it does not refuse the mail', async (at) => {
    let first = true;
    const once = (verb: string) => (verb === at && first ? ((first = false), '421 4.3.2 closing') : undefined);
    await start({ onCommand: once }, 1, {}, extensions);
    expect((await pool.send(wire(1))).kind).toBe('unsent');
    expect((await pool.send(wire(1))).kind).toBe('accepted');
  });

  it.each(['MAIL', 'RCPT', 'DATA'])('a connection dropped at %s is a certain loss', async (at) => {
    let first = true;
    const once = (verb: string) => (verb === at && first ? ((first = false), { do: 'drop' as const }) : undefined);
    await start({ onCommand: once }, 1, {}, extensions);
    expect(await pool.send(wire(1))).toMatchObject({ kind: 'unsent', stage: 'envelope' });
    expect((await pool.send(wire(1))).kind).toBe('accepted');
    expect(sink.mails).toHaveLength(1);
  });
});

describe('losses', () => {
  it('right after the 354, and in the middle of a body that is still on its way, are certain', async () => {
    let drops = 0;
    await start({ onBody: (octets) => (octets > 100_000 && drops++ === 0 ? { do: 'drop' } : undefined) });
    const large = `${'x'.repeat(76)}\r\n`.repeat(200_000);
    expect(await pool.send(wire(1, open, large))).toMatchObject({ kind: 'unsent', stage: 'body' });
    expect((await pool.send(wire(1))).kind).toBe('accepted');
  });

  it.each(['end', 'drop'] as const)(
    'after the final dot (%s) are uncertain, never sent again by the pool',
    async (how) => {
      await start({ onMail: (mail) => (mail.messageId === '<1@x.test>' ? { do: how } : undefined) });
      expect((await pool.send(wire(1))).kind).toBe('uncertain');
      expect((await pool.send(wire(2))).kind).toBe('accepted');
      expect(sink.dots).toBe(2);
    },
  );

  it('silence after the final dot is uncertain when the time is over, silence before it a certain loss', async () => {
    await start({ onMail: (mail) => (mail.messageId === '<1@x.test>' ? { do: 'silence' } : undefined) }, 1, {
      dot: 100,
    });
    expect((await pool.send(wire(1))).kind).toBe('uncertain');
    await sink.stop();
    await start({ onCommand: (verb) => (verb === 'DATA' ? { do: 'silence' } : undefined) }, 1, { envelope: 100 });
    expect(await pool.send(wire(1))).toMatchObject({ kind: 'unsent', stage: 'envelope' });
  });

  it('an answer before the final dot is no acceptance', async () => {
    await start({ onBody: () => '250 ok' });
    const large = `${'x'.repeat(76)}\r\n`.repeat(200_000);
    expect((await pool.send(wire(1, open, large))).kind).not.toBe('accepted');
    expect(sink.mails).toHaveLength(0);
  });

  it('a connection that the server closed while it lay idle costs nothing', async () => {
    await start({
      onCommand: (verb, line) =>
        verb === 'MAIL' && line.includes('ciao') && sink.connections === 1 && sink.mails.length === 1
          ? { do: 'drop' }
          : undefined,
    });
    expect(kinds([await pool.send(wire(1)), await pool.send(wire(2))])).toEqual(['accepted', 'accepted']);
    expect(sink.connections).toBe(2);
  });
});

describe('the pool', () => {
  it('uses as many connections as it may, and no more', async () => {
    await start({}, 4);
    const outcomes = await Promise.all(Array.from({ length: 200 }, (_, n) => pool.send(wire(n))));
    expect(kinds(outcomes)).toEqual(Array(200).fill('accepted'));
    expect(sink.connections).toBe(4);
    expect(new Set(sink.mails.map((mail) => mail.messageId)).size).toBe(200);
  });

  it('without a server nothing is attempted and everything is a certain loss', async () => {
    await start();
    await sink.stop();
    expect(await pool.isReady()).toBe(false);
    expect(await pool.send(wire(1))).toMatchObject({ kind: 'unsent', stage: 'connect' });
  });

  it('says goodbye to idle connections', async () => {
    const quits: string[] = [];
    await start(
      {
        onCommand: (verb) => {
          if (verb === 'QUIT') quits.push(verb);
          return undefined;
        },
      },
      1,
      { idle: 20 },
    );
    await pool.send(wire(1));
    while (quits.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(quits).toHaveLength(1);
    expect((await pool.send(wire(2))).kind).toBe('accepted');
  });

  it('shares its connections among several servers by weight', async () => {
    await start();
    const second = await startSmtpSink();
    const both = new MailPool([parseSmtpUrl(`${sink.url}/?weight=3`), parseSmtpUrl(second.url)], 4, RFC_5321_TIMEOUTS);
    await Promise.all(Array.from({ length: 40 }, (_, n) => both.send(wire(n))));
    both.close();
    expect([sink.connections, second.connections]).toEqual([3, 1]);
    await second.stop();
  });
});

describe('a recipient beyond ASCII', () => {
  const mail = (): WireMail => ({ ...wire(1), to: 'zoë@example.com' });

  it('gets mail where the server offers SMTPUTF8, which is asked for in MAIL FROM', async () => {
    const commands: string[] = [];
    await start({ onCommand: (verb, line) => (verb === 'MAIL' ? void commands.push(line) : undefined) }, 1, {}, [
      'SMTPUTF8',
    ]);
    expect(kinds([await pool.send(mail()), await pool.send(wire(2))])).toEqual(['accepted', 'accepted']);
    expect(sink.mails.map((one) => Buffer.from(one.to.join(), 'latin1').toString())).toEqual([
      'zoë@example.com',
      'c2@example.com',
    ]);
    expect(commands).toEqual(['MAIL FROM:<ciao@bottega.test> SMTPUTF8', 'MAIL FROM:<ciao@bottega.test>']);
  });

  it('is refused for good where it does not, the gate unasked, and the connection goes on', async () => {
    await start();
    let asked = false;
    const outcome = await pool.send({ ...mail(), gate: () => Promise.resolve((asked = true)) });
    expect(outcome).toMatchObject({ kind: 'refused', permanent: true, code: 553, stage: 'envelope' });
    expect(outcome).toMatchObject({
      reply: expect.stringMatching(/^553 5\.6\.7 .*no mail server of SMTP_URL offers$/),
    });
    expect(asked).toBe(false);
    expect(kinds([await pool.send(wire(2))])).toEqual(['accepted']);
    expect(sink.connections).toBe(1);
  });
});
