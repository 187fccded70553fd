import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source';
import { Database, type Sql } from '../../src/platform/database/database';
import { type HistoryRow, orderHistories } from '../../src/predictions/data/histories.sql';
import { fitRepeatModel } from '../../src/predictions/domain/repeat-models';
import { funnelConversions, funnelSteps } from '../../src/reports/data/funnel.sql';
import { liftCounts } from '../../src/reports/data/lift.sql';
import { HEAVY } from '../../src/reports/data/reports-database';
import { engagedPeople, mailablePeople } from '../../src/reports/data/retention/engagement.sql';
import { type PeriodScope } from '../../src/reports/data/retention/period-scope';
import { calendarPeriods } from '../../src/reports/domain/calendar-periods';
import { KEPT } from '../../src/reports/histories/data/order-histories.sql';
import { HistoryKeeping } from '../../src/reports/histories/history-keeping';
import { keptDatabases, seconds as took, tell } from '../kept-databases';
import { CAMPAIGN, ENROLLED, HITS, reportedShop, SIZES } from '../report-rows';
import { type Bench, type Measured, type Row } from '../row';
import { Service, sleep } from '../service';
import { CUSTOMERS } from '../shop-rows';

const REPEATS = 3;
const ZONE = 'Europe/Rome';

interface Shop {
  service: Service;
  url: string;
  madeAt: Date;
}

let started: Promise<Shop> | undefined;

/** The shop that all reports are about, as it is kept: reports only read. */
function reportShop(bench: Bench): Promise<Shop> {
  return (started ??= start(bench));
}

export async function closeReportShop(): Promise<void> {
  const shop = await started?.catch(() => undefined);
  started = undefined;
  await shop?.service.stop();
}

async function start(bench: Bench): Promise<Shop> {
  const { url, madeAt } = await keptDatabases.original(reportedShop());
  const service = await Service.start(url, bench.sinkPort, { ROLE: 'api' });
  await keepHistories(url);
  return { url, madeAt, service };
}

/** What a worker would have done with the orders long ago. */
async function keepHistories(url: string): Promise<void> {
  const source = new DataSource({ ...dataSourceOptions({ url, poolSize: 1, applicationName: 'bench' }), entities: [] });
  await source.initialize();
  const keeping = new HistoryKeeping(new Database(source));
  const started = Date.now();
  let customers = 0;
  while (await keeping.isDue()) customers += await keeping.run();
  if (customers > 0) tell(`order histories of ${customers} customers put in in ${took(started)}`);
  await source.destroy();
}

interface Question {
  path: string;
  limitMs: number;
  units: number;
  byHand: string;
  values: (shop: Shop) => unknown[];
  /** The heavy statements of the report, for their plans. */
  ours: (shop: Shop, campaignId: string) => Sql[];
}

