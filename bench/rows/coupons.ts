import { type Client } from 'pg';
import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { Service } from '../service';
import { drain, freeze, release } from '../standing-enrollments';

const PEOPLE = 10_000;
/** A queue of 10,000 takes two seconds: each is measured several times in turn, and the best of each compared. */
const ROUNDS = 3;

/**
 * 10,000 mails with coupons of one pool, queued by two processes at once, against the same mails without (`limit`). Sending
 * is stopped, so that queueing alone is measured. Fails where a code was given twice or a mail went without.
 */
async function run(bench: Bench): Promise<Measured> {
  const database = await bench.database();
  const service = await Service.start(database, bench.sinkPort);
  const second = await Service.start(database, bench.sinkPort);
  try {
    await service.customers(PEOPLE);
    await service.call('PUT', '/api/v1/settings/sending', { paused: true, reason: 'bench' });
    await service.call('POST', '/api/v1/templates', {
      key: 'news',
      name: 'News',
      defaultLocale: 'en',
      locales: { en: { subject: SUBJECT, mjml: MJML } },
    });
    await service.call('POST', '/api/v1/coupon-pools', {
      key: 'bench',
      discount: { kind: 'percent', value: 10 },
      expiresAfter: 'P30D',
      whenExhausted: 'skip',
      warnBelow: 0,
      generate: { prefix: 'B-', count: ROUNDS * PEOPLE },
    });
    return await service.withSql(async (sql) => {
      const cpu = (): number => service.cpu() + second.cpu();
      const rounds: Array<{ plain: Queued; coupons: Queued }> = [];
      for (let round = 1; round <= ROUNDS; round++) {
        const plain = await queue(service, sql, cpu, `plain-${round}`, {});
        rounds.push({ plain, coupons: await queue(service, sql, cpu, `coupons-${round}`, { coupon: 'bench' }) });
      }
      await check(sql);
      const best = (of: (round: (typeof rounds)[number]) => Queued): Queued =>
        rounds.map(of).reduce((one, other) => (other.perSecond > one.perSecond ? other : one));
      const { perSecond, cpuSecondsPer1000 } = best(({ coupons }) => coupons);
      return { perSecond, limitPerSecond: best(({ plain }) => plain).perSecond, cpuSecondsPer1000 };
    });
  } finally {
    await second.stop();
    await service.stop();
  }
}

interface Queued {
  perSecond: number;
  cpuSecondsPer1000: number;
}

/** One mail to everybody, all due at the same moment. */
async function queue(service: Service, sql: Client, cpu: () => number, key: string, step: object): Promise<Queued> {
  await service.call('POST', '/api/v1/campaigns', {
    key,
    name: key,
    purpose: 'custom',
    trigger: { on: 'manual' },
    maxLateness: 'P7D',
    steps: [
      { kind: 'wait', for: 'P1D' },
      { kind: 'email', key: 'mail', template: 'news', ...step },
    ],
  });
  await service.call('POST', `/api/v1/campaigns/${key}/activate`);
  await service.call('POST', `/api/v1/campaigns/${key}/enrollments`, { segment: 'subscribed' });
  await freeze(sql, PEOPLE);
  await release(sql);
  const before = cpu();
  const seconds = await drain(sql);
  const used = cpu() - before;
  return { perSecond: PEOPLE / seconds, cpuSecondsPer1000: (used / PEOPLE) * 1000 };
}

async function check(sql: Client): Promise<void> {
  const { rows } = await sql.query<{ codes: number; mails: number }>(
    `select (select count(distinct coupon_id)::int from messages where coupon_id is not null) as codes,
       (select count(*)::int from coupons c join messages m on m.id = c.message_id and m.coupon_id = c.id
        where c.state = 'allocated' and m.status = 'queued') as mails`,
  );
  const [found] = rows;
  if (found?.codes !== ROUNDS * PEOPLE || found.mails !== ROUNDS * PEOPLE)
    throw new Error(`${ROUNDS * PEOPLE} mails were to have a code each: ${JSON.stringify(found)}`);
}

export const coupons: Row = {
  name: 'coupons',
  unit: 'mails queued with a coupon each, by two workers',
  limit: 'the same mails without coupons',
  target: 0.8,
  run,
};
