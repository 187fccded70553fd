import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded, type EmbeddedPostgres } from '../../../src/platform/database/embedded/embedded-postgres';
import { isAlive, markOf } from '../../../src/platform/processes';
import { administer } from '../../support/test-server';

const asRoot = process.getuid?.() === 0;

describe('the embedded Postgres', () => {
  const dirs: string[] = [];
  const running: EmbeddedPostgres[] = [];
  const said: string[] = [];

  const newDir = (mode = 0o755): string => {
    const dir = mkdtempSync(path.join(tmpdir(), 'ritorno-embedded-'));
    chmodSync(dir, mode);
    dirs.push(dir);
    return dir;
  };
  const start = async (dataDir: string): Promise<EmbeddedPostgres> => {
    const server = await startEmbedded({ dataDir, log: (message) => said.push(message), durable: false });
    running.push(server);
    return server;
  };
  const postmaster = (dataDir: string) =>
    Number(readFileSync(path.join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  const note = (url: string, text: string) =>
    administer(url, async (client) => {
      await client.query('create table if not exists notes (text text)');
      await client.query('insert into notes values ($1)', [text]);
    });
  const notes = (url: string) =>
    administer(url, async (client) =>
      (await client.query<{ text: string }>('select text from notes')).rows.map((r) => r.text),
    );

  beforeEach(() => {
    said.length = 0;
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
  });
  afterAll(() => {
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  });

  it('starts, keeps its data over a stop, and is a UTF-8 database that is durable by default settings', async () => {
    const dir = newDir();
    const first = await start(dir);
    await note(first.url, 'ciào');
    await first.stop();
    expect(existsSync(path.join(dir, 'ritorno.lock'))).toBe(false);
    const second = await start(dir);
    expect(await notes(second.url)).toEqual(['ciào']);
    const settings = await administer(second.url, async (client) =>
      client.query(`select current_setting('server_encoding') as encoding, current_setting('max_connections')::int as n,
        (select datcollate from pg_database where datname = current_database()) as collate`),
    );
    expect(settings.rows[0]).toMatchObject({ encoding: 'UTF8', collate: 'C.UTF-8' });
    expect((settings.rows[0] as { n: number }).n).toBeGreaterThanOrEqual(100);
  });

  it('runs in a session of its own, not as root, and takes no connection without the password', async () => {
    const dir = newDir();
    const { url } = await start(dir);
    const pid = postmaster(dir);
    const [, session] = execFileSync('ps', ['-o', 'pid=,sid=,user=', '-p', String(pid)])
      .toString()
      .trim()
      .split(/\s+/);
    expect(Number(session)).toBe(pid);
    if (asRoot)
      expect(
        execFileSync('ps', ['-o', 'user=', '-p', String(pid)])
          .toString()
          .trim(),
      ).not.toBe('root');
    const stranger = new URL(url);
    stranger.password = 'guess';
    await expect(administer(stranger.href, (client) => client.query('select 1'))).rejects.toThrow(/password/);
  });

  it('refuses a second holder of the same folder while the first lives, and says who it is', async () => {
    const dir = newDir();
    await start(dir);
    await expect(start(dir)).rejects.toThrow(new RegExp(`${dir} is in use by another process \\(${process.pid}\\)`));
  });

  it('takes over a lock whose process is gone or whose process id is used by another', async () => {
    const dir = newDir();
    for (const holder of [
      { pid: 4_000_000, startedAt: '1' },
      { pid: process.ppid, startedAt: 'long ago' },
      { pid: process.pid, startedAt: 'before' },
    ]) {
      if (markOf(process.pid).startedAt === undefined && holder.pid !== 4_000_000) continue;
      writeFileSync(path.join(dir, 'ritorno.lock'), JSON.stringify(holder));
      await (await start(dir)).stop();
    }
  });

  it('starts again on the same port when the server is killed', async () => {
    const dir = newDir();
    const { url } = await start(dir);
    await note(url, 'before');
    const pid = postmaster(dir);
    process.kill(pid, 'SIGKILL');
    await eventually(async () => (await notes(url)).length === 1 && postmaster(dir) !== pid);
    expect(said.join()).toContain('starting it again');
  });

  describe('started by a process that is then killed', () => {
    const program = (dir: string): Promise<{ child: ChildProcess; url: string }> =>
      new Promise((resolve, reject) => {
        const script = path.join(__dirname, '../../support/programs/embedded-holder.cjs');
        const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
        child.stdout.once('data', (text: Buffer) => resolve({ child, url: text.toString().trim() }));
        child.once('exit', (code) => reject(new Error(`exit ${String(code)}`)));
      });
    const killed = (child: ChildProcess) =>
      new Promise<void>((resolve) => {
        child.removeAllListeners('exit');
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      });

    it('lives on and is adopted', async () => {
      const dir = newDir();
      const { child, url } = await program(dir);
      await note(url, 'kept');
      const pid = postmaster(dir);
      await killed(child);
      expect(isAlive(pid)).toBe(true);
      const next = await start(dir);
      expect(next.url).toBe(url);
      expect(postmaster(dir)).toBe(pid);
      expect(await notes(next.url)).toEqual(['kept']);
      expect(said.join()).toContain('took over');
      await next.stop();
      expect(isAlive(pid)).toBe(false);
    });

    it('is recovered when both were killed', async () => {
      const dir = newDir();
      const { child, url } = await program(dir);
      await note(url, 'kept');
      const pid = postmaster(dir);
      await killed(child);
      process.kill(pid, 'SIGKILL');
      const next = await start(dir);
      expect(await notes(next.url)).toEqual(['kept']);
      expect(postmaster(dir)).not.toBe(pid);
    });
  });

  it('says what to do when the data was made by another major version', async () => {
    const dir = newDir();
    await (await start(dir)).stop();
    writeFileSync(path.join(dir, 'postgres/data/PG_VERSION'), '15\n');
    await expect(start(dir)).rejects.toThrow(/made by PostgreSQL 15.*binaries are 18.*DATABASE_URL/);
  });

  (asRoot ? describe : describe.skip)('as root, in a folder that nobody else can reach', () => {
    it('keeps the data elsewhere, says so, finds it again, and starts afresh after the folder was removed', async () => {
      const dir = newDir(0o700);
      const first = await start(dir);
      const place = readFileSync(path.join(dir, 'postgres-is-elsewhere'), 'utf8').split(' ')[0] ?? '';
      expect(place).toMatch(/^\/var\/lib\/ritorno\/[0-9a-f]{16}$/);
      expect(said.join()).toContain(`the database is kept in ${place}`);
      await note(first.url, 'far');
      await first.stop();
      const second = await start(dir);
      expect(await notes(second.url)).toEqual(['far']);
      await second.stop();
      rmSync(path.join(dir, 'postgres-is-elsewhere'));
      const third = await start(dir);
      await expect(notes(third.url)).rejects.toThrow(/notes/);
      await third.stop();
      rmSync(place, { recursive: true });
      rmSync(`${place}.previous`, { recursive: true });
    });
  });
});

async function eventually(test: () => Promise<boolean>, ms = 100_000): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    if (await test().catch(() => false)) return;
    if (performance.now() > end) throw new Error('it did not come to pass');
    await sleep(50);
  }
}
