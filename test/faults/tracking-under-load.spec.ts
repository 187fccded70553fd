import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
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

/** Hits a second, for so many seconds, with the database away from one second on for so many, and a stop. */
const LOAD = LONG
  ? { rate: 2_000, seconds: 60, awayFrom: 20, away: 20, stopAt: 45 }
  : { rate: 400, seconds: 8, awayFrom: 2, away: 3, stopAt: 4 };
const MAILS = 200;
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
}, 60_000);
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

describe('hits under load', () => {
  it('with the database away and a stop in it: no 5xx, every answered hit stored once', async () => {
    const at = new Date();
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
      links.push((n % 10 === 0 ? of.click(0) : of.open).replace('http://ritorno.test', ''));
    }
    const [first, second] = [await start(), await start()];
    const agent = new Agent({ keepAlive: true, maxSockets: 256 });
    const answered: string[] = [];
    const times: number[] = [];
    const statuses = new Map<number, number>();
    let [stopping, unanswered] = [false, 0];
    const one = async (n: number): Promise<void> => {
      const { status, took } = await hit(
        agent,
        `${(stopping || n % 2 ? second : first).url}${links[n % MAILS] ?? ''}`,
        `n${n}`,
      );
      if (status === undefined) {
        unanswered++;
        return;
      }
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      times.push(took);
      if (status < 400) answered.push(`n${n}`);
    };
    const began = performance.now();
    const elapsed = (): number => (performance.now() - began) / 1_000;
    const faults = (async () => {
      await until('the outage', () => elapsed() >= LOAD.awayFrom, 600_000, 10);
      await proxy.cut();
      await sleep(
        LONG || LOAD.stopAt > LOAD.awayFrom + LOAD.away ? LOAD.away * 1_000 : (LOAD.stopAt - LOAD.awayFrom) * 1_000,
      );
      if (LONG) await proxy.mend();
      await until('the stop', () => elapsed() >= LOAD.stopAt, 600_000, 10);
      stopping = true;
      await first.end('SIGTERM');
      if (!LONG) await proxy.mend();
    })();
    const hits: Array<Promise<void>> = [];
    while (elapsed() < LOAD.seconds) {
      while (hits.length < elapsed() * LOAD.rate) hits.push(one(hits.length));
      await sleep(5);
    }
    await Promise.all([...hits, faults]);
    agent.destroy();
    expect([...statuses.keys()].filter((status) => status >= 400)).toEqual([]);
    expect(unanswered).toBeLessThan(hits.length / 100);
    // What the stopped process has left in its file is found by the other one, or by the next.
    await second.end('SIGTERM');
    await start();
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
    times.sort((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
    tell(`${LOAD.rate} hits/s for ${LOAD.seconds} s, Postgres away for ${LOAD.away} s, a SIGTERM`, {
      answered: answered.length,
      lost: 0,
      doubled: 0,
      '5xx': 0,
      'p99 (ms)': Math.round(p99),
    });
  }, 600_000);
});
