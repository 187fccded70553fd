import { type Client } from 'pg';
import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { Service, sleep, until } from '../service';

const PEOPLE = 20_000;
const DAYS = 365;
const ORDERS_EACH = 4;
const VISITS_EACH = 10;
const PAGE = 500;

interface Simulation {
  status: string;
  result: { entered: number; messages: { total: number }; customers: number } | null;
}

/**
 * A year of a shop of 20,000 customers, simulated: a campaign with branches, waits for events and a split over 200,000
 * visits, and beside it one for each order, one for those who lapse and weekly news, all under a contact policy. Counted
 * in customers x days. Against a bare walk: the same rows read by pages and stepped through in order of time, deciding
 * nothing.
 */
async function run(bench: Bench): Promise<Measured> {
  const service = await Service.start(await bench.database(), bench.sinkPort);
  try {
    return await service.withSql(async (sql) => {
      await fillYear(sql);
      await launch(service);
      const to = new Date();
      const from = new Date(to.getTime() - DAYS * 86_400_000);
      const cpu = service.cpu();
      const started = Date.now();
      const { id } = await service.call<{ id: string }>('POST', '/api/v1/campaigns/looked/simulate?async=1', {
        from: from.toISOString(),
        to: to.toISOString(),
      });
      const done = await until('the simulation', async () => {
        const now = await service.call<Simulation>('GET', `/api/v1/simulations/${id}`);
        if (now.status !== 'running' && now.status !== 'waiting') return now;
        // Asked seldom: answering costs what is to be measured.
        await sleep(200);
        return undefined;
      });
      const seconds = (Date.now() - started) / 1000;
      if (done.result?.customers !== PEOPLE || done.result.messages.total < PEOPLE) {
        throw new Error(`the simulation found too little: ${JSON.stringify(done).slice(0, 300)}`);
      }
      const cpuSeconds = service.cpu() - cpu;
      return {
        note: `a year of ${PEOPLE.toLocaleString('en')} customers took ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of them on the processor`,
        perSecond: (PEOPLE * DAYS) / seconds,
        limitPerSecond: (PEOPLE * DAYS) / (await bareWalk(sql, from)),
        cpuSecondsPer1000: (cpuSeconds / (PEOPLE * DAYS)) * 1000,
      };
    });
  } finally {
    await service.stop();
  }
}

/** Imported customers and orders of a year, and visits that were told as they happened. */
async function fillYear(sql: Client): Promise<void> {
  const moment = (seed: string): string =>
    `now() - ((hashtextextended(${seed}, 0) & 1048575)::float8 / 1048576) * interval '${DAYS} days'`;
  await sql.query(`
    create temp table people as select gen_random_uuid() as id, n, now() - interval '500 days' as since
      from generate_series(1, ${PEOPLE}) n;
    insert into customers (id, external_id, email, consent_status, timezone, created_at, recorded_at, updated_at, consent_version_at)
      select id, 'c' || n, 'c' || n || '@example.com', 'subscribed',
        (array['Europe/Rome', 'America/New_York', 'Asia/Kathmandu'])[1 + n % 3], since, now(), now(), since from people;
    insert into customer_statements (customer_id, at, recorded_at, field, value, event_id)
      select id, now(), now(), f.field, f.value, 'import:1' from people cross join lateral (values
        ('email', to_jsonb('c' || n || '@example.com')),
        ('timezone', to_jsonb((array['Europe/Rome', 'America/New_York', 'Asia/Kathmandu'])[1 + n % 3])),
        ('consent', jsonb_build_object('status', 'subscribed', 'at', since))) f (field, value);
    insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency, total_minor,
        store_total_minor, counting, first_counted_at, silent, recorded_at)
      select gen_random_uuid(), n || '-' || o, id, p.at, p.at, 'import:1', 'paid', 'EUR', 4900, 4900, true, now(), true, now()
      from people cross join generate_series(1, ${ORDERS_EACH}) o cross join lateral (select ${moment(`n || 'o' || o`)} as at) p;
    insert into customer_orders (customer_id, count, total_minor, first_at, last_at, last_day)
      select customer_id, count(*), sum(total_minor), min(placed_at), max(placed_at), max(placed_at)::date from orders group by 1;
    insert into customer_stages (customer_id, stage, since, order_count, last_day)
      select customer_id, case when current_date - last_day > 90 then 'lapsed' else 'repeat' end, now(), count, last_day
      from customer_orders;
    insert into customer_events (id, customer_id, type, occurred_at, recorded_at, properties, starts, handled_at)
      select gen_random_uuid(), id, 'page.viewed', p.at, p.at, '{"path":"/"}', true, p.at
      from people cross join generate_series(1, ${VISITS_EACH}) v cross join lateral (select ${moment(`n || 'v' || v`)} as at) p;
    analyze customers; analyze customer_statements; analyze orders; analyze customer_events;`);
}

