import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from '../child';
import { cpuSeconds } from '../cpu';
import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { Service, until } from '../service';

const MAILS = 4_000;
const CONNECTIONS = 10;
/** What is to be reached at these connections: gates that share a statement, on average. */
const GATES_A_STATEMENT = 5;
const DKIM = { domain: 'shop.test', selector: 'bench' };

interface Count {
  count: number;
  distinct: number;
  first: number;
  last: number;
}

/** The mail that both sides send: what a preview shows, and the PEM of the key that both sign with. */
interface BareMail {
  subject: string;
  html: string;
  text: string;
  privateKey: string;
}

async function run(bench: Bench): Promise<Measured> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ritorno-bench-key-'));
  try {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const keyFile = path.join(folder, 'dkim.pem');
    writeFileSync(keyFile, privateKey, { mode: 0o600 });
    return await measure(bench, privateKey, keyFile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * From the release of queued messages to the sink's last acceptance, as in operation: ledger, gate, links, hidden link,
 * signed return path, DKIM (RSA-2048) and the last look are on, and so is the pace: a warm-up plan that is far from used
 * up makes every claim one that counts.
 */
async function measure(bench: Bench, privateKey: string, keyFile: string): Promise<Measured> {
  const service = await Service.start(await bench.database(), bench.sinkPort, {
    SMTP_CONNECTIONS: String(CONNECTIONS),
    BOUNCE_DOMAIN: 'bounce.shop.test',
    DKIM_DOMAIN: DKIM.domain,
    DKIM_SELECTOR: DKIM.selector,
    DKIM_PRIVATE_KEY_FILE: keyFile,
  });
  try {
    await service.call('PUT', '/api/v1/settings/warm-up', {
      plans: [{ domain: 'shop.test', startsOn: today(), perDay: [MAILS * 10, MAILS * 10] }],
    });
    await service.customers(MAILS);
    await service.call('POST', '/api/v1/templates', {
      key: 'news',
      name: 'News',
      defaultLocale: 'en',
      locales: { en: { subject: SUBJECT, mjml: MJML } },
    });
    const preview = await service.call<{ subject: string; html: string; text: string }>(
      'POST',
      '/api/v1/templates/news/preview',
      {},
    );
    await service.call('PUT', '/api/v1/settings/sending', { paused: true, reason: 'bench' });
    await enrolAll(service, 'bench-sends');
    await service.withSql((sql) =>
      until('the queue', async () => {
        const { rows } = await sql.query<{ n: number }>(
          `select count(*)::int as n from messages where status = 'queued'`,
        );
        return rows[0]?.n === MAILS;
      }),
    );
    await bench.sink.ask({ kind: 'reset' });
    const cpu = service.cpu();
    const started = Date.now();
    await service.call('PUT', '/api/v1/settings/sending', { paused: false });
    const counted = await until('the mails', async () => {
      const count = await bench.sink.ask<Count>({ kind: 'count' });
      return count.count >= MAILS && count;
    });
    const used = service.cpu() - cpu;
    if (counted.count !== MAILS || counted.distinct !== MAILS) throw new Error('mails were lost or doubled');
    const gates = await gatesPerStatement(service);
    if (gates < GATES_A_STATEMENT)
      throw new Error(`${gates.toFixed(2)} gates shared a statement, ${GATES_A_STATEMENT} at least were to`);
    const bare = await barePool(bench, { ...preview, privateKey });
    return {
      perSecond: MAILS / ((counted.last - started) / 1000),
      limitPerSecond: bare.perSecond,
      cpuSecondsPer1000: (used / MAILS) * 1000,
      note: `${gates.toFixed(1)} gates a statement; the pool used ${bare.cpuSecondsPer1000.toFixed(2)} CPU s per 1,000`,
    };
  } finally {
    await service.stop();
  }
}

/** A manual campaign of one mail, live, with everybody subscribed in it. */
export async function enrolAll(service: Service, key: string): Promise<void> {
  await service.call('POST', '/api/v1/campaigns', {
    key,
    name: key,
    purpose: 'custom',
    trigger: { on: 'manual' },
    steps: [{ kind: 'email', key: 'mail', template: 'news' }],
  });
  await service.call('POST', `/api/v1/campaigns/${key}/activate`);
  await service.call('POST', `/api/v1/campaigns/${key}/enrollments`, { segment: 'subscribed' });
}

/** As the sender counts them itself. */
async function gatesPerStatement(service: Service): Promise<number> {
  const text = await service.text('/metrics');
  const value = (suffix: string): number => {
    const found = new RegExp(`^ritorno_messages_gates_per_statement_${suffix} (\\S+)$`, 'm').exec(text);
    if (!found) throw new Error('the sender does not say how many gates shared a statement');
    return Number(found[1]);
  };
  return value('sum') / value('count');
}

/** The day in the bench's time zone. */
function today(): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome' }).format(new Date());
}

async function barePool(bench: Bench, mail: BareMail): Promise<{ perSecond: number; cpuSecondsPer1000: number }> {
  const pool = Child.start('nodemailer-pool');
  try {
    await bench.sink.ask({ kind: 'reset' });
    const before = cpuSeconds([pool.pid]);
    const { seconds } = await pool.ask<{ seconds: number }>({
      port: bench.sinkPort,
      connections: CONNECTIONS,
      count: MAILS,
      subject: mail.subject,
      html: mail.html,
      text: mail.text,
      dkim: { ...DKIM, privateKey: mail.privateKey },
    });
    return { perSecond: MAILS / seconds, cpuSecondsPer1000: ((cpuSeconds([pool.pid]) - before) / MAILS) * 1000 };
  } finally {
    await pool.stop();
  }
}

export const sends: Row = {
  name: 'sends',
  unit: 'mails',
  limit: "nodemailer's pool, same mail, same DKIM key, no ledger",
  target: 1.0,
  run,
};