/** A report over HTTP against one statement by hand that brings its main figures; in turn, the best of each. */
async function against(bench: Bench, question: Question): Promise<Measured> {
  const shop = await reportShop(bench);
  const sql = new Client({ connectionString: shop.url });
  await sql.connect();
  try {
    const values = question.values(shop);
    if (bench.plans) {
      await showPlan(sql, `by hand: ${question.path}`, { text: question.byHand, values });
      const [campaign] = (await sql.query<{ id: string }>(MEASURED_CAMPAIGN)).rows;
      await sql.query('begin');
      await sql.query(HEAVY.text);
      for (const own of question.ours(shop, campaign?.id ?? '')) await showPlan(sql, `ours: ${question.path}`, own);
      await sql.query('rollback');
    }
    let ours = Infinity;
    let limit = Infinity;
    const cpu = shop.service.cpu();
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      ours = Math.min(ours, await seconds(() => shop.service.call('GET', `/api/v1/reports/${question.path}`)));
      limit = Math.min(limit, await seconds(() => sql.query(question.byHand, values)));
    }
    const used = shop.service.cpu() - cpu;
    return {
      perSecond: question.units / ours,
      limitPerSecond: question.units / limit,
      cpuSecondsPer1000: (used / (2 * REPEATS * question.units)) * 1000,
      note: `${ours.toFixed(2)} s (to be under ${question.limitMs / 1000}), by hand ${limit.toFixed(2)} s; ${SIZES}`,
    };
  } finally {
    await sql.end();
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

async function showPlan(sql: Client, title: string, { text, values = [] }: Sql): Promise<void> {
  const { rows } = await sql.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${text}`, [...values]);
  tell(`\n-- ${title}\n${rows.map((row) => row['QUERY PLAN']).join('\n')}\n`);
}

/** The periods of a report on the last year. */
function lastYear({ madeAt }: Shop): PeriodScope {
  const [from, to] = [new Date(madeAt.getTime() - 365 * DAY_MS), madeAt].map(dateOf);
  return { periods: calendarPeriods(from ?? '', to ?? '', 'month', ZONE), asOf: madeAt, zone: ZONE };
}

const MEASURED_CAMPAIGN = `(select id from campaigns where key = '${CAMPAIGN}')`;
const MONTH_MS = 30 * 86_400_000;

/** Customers, repurchasers, orders, revenue and its sum of squares by arm: what the statistics need. */
const LIFT_BY_HAND = `
  select arm, count(*), count(*) filter (where orders > 0), sum(orders), sum(revenue), sum(revenue * revenue)
  from (select e.id, e.arm, count(x.order_id) as orders, coalesce(sum(x.amount_minor), 0)::float8 as revenue
    from enrollments e left join outcomes x on x.enrollment_id = e.id and x.counting
      and x.placed_at <= e.entered_at + interval '720 hours'
    where e.campaign_id = ${MEASURED_CAMPAIGN} and e.epoch = 1 group by e.id, e.arm) people
  group by arm`;

const FUNNEL_BY_HAND = `
  select m.step, count(*), count(*) filter (where m.status = 'sent'), count(m.opened_at), count(m.clicked_at),
    count(*) filter (where m.status = 'held_out'), count(*) filter (where m.status = 'sent' and x.id is not null)
  from messages m left join lateral (
    select x.enrollment_id as id from outcomes x where x.enrollment_id = m.enrollment_id and x.counting
      and x.placed_at > m.sent_at and x.placed_at <= m.sent_at + interval '720 hours' limit 1) x on true
  where m.campaign_id = ${MEASURED_CAMPAIGN} group by m.step`;

/** Active, new, stayed and revenue by month; what else the report says comes on top. */
const RETENTION_BY_HAND = `
  with months as (
    select customer_id, date_trunc('month', placed_at at time zone 'Europe/Rome') as month, count(*) as n,
      sum(store_total_minor) as revenue
    from orders where counting and placed_at < $1 group by 1, 2
  ), lived as (
    select *, min(month) over w as first, lag(month) over (w order by month) as before,
      lag(revenue) over (w order by month) as revenue_before
    from months window w as (partition by customer_id)
  )
  select month, count(*), count(*) filter (where month = first),
    count(*) filter (where before = month - interval '1 month'), sum(n), sum(revenue),
    sum(least(revenue, revenue_before)) filter (where before = month - interval '1 month')
  from lived group by month`;

const COHORTS_BY_HAND = `
  with bought as (
    select customer_id, date_trunc('month', placed_at at time zone 'Europe/Rome') as month, count(*) as n,
      sum(store_total_minor) as revenue
    from orders where counting group by 1, 2
  ), lived as (
    select *, min(month) over (partition by customer_id) as cohort from bought
  )
  select cohort, month, count(*), sum(revenue), count(*) filter (where n > 1) from lived group by 1, 2`;

const DAY_MS = 86_400_000;
const dateOf = (at: Date): string => at.toISOString().slice(0, 10);

export const reportRows: readonly Row[] = [
  {
    name: 'report, lift',
    unit: 'enrollments',
    limit: 'best hand-written SQL',
    target: null,
    run: (bench) =>
      against(bench, {
        path: `campaigns/${CAMPAIGN}/lift`,
        limitMs: 1_000,
        units: ENROLLED,
        byHand: LIFT_BY_HAND,
        values: () => [],
        ours: ({ madeAt }, campaignId) => {
          const scope = { campaignId, epoch: 1, windowMs: MONTH_MS, start: 'entry' as const, asOf: madeAt };
          return [liftCounts(scope, null)];
        },
      }),
  },
  {
    name: 'report, funnel',
    unit: 'enrollments',
    limit: 'best hand-written SQL',
    target: null,
    run: (bench) =>
      against(bench, {
        path: `campaigns/${CAMPAIGN}/funnel`,
        limitMs: 1_000,
        units: ENROLLED,
        byHand: FUNNEL_BY_HAND,
        values: () => [],
        ours: ({ madeAt }, campaignId) => [
          funnelSteps(campaignId, madeAt),
          funnelConversions(campaignId, MONTH_MS, madeAt),
        ],
      }),
  },
  {
    name: 'report, retention',
    unit: 'customers',
    limit: 'hand-written SQL, fewer figures',
    target: null,
    run: async (bench) => {
      const { madeAt } = await reportShop(bench);
      const from = new Date(madeAt.getTime() - 365 * DAY_MS);
      return against(bench, {
        path: `retention?from=${dateOf(from)}&to=${dateOf(madeAt)}&interval=month`,
        limitMs: 2_000,
        units: CUSTOMERS,
        byHand: RETENTION_BY_HAND,
        values: () => [madeAt],
        ours: (shop) => [{ text: KEPT }, mailablePeople(lastYear(shop)), engagedPeople(lastYear(shop))],
      });
    },
  },
  {
    name: 'report, cohorts',
    unit: 'customers',
    limit: 'hand-written SQL, fewer figures',
    target: null,
    run: (bench) =>
      against(bench, {
        path: 'cohorts?interval=month',
        limitMs: 3_000,
        units: CUSTOMERS,
        byHand: COHORTS_BY_HAND,
        values: () => [],
        ours: () => [{ text: KEPT }],
      }),
  },
  { name: 'report, value', unit: 'customers in a fit', limit: 'none', target: null, run: fit },
  { name: 'export of hits', unit: 'rows', limit: 'the sorted rows, counted', target: null, run: exportHits },
];

/** BG/NBD fitted to the whole base, its orders read and all; then the report, which fits two models twice and looks ahead. */
async function fit(bench: Bench): Promise<Measured> {
  const { service, url, madeAt } = await reportShop(bench);
  const sql = new Client({ connectionString: url });
  await sql.connect();
  const day = dateOf(madeAt);
  const fitted = await seconds(async () => {
    await sql.query('begin');
    await sql.query(HEAVY.text);
    const { text, values } = orderHistories({ calibrationEnd: day, holdoutEnd: day, asOf: madeAt, zone: ZONE });
    fitRepeatModel('bg_nbd', (await sql.query<HistoryRow>(text, [...(values ?? [])])).rows);
  });
  await sql.end();
  const cpu = service.cpu();
  const took = await seconds(() => service.call('GET', '/api/v1/reports/value'));
  return {
    perSecond: CUSTOMERS / fitted,
    limitPerSecond: null,
    cpuSecondsPer1000: ((service.cpu() - cpu) / CUSTOMERS) * 1000,
    note: `${fitted.toFixed(1)} s (to be under 60); the report with its four fits ${took.toFixed(1)} s; ${SIZES}`,
  };
}

/** The hits in all three forms at once, against Postgres reading and sorting them alone; the process's own memory is watched. */
async function exportHits(bench: Bench): Promise<Measured> {
  const { service, url } = await reportShop(bench);
  const cpu = service.cpu();
  let over = false;
  const watched = peakMemory(service.pid, () => over);
  const formats = ['csv', 'ndjson', 'parquet'];
  const took = await seconds(async () => {
    await Promise.all(formats.map((format) => service.drain(`/api/v1/exports/hits?format=${format}`)));
  });
  over = true;
  const used = service.cpu() - cpu;
  const sql = new Client({ connectionString: url });
  await sql.connect();
  const limit = await seconds(() => sql.query('select count(*) from (select * from analytics.hits order by hit_id) h'));
  await sql.end();
  const peak = await watched;
  if (peak > 512) throw new Error(`the process took ${peak.toFixed(0)} MiB`);
  return {
    perSecond: (HITS * formats.length) / took,
    limitPerSecond: HITS / limit,
    cpuSecondsPer1000: (used / (HITS * formats.length)) * 1000,
    note: `three exports of ${HITS} rows at once, ${peak.toFixed(0)} MiB at the most (512 allowed)`,
  };
}

/** The most memory of its own that a process has held, in MiB, looked at until `over`. */
async function peakMemory(pid: number, over: () => boolean): Promise<number> {
  let peak = 0;
  while (!over()) {
    const pages = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
    peak = Math.max(peak, pages / 1024);
    await sleep(50);
  }
  return peak;
}