async function launch(service: Service): Promise<void> {
  const locales = { en: { subject: SUBJECT, mjml: MJML } };
  await service.call('POST', '/api/v1/templates', { key: 'news', name: 'News', defaultLocale: 'en', locales });
  await service.call('PUT', '/api/v1/settings/contact-policy', {
    maxMessages: 2,
    per: 'P7D',
    quietHours: { from: '21:00', to: '08:00', timezone: 'customer' },
  });
  for (const campaign of CAMPAIGNS) {
    await service.call('POST', '/api/v1/campaigns', { name: campaign.key, holdout: 0.1, ...campaign });
    await service.call('POST', `/api/v1/campaigns/${campaign.key}/activate`);
  }
}

const mail = (key: string): object => ({ kind: 'email', key, template: 'news' });

const CAMPAIGNS = [
  {
    key: 'looked',
    trigger: { on: 'event', event: 'page.viewed' },
    audience: { not: { field: 'stage', op: 'eq', value: 'lapsed' } },
    entry: { limit: { every: 'P14D' } },
    goal: { event: 'order.placed', within: 'P14D', exit: true },
    steps: [
      { kind: 'wait', for: 'PT2H' },
      mail('one'),
      { kind: 'waitFor', event: 'page.viewed', within: 'P5D', then: [mail('again')], else: [mail('not-again')] },
      {
        kind: 'branch',
        if: { field: 'orders.count', op: 'gte', value: 1, within: 'P90D' },
        then: [{ kind: 'exit' }],
        else: [{ kind: 'wait', for: 'P3D', at: '09:00' }],
      },
      {
        kind: 'split',
        key: 'tone',
        arms: [
          { name: 'a', weight: 1, steps: [mail('a')] },
          { name: 'b', weight: 1, steps: [mail('b')] },
        ],
      },
    ],
  },
  {
    key: 'thanks',
    trigger: { on: 'order' },
    entry: { limit: 'unlimited', key: 'order' },
    steps: [{ kind: 'wait', for: 'P3D', at: '10:00' }, mail('thanks')],
  },
  {
    key: 'come-back',
    trigger: { on: 'segment', segment: 'lapsed' },
    entry: { limit: 'unlimited' },
    goal: { event: 'order.placed', within: 'P30D', exit: true },
    steps: [mail('first'), { kind: 'wait', for: 'P7D' }, mail('second')],
  },
  {
    key: 'weekly',
    trigger: { on: 'schedule', cron: '0 9 * * 1', timezone: 'Europe/Rome', segment: 'repeat' },
    entry: { limit: 'unlimited' },
    priority: 20,
    steps: [mail('weekly')],
  },
];

/** Seconds to read what the simulation reads and to step through it. */
async function bareWalk(sql: Client, from: Date): Promise<number> {
  const started = Date.now();
  let after: string | null = null;
  let steps = 0;
  for (;;) {
    const page: { rows: Array<{ id: string }> } = await sql.query(
      'select id from customers where $1::uuid is null or id > $1 order by id limit $2',
      [after, PAGE],
    );
    const ids = page.rows.map(({ id }) => id);
    if (ids.length === 0) break;
    after = ids.at(-1) ?? null;
    await sql.query('select customer_id, field, at, value from customer_history where customer_id = any($1)', [ids]);
    const happened = new Map<string, Date[]>();
    const statements = [
      'select customer_id as who, placed_at as at from orders where customer_id = any($1) and placed_at >= $2',
      'select customer_id as who, occurred_at as at, properties from customer_events where customer_id = any($1) and occurred_at >= $2',
    ];
    for (const text of statements) {
      const { rows } = await sql.query<{ who: string; at: Date }>(text, [ids, from]);
      for (const { who, at } of rows) {
        const known = happened.get(who);
        if (known) known.push(at);
        else happened.set(who, [at]);
      }
    }
    for (const times of happened.values()) {
      times.sort((a, b) => a.getTime() - b.getTime());
      for (const at of times) if (at >= from) steps++;
    }
  }
  if (steps < PEOPLE) throw new Error('the bare walk found too little');
  return (Date.now() - started) / 1000;
}

export const simulation: Row = {
  name: 'simulation',
  unit: 'customer days simulated',
  limit: 'bare walk over the same rows',
  target: null,
  run,
};
