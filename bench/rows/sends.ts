import { Child } from '../child';
import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { Service, until } from '../service';

const MAILS = 4_000;
const CONNECTIONS = 10;

interface Count {
  count: number;
  distinct: number;
  first: number;
  last: number;
}

/** From the release of queued messages to the sink's last acceptance; the ledger, the gate and the links are on. */
async function run(bench: Bench): Promise<Measured> {
  const service = await Service.start(await bench.database(), bench.sinkPort, {
    SMTP_CONNECTIONS: String(CONNECTIONS),
  });
  try {
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
    return {
      perSecond: MAILS / ((counted.last - started) / 1000),
      limitPerSecond: await barePool(bench, preview),
      cpuSecondsPer1000: (used / MAILS) * 1000,
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

async function barePool(bench: Bench, mail: { subject: string; html: string; text: string }): Promise<number> {
  const pool = Child.start('nodemailer-pool');
  try {
    await bench.sink.ask({ kind: 'reset' });
    const { seconds } = await pool.ask<{ seconds: number }>({
      port: bench.sinkPort,
      connections: CONNECTIONS,
      count: MAILS,
      subject: mail.subject,
      html: mail.html,
      text: mail.text,
    });
    return MAILS / seconds;
  } finally {
    await pool.stop();
  }
}

export const sends: Row = {
  name: 'sends',
  unit: 'mails',
  limit: "nodemailer's pool, same mail, no ledger",
  target: 1.0,
  run,
};
