import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { LinkTokens } from '../../src/messages/link-tokens';
import { AppConfig } from '../../src/platform/config/config';
import { type BuiltProgram, buildProgram } from '../support/built-program';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { LONG, tell } from '../support/fault-form';
import { insertCustomer, insertSentMessage } from '../support/ledger-rows';
import { sleep, until } from '../support/sending-fleet';
import { ServiceProcess } from '../support/service-process';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

/** Hits a second for so many seconds; from when on, how and for how long the database is away; when a service is stopped. */
interface Load {
  rate: number;
  seconds: number;
  outages: ReadonlyArray<{ at: number; how: 'refuses' | 'hangs'; seconds: number }>;
  stopAt: number;
}
const long = (how: 'refuses' | 'hangs'): Load => ({
  rate: 2_000,
  seconds: 60,
  outages: [{ at: 20, how, seconds: 20 }],
  stopAt: 45,
});
const SHORT: Load = {
  rate: 400,
  seconds: 8,
  outages: [
    { at: 1.5, how: 'hangs', seconds: 1.5 },
    { at: 3.5, how: 'refuses', seconds: 2 },
  ],
  stopAt: 4.5,
};
const LOADS: Array<[string, Load]> = LONG
  ? [
      ['refusing', long('refuses')],
      ['hanging', long('hangs')],
    ]
  : [['hanging, then refusing', SHORT]];
/** A time is no matter of luck only where the machine is left to it: the short form prints it. */
const P99_MS = 50;
const MAILS = 200;
const TARGET = 'https://shop.test/new?a=1&b=2';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

let program: BuiltProgram;
let database: TestDatabase;
let proxy: TcpProxy;
let dataDir: string;
const services: ServiceProcess[] = [];

beforeAll(async () => {
  program = buildProgram();
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  proxy = await startTcpProxy(hostname, Number(port));
  dataDir = mkdtempSync(path.join(tmpdir(), 'ritorno-hits-'));
});
afterAll(async () => {
  for (const service of services) await service.end('SIGTERM');
  await proxy.close();
  await database.close();
  program.dispose();
  rmSync(dataDir, { recursive: true, force: true });
});

const start = async (): Promise<ServiceProcess> => {
  const url = new URL(database.url);
  url.port = String(proxy.port);
  const service = await ServiceProcess.start(program, url.href, { dataDir, realTime: true });
  services.push(service);
  return service;
};

/** One hit; its status, or undefined when no answer came, and how long it took (ms). */
function hit(agent: Agent, url: string, mark: string): Promise<{ status: number | undefined; took: number }> {
  const asked = performance.now();
  return new Promise((done) => {
    const end = (status: number | undefined): void => done({ status, took: performance.now() - asked });
    get(url, { agent, headers: { 'user-agent': `${CHROME} Mark/${mark}` } }, (response) => {
      response.resume().once('end', () => end(response.statusCode));
    }).once('error', () => end(undefined));
  });
}

/** Calls `one` so many times a second for so long, whatever the answers; returns what they come to. */
async function pour<T>({ rate, seconds }: Load, elapsed: () => number, one: (n: number) => Promise<T>): Promise<T[]> {
  const poured: Array<Promise<T>> = [];
  while (elapsed() < seconds) {
    while (poured.length < elapsed() * rate) poured.push(one(poured.length));
    await sleep(5);
  }
  return Promise.all(poured);
}

/** The paths of one link for each mail: every tenth a click, the others pixels. */
async function mails(at: Date): Promise<string[]> {
  const customerId = await insertCustomer(database.database, at);
  const config = AppConfig.from({
    NODE_ENV: 'test',
    PUBLIC_URL: 'http://ritorno.test',
    SECRET_KEY: 'test-secret-key-of-32-bytes-or-more!',
  });
  const tokens = new LinkTokens(config);
  const links: string[] = [];
  for (let n = 0; n < MAILS; n++) {
    const of = tokens.of(await insertSentMessage(database.database, at, customerId));
    links.push((n % 10 === 0 ? of.click(0, TARGET) : of.open).replace('http://ritorno.test', ''));
  }
  return links;
}

describe('hits under load', () => {
  it.each(LOADS)(
    'with the database %s and a stop in it: no 5xx, every answered hit stored once',
    async (how, load) => {
      await database.database.execute('delete from hits');
      const links = await mails(new Date());
      const [first, second] = [await start(), await start()];
      const agent = new Agent({ keepAlive: true, maxSockets: 256 });
      const began = performance.now();
      const elapsed = (): number => (performance.now() - began) / 1_000;
      const reached = (at: number): Promise<void> => until(`second ${at}`, () => elapsed() >= at, 600_000, 10);
      let stopping = false;
      const outages = (async () => {
        for (const { at, how: way, seconds } of load.outages) {
          await reached(at);
          if (way === 'hangs') proxy.freeze();
          else await proxy.cut();
          await reached(at + seconds);
          if (way === 'hangs') proxy.thaw();
          else await proxy.mend();
        }
      })();
      const stop = (async () => {
        await reached(load.stopAt);
        stopping = true;
        expect(await first.end('SIGTERM')).toBe(0);
      })();
      const hits = await pour(load, elapsed, async (n) => {
        const link = links[n % MAILS] ?? '';
        const { status, took } = await hit(agent, `${(stopping || n % 2 ? second : first).url}${link}`, `n${n}`);
        return { mark: `n${n}`, kind: link.startsWith('/t/c') ? 'click' : 'open', status, took };
      });
      await Promise.all([outages, stop]);
      agent.destroy();
      const answered = hits.filter(({ status }) => status !== undefined);
      // Nobody is told to wait: a click goes its way without the database.
      expect(new Set(answered.map(({ kind, status }) => `${kind} ${status}`))).toEqual(
        new Set(['open 200', 'click 302']),
      );
      expect(hits.length - answered.length).toBeLessThan(hits.length / 100);
      // What the stopped process has left in its file is found by the other one, or by the next.
      await second.end('SIGTERM');
      await start();
      await storedOnce(answered.map(({ mark }) => mark));
      const times = answered.map(({ took }) => took).sort((a, b) => a - b);
      const share = (part: number): number => Math.round(times[Math.floor((times.length - 1) * part)] ?? 0);
      tell(`${load.rate} hits/s for ${load.seconds} s, Postgres ${how}, a SIGTERM`, {
        answered: answered.length,
        'not answered (connection closed by the stop)': hits.length - answered.length,
        lost: 0,
        doubled: 0,
        '5xx': 0,
        'p50 (ms)': share(0.5),
        'p99 (ms)': share(0.99),
        'longest (ms)': share(1),
        'load of the machine': loadavg()[0]?.toFixed(1) ?? '',
        processors: availableParallelism(),
      });
      if (LONG) expect(share(0.99)).toBeLessThan(P99_MS);
    },
    600_000,
  );
});

async function storedOnce(answered: readonly string[]): Promise<void> {
  const stored = async (): Promise<string[]> =>
    (
      await database.database.query<{ mark: string }>(
        `select substring(user_agent from 'Mark/(.*)$') as mark from hits order by 1`,
      )
    ).map(({ mark }) => mark);
  await until('all hits to be stored', async () => (await stored()).length >= answered.length, 60_000, 250);
  const all = await stored();
  expect(new Set(all).size).toBe(all.length);
  const known = new Set(all);
  expect(answered.filter((mark) => !known.has(mark))).toEqual([]);
}
