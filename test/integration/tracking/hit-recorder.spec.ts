import { type ConsentRequests } from '../../../src/customers/consent-requests';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Consent } from '../../../src/customers/consent';
import { CustomerIngest } from '../../../src/customers/customer-ingest';
import { FactChanges } from '../../../src/customers/fact-changes';
import { IdentityHash } from '../../../src/customers/identity-hash';
import { PersonalDataOwners } from '../../../src/customers/personal-data';
import { newId } from '../../../src/kernel/ids';
import { AppConfig } from '../../../src/platform/config/config';
import { dataSourceOptions } from '../../../src/platform/database/data-source';
import { Database } from '../../../src/platform/database/database';
import { AppLogger } from '../../../src/platform/logging/logger';
import { Metrics } from '../../../src/platform/metrics/metrics';
import { HitWriter } from '../../../src/tracking/data/hit-writer';
import { HitWatches } from '../../../src/tracking/hit-watch';
import { HitRecorder } from '../../../src/tracking/hit-recorder';
import { type Hit } from '../../../src/tracking/tracking.types';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { insertCustomer, insertSentMessage } from '../../support/ledger-rows';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy';

/** Double opt-in is not looked at here. */
const asksNobody = { ask: () => Promise.resolve() } as unknown as ConsentRequests;

const AT = new Date('2026-03-02T08:00:00Z');

