import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DataSource, MigrationExecutor } from 'typeorm';
import { dataSourceOptions, runMigrations } from '../../src/platform/database/data-source';
import { Database } from '../../src/platform/database/database';
import { startTestApp, type TestApp } from '../support/app';
import { administer, testServer, urlOf } from '../support/test-server';

/** The last migration of the first release. */
const FIRST_RELEASE = 1764001200000;
const FOLDER = path.join(__dirname, '../../migrations');
const NOW = '2026-03-02T08:00:00.000Z';

const NO_TIME = { years: 0, months: 0, weeks: 0, days: 0, hours: 0, minutes: 0, seconds: 0 };
/** As the first release compiled it. */
const PROGRAM = {
  basis: 'consent',
  maxLateness: { ...NO_TIME, days: 2 },
  goal: null,
  instructions: [
    { op: 'wait', path: 'steps[0]', for: { ...NO_TIME, days: 1 }, at: null },
    { op: 'wait', path: 'steps[1]', for: { ...NO_TIME, days: 1 }, at: null },
    { op: 'exit', path: 'steps[2]' },
  ],
};

async function migrateToFirstRelease(url: string): Promise<string[]> {
  const files = readdirSync(FOLDER).filter((name) => Number(name.slice(0, 13)) <= FIRST_RELEASE);
  const source = new DataSource({
    ...dataSourceOptions({ url, poolSize: 1 }),
    entities: [],
    migrations: files.map((name) => path.join(FOLDER, name)),
    migrationsTableName: 'schema_migrations',
  });
  await source.initialize();
  try {
    return (await new MigrationExecutor(source).executePendingMigrations()).map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}

/** A shop of the first release: people, a segment of its own, a campaign that runs and one that is paused. */
async function fill(db: Database): Promise<{ running: string; paused: string; people: string[] }> {
  const people = [randomUUID(), randomUUID(), randomUUID()];
  const at = new Date('2026-03-01T08:00:00Z');
  for (const [i, id] of people.entries()) {
    await db.execute(
      `insert into customers (id, external_id, email, consent_status, tags, created_at, recorded_at, updated_at)
       values ($1, $2, $3, 'subscribed', $4, $5, $5, $5)`,
      [id, `c${i}`, `c${i}@example.com`, i === 0 ? ['vip'] : [], at],
    );
    await db.execute(
      `insert into customer_history (customer_id, at, recorded_at, field, value, event_id)
       values ($1, $2, $2, 'tags', $3::jsonb, 'e')`,
      [id, at, JSON.stringify(i === 0 ? ['vip'] : [])],
    );
    await db.execute(
      `insert into customer_stages (customer_id, stage, since, order_count) values ($1, 'prospect', $2, 0)`,
      [id, at],
    );
  }
  await db.execute(
    `insert into segments (id, key, name, condition, created_at, updated_at) values ($1, 'vip', 'VIP', $2::jsonb, $3, $3)`,
    [randomUUID(), JSON.stringify({ field: 'tags', op: 'contains', value: 'vip' }), at],
  );
  const [running, paused] = [await campaign(db, 'running', 'active', at), await campaign(db, 'held', 'paused', at)];
  for (const [campaignId, dueAt] of [
    [running, new Date('2026-03-02T12:00:00Z')],
    [paused, null],
  ] as const) {
    await db.execute(
      `insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, status, position, step,
         next_run_at, due_at, entered_at)
       values ($1, $2, $3, 1, 1, 'treatment', 'no_holdout', 'active', 1, 'steps[1]', $4, $5, $6)`,
      [randomUUID(), people[0], campaignId, new Date('2026-03-02T12:00:00Z'), dueAt, at],
    );
  }
  return { running, paused, people };
}

async function campaign(db: Database, key: string, status: string, at: Date): Promise<string> {
  const id = randomUUID();
  const definition = {
    ...{ key, name: key, purpose: 'custom', basis: 'consent', trigger: { on: 'manual' }, entry: { limit: 'once' } },
    ...{ holdout: 0, priority: 50, maxLateness: 'P2D' },
    steps: [{ kind: 'wait', for: 'P1D' }, { kind: 'wait', for: 'P1D' }, { kind: 'exit' }],
  };
  await db.execute(
    `insert into campaigns (id, key, name, status, version, live_version, salt, epoch, priority, activated_at, created_at,
       updated_at)
     values ($1, $2, $2, $3, 1, 1, 'salt', 1, 50, $4, $4, $4)`,
    [id, key, status, at],
  );
  await db.execute(
    `insert into campaign_versions (campaign_id, version, epoch, definition, program, created_at, published_at)
     values ($1, 1, 1, $2::jsonb, $3::jsonb, $4, $4)`,
    [id, JSON.stringify(definition), JSON.stringify(PROGRAM), at],
  );
  return id;
}

describe('a database of the first release', () => {
  const name = `ritorno_test_${randomBytes(8).toString('hex')}`;
  const { adminUrl } = testServer();
  const url = urlOf(adminUrl, name);
  let app: TestApp;
  let shop: Awaited<ReturnType<typeof fill>>;

  beforeAll(async () => {
    await administer(adminUrl, (client) => client.query(`create database ${name}`));
    expect((await migrateToFirstRelease(url)).length).toBeGreaterThan(10);
    const dataSource = new DataSource(dataSourceOptions({ url, poolSize: 1 }));
    await dataSource.initialize();
    const database = new Database(dataSource);
    shop = await fill(database);
    expect((await runMigrations(url)).length).toBeGreaterThan(5);
    app = await startTestApp({ clock: NOW, on: { url, dataSource, database, close: () => Promise.resolve() } });
    await dataSource.destroy();
  });
  afterAll(async () => {
    await app.close();
    await administer(adminUrl, (client) => client.query(`drop database ${name} with (force)`));
  });

  const statesOf = async (): Promise<Record<string, string>> => {
    const rows = await app.database.query<{ key: string; state: string }>(
      `select c.key, e.status || ' ' || coalesce(e.step, '-') as state
       from enrollments e join campaigns c on c.id = e.campaign_id order by 1`,
    );
    return Object.fromEntries(rows.map(({ key, state }) => [key, state]));
  };

  it('goes on where it stood: what is due runs, what is paused stays, and resumes', async () => {
    await app.advance('PT2H');
    expect(await statesOf()).toEqual({ running: 'active steps[1]', held: 'active steps[1]' });
    await app.advance('PT2H');
    expect(await statesOf()).toEqual({ running: 'active steps[2]', held: 'active steps[1]' });
    await app.request('post', '/api/v1/campaigns/held/resume').expect(200);
    await app.advance('P2D');
    expect(await statesOf()).toEqual({ running: 'exited -', held: 'exited -' });
  });

  it('fills the segments that the shop had', async () => {
    const { body } = await app.request('get', '/api/v1/segments/vip/members').expect(200);
    expect((body as { items: Array<{ id: string }> }).items.map(({ id }) => id)).toEqual([shop.people[0]]);
    const [row] = await app.database.query<{ members: number }>('select count(*) as members from segment_members');
    expect(row).toEqual({ members: 1 });
  });

  it('keeps its people, and knows what they are', async () => {
    const { body } = await app.request('get', `/api/v1/customers/${shop.people[0]}`).expect(200);
    expect(body).toMatchObject({ externalId: 'c0', tags: ['vip'], consent: { status: 'subscribed' } });
    await app.request('get', `/api/v1/customers/${shop.people[0]}/explain?campaign=running`).expect(200);
  });
});
