import { type Client } from 'pg';
import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { Service, sleep, until } from '../service';

const PEOPLE = 20_000;
const WAIT_SECONDS = 20;
const CLAIM = 500;

/**
 * Enrollments advanced by the live loop over a wait: all are due at the same moment, each is claimed, its facts loaded,
 * its program run, and the next plan written back. Against a bare claim-and-update of as many rows. (What a mail step
 * costs beyond that stands in the rows `sends` and `webhook to mailbox`.)
 */
async function run(bench: Bench): Promise<Measured> {
  const service = await Service.start(await bench.database(), bench.sinkPort);
  try {
    await service.customers(PEOPLE);
    await service.call('POST', '/api/v1/templates', {
      key: 'news',
      name: 'News',
      defaultLocale: 'en',
      locales: { en: { subject: SUBJECT, mjml: MJML } },
    });
    await service.call('POST', '/api/v1/campaigns', {
      key: 'bench-advances',
      name: 'advances',
      purpose: 'custom',
      trigger: { on: 'manual' },
      holdout: 0.9999,
      steps: [
        { kind: 'wait', for: `PT${WAIT_SECONDS}S` },
        { kind: 'wait', for: 'P1D' },
        { kind: 'email', key: 'mail', template: 'news' },
      ],
    });
    await service.call('POST', '/api/v1/campaigns/bench-advances/activate');
    await service.call('POST', '/api/v1/campaigns/bench-advances/enrollments', { segment: 'subscribed' });
    return await service.withSql(async (sql) => {
      const due = await freeze(sql);
      await sleep(Math.max(0, due - Date.now()));
      const cpu = service.cpu();
      const started = Date.now();
      await sql.query('update enrollments set due_at = next_run_at where due_at is null and next_run_at is not null');
      await sql.query(`select pg_notify('ritorno_due', '')`);
      await until('the advances', async () => {
        const { rows } = await sql.query<{ due: boolean }>(
          'select exists (select from enrollments where due_at <= $1) as due',
          [new Date()],
        );
        return rows[0]?.due === false;
      });
      const seconds = (Date.now() - started) / 1000;
      return {
        perSecond: PEOPLE / seconds,
        limitPerSecond: await bareClaims(sql),
        cpuSecondsPer1000: ((service.cpu() - cpu) / PEOPLE) * 1000,
      };
    });
  } finally {
    await service.stop();
  }
}

/** Holds all back until the last has entered, so that entering is not measured along; returns when all are due. */
async function freeze(sql: Client): Promise<number> {
  await until('the entries', async () => {
    await sql.query('update enrollments set due_at = null where due_at is not null and next_run_at > $1', [new Date()]);
    const { rows } = await sql.query<{ n: number }>('select count(*)::int as n from enrollments');
    return rows[0]?.n === PEOPLE;
  });
  await sql.query('update enrollments set due_at = null');
  const { rows } = await sql.query<{ last: Date }>('select max(next_run_at) as last from enrollments');
  return rows[0]?.last.getTime() ?? 0;
}

async function bareClaims(sql: Client): Promise<number> {
  await sql.query(
    `create table bare_claims (id uuid primary key default gen_random_uuid(), position int not null, due_at timestamptz)`,
  );
  await sql.query(`insert into bare_claims (position, due_at) select 0, now() from generate_series(1, ${PEOPLE})`);
  await sql.query('create index on bare_claims (due_at) where due_at is not null');
  await sql.query('analyze bare_claims');
  const started = Date.now();
  for (let done = 0; done < PEOPLE;) {
    const { rowCount } = await sql.query(
      `with claimed as (
         select id from bare_claims where due_at <= now() order by due_at limit ${CLAIM} for update skip locked
       )
       update bare_claims b set position = position + 1, due_at = now() + interval '1 day' from claimed where claimed.id = b.id`,
    );
    done += rowCount ?? 0;
  }
  return PEOPLE / ((Date.now() - started) / 1000);
}

export const advances: Row = {
  name: 'advances',
  unit: 'enrollments advanced',
  limit: 'bare SKIP LOCKED claim-and-update',
  target: 0.25,
  run,
};