describe('the hit recorder', () => {
  let db: TestDatabase;
  let proxy: TcpProxy;
  let through: DataSource;
  let dataDir: string;
  let recorder: HitRecorder;
  /** As in a shop: the answer waits for nobody. */
  let hurried: HitRecorder;
  let messageId: string;
  let customerId: string;

  const hit = (more: Partial<Hit> = {}): Hit => ({
    id: newId(AT),
    messageId,
    kind: 'open',
    linkIndex: null,
    at: AT,
    machine: false,
    rule: null,
    ruleVersion: 1,
    userAgent: 'test',
    method: 'GET',
    ...more,
  });
  const kept = () =>
    db.database.query<{ id: string; kind: string }>('select id, kind from hits where message_id = $1 order by id', [
      messageId,
    ]);
  const files = () => readdirSync(path.join(dataDir, 'hits'));

  beforeAll(async () => {
    db = await createTestDatabase();
    const { hostname, port } = new URL(db.url);
    proxy = await startTcpProxy(hostname, Number(port));
    const url = new URL(db.url);
    url.port = String(proxy.port);
    through = await new DataSource(dataSourceOptions({ url: url.href, poolSize: 4 })).initialize();
  });
  afterAll(async () => {
    await through.destroy();
    await proxy.close();
    await db.close();
  });

  beforeEach(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'ritorno-hits-'));
    const configured = (patience: number): AppConfig =>
      AppConfig.from({
        NODE_ENV: 'test',
        DATA_DIR: dataDir,
        SECRET_KEY: 'x'.repeat(32),
        TRACKING_PATIENCE_MS: String(patience),
      });
    const config = configured(10_000);
    const changes = new FactChanges();
    const consent = new Consent(
      new CustomerIngest(new IdentityHash(config), new PersonalDataOwners(), changes, asksNobody),
      changes,
    );
    const writer = new HitWriter(new Database(through), consent, config, new HitWatches());
    const make = (settings: AppConfig): HitRecorder =>
      new HitRecorder(writer, new AppLogger('silent'), settings, new Metrics());
    recorder = make(config);
    hurried = make(configured(25));
    customerId = await insertCustomer(db.database, AT);
    messageId = await insertSentMessage(db.database, AT, customerId);
  });
  afterEach(async () => {
    for (const one of [recorder, hurried]) {
      await one.beforeApplicationShutdown();
      await one.onApplicationShutdown();
    }
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('answers after the commit, and hits that come together share it', async () => {
    const before = await commits();
    const answers = await Promise.all(Array.from({ length: 1_200 }, () => recorder.record(hit())));
    expect(answers).toHaveLength(1_200);
    expect(answers.every((answer) => typeof answer === 'object' && answer.known)).toBe(true);
    expect(await kept()).toHaveLength(1_200);
    expect((await commits()) - before).toBeLessThan(20);
  });

  it('marks the message: the first human time, machines apart; evidence settles what was uncertain', async () => {
    const uncertain = await insertSentMessage(db.database, AT, customerId, { status: 'uncertain' });
    const later = new Date(AT.getTime() + 60_000);
    await recorder.record(hit({ machine: true, rule: 'head' }));
    await recorder.record(hit({ at: later }));
    await recorder.record(hit({ kind: 'click', linkIndex: 0, at: later }));
    await recorder.record(hit({ messageId: uncertain, machine: true, rule: 'crawler' }));
    const [row] = await db.database.query('select * from messages where id = $1', [messageId]);
    expect(row).toMatchObject({ opened_at: later, clicked_at: later, machine_opened_at: AT, machine_clicked_at: null });
    const [settled] = await db.database.query('select status, opened_at from messages where id = $1', [uncertain]);
    expect(settled).toMatchObject({ status: 'sent', opened_at: null });
  });

  it('says where a click leads by the record alone, and records nothing for a link that the mail never had', async () => {
    const other = await insertSentMessage(db.database, AT, customerId, {
      links: ['https://shop.test/a', 'https://shop.test/b?x=1#y'],
      utm: { source: 's', medium: 'm', campaign: 'c' },
    });
    const click = (id: string, linkIndex: number) => recorder.record(hit({ messageId: id, kind: 'click', linkIndex }));
    expect(await click(messageId, 0)).toEqual({ known: true, url: 'https://shop.test/new?a=1&b=2' });
    expect(await click(other, 1)).toEqual({
      known: true,
      url: 'https://shop.test/b?x=1&utm_source=s&utm_medium=m&utm_campaign=c#y',
    });
    expect(await click(other, 2)).toEqual({ known: false, url: null });
    expect(await click(newId(AT), 0)).toEqual({ known: false, url: null });
    const [{ url }] = (await db.database.query<{ url: string }>('select url from hits where message_id = $1', [
      other,
    ])) as [{ url: string }];
    expect(url).toBe('https://shop.test/b?x=1#y');
  });

  it('unsubscribes the address in the same commit, again and again', async () => {
    for (let i = 0; i < 3; i++) await recorder.record(hit({ kind: 'unsubscribe', source: 'one_click' }));
    const optouts = await db.database.query(
      'select source, message_id, lifted_at from address_optouts o join customers c using (email) where c.id = $1',
      [customerId],
    );
    expect(optouts).toEqual([{ source: 'one_click', message_id: messageId, lifted_at: null }]);
    const [message] = await db.database.query('select unsubscribed_at from messages where id = $1', [messageId]);
    expect(message).toEqual({ unsubscribed_at: AT });
  });

  it('keeps hits in a synced file while the database is away, and records each once when it is back', async () => {
    await recorder.record(hit());
    await proxy.cut();
    const sent = [hit(), hit({ kind: 'unsubscribe', source: 'one_click' }), hit()];
    expect(await Promise.all(sent.map((one) => recorder.record(one)))).toEqual(['kept', 'kept', 'kept']);
    expect(await recorder.record(hit())).toBe('kept');
    expect(recorder.hasSpilled()).toBe(true);
    const text = files()
      .map((name) => readFileSync(path.join(dataDir, 'hits', name), 'utf8'))
      .join('');
    expect(text.trim().split('\n')).toHaveLength(4);
    await expect(recorder.replay()).rejects.toThrow();
    expect(recorder.hasSpilled()).toBe(true);
    await proxy.mend();
    expect(await recorder.replay()).toBeGreaterThanOrEqual(0);
    await eventually(async () => (await kept()).length === 5);
    expect(recorder.hasSpilled()).toBe(false);
    expect(files()).toEqual([]);
    const [{ n }] = (await db.database.query<{ n: number }>(
      'select count(*) as n from address_optouts o join customers c using (email) where c.id = $1',
      [customerId],
    )) as [{ n: number }];
    expect(n).toBe(1);
  });

  it('waits a bounded time for a database that does not answer, and a hit that was committed after all is one', async () => {
    await recorder.record(hit());
    proxy.freeze();
    const one = hit();
    expect(await hurried.record(one)).toBe('kept');
    proxy.thaw();
    await eventually(async () => (await kept()).some(({ id }) => id === one.id));
    await hurried.replay();
    await eventually(async () => !hurried.hasSpilled());
    expect((await kept()).filter(({ id }) => id === one.id)).toHaveLength(1);
    expect(await kept()).toHaveLength(2);
  });

  it('answers opens and clicks from disk while the database hangs, and does not ask it again and again', async () => {
    await recorder.record(hit());
    proxy.freeze();
    const asked = jest.spyOn(HitWriter.prototype, 'write');
    const sent = Array.from({ length: 50 }, () => hit());
    // One after the other: a batch each, and only the first one of them waits for its commit at all.
    for (const one of sent) expect(await hurried.record(one)).toBe('kept');
    expect(asked.mock.calls.filter(([hits]) => hits.length > 0)).toHaveLength(1);
    asked.mockRestore();
    proxy.thaw();
    await eventually(async () => {
      await hurried.replay();
      return !hurried.hasSpilled();
    });
    const ids = (await kept()).map(({ id }) => id);
    expect(sent.every(({ id }) => ids.includes(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('replays what a killed process has left, without the line that was cut off, and leaves the living their own', async () => {
    const dir = path.join(dataDir, 'hits');
    mkdirSync(dir);
    const [left, cut, living] = [hit(), hit(), hit()];
    const dead = path.join(dir, 'hits-4000000-1-abcd.jsonl');
    writeFileSync(dead, `${JSON.stringify(left)}\n`);
    appendFileSync(dead, JSON.stringify(cut).slice(0, 60));
    writeFileSync(path.join(dir, `hits-${process.ppid}--abcd.jsonl`), `${JSON.stringify(living)}\n`);
    writeFileSync(path.join(dir, `hits-${process.ppid}-1-abcd.jsonl`), `${JSON.stringify(left)}\n`);
    expect(await recorder.replay()).toBe(2);
    expect((await kept()).map(({ id }) => id)).toEqual([left.id]);
    expect(files()).toEqual([`hits-${process.ppid}--abcd.jsonl`]);
  });

  it('leaves out the one hit at fault when a file is replayed, and records the others', async () => {
    const dir = path.join(dataDir, 'hits');
    mkdirSync(dir);
    const hits = [hit(), hit({ userAgent: 'a\u0000b' }), hit(), hit()];
    writeFileSync(path.join(dir, 'hits-4000000-1-abcd.jsonl'), hits.map((one) => `${JSON.stringify(one)}\n`).join(''));
    expect(await recorder.replay()).toBe(4);
    expect((await kept()).map(({ id }) => id)).toEqual([hits[0]!.id, hits[2]!.id, hits[3]!.id]);
  });

  it('keeps lines whole when many batches go to the file at once', async () => {
    await proxy.cut();
    const sent = Array.from({ length: 3_000 }, () => hit({ userAgent: 'x'.repeat(400) }));
    expect(new Set(await Promise.all(sent.map((one) => recorder.record(one))))).toEqual(new Set(['kept']));
    await proxy.mend();
    await eventually(async () => {
      await recorder.replay();
      return !recorder.hasSpilled();
    });
    expect(await kept()).toHaveLength(3_000);
  });

  it('flushes at the stop', async () => {
    const waiting = Array.from({ length: 700 }, () => recorder.record(hit()));
    await recorder.beforeApplicationShutdown();
    await recorder.onApplicationShutdown();
    await Promise.all(waiting);
    expect(await kept()).toHaveLength(700);
  });

  const commits = async (): Promise<number> => {
    await sleep(50);
    const rows = await db.database.query<{ n: number }>('select count(distinct xmin::text) as n from hits');
    return rows[0]!.n;
  };
});

async function eventually(test: () => Promise<boolean>, ms = 100_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await test().catch(() => false))) {
    if (performance.now() > end) throw new Error('it did not come to pass');
    await sleep(50);
  }
}
