import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestApp, type TestApp } from './app';
import { type BuiltProgram } from './built-program';
import { createTestDatabase, type TestDatabase } from './database';

const PROGRAMS = path.join(__dirname, 'programs');
const SECRET = 'test-secret-key-of-32-bytes-or-more!';
const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao {{customer.firstName}} <a href="https://shop.test/">shop</a>
<a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

type FleetDatabase = Pick<TestDatabase, 'url' | 'close'>;

/** A guard that a worker can be started without: see `programs/altered-sender.cjs`. */
export type Guard = 'uncertain' | 'recovery' | 'token' | 'drain';

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Waits for `test`; fails loudly with what was waited for. */
export async function until(
  what: string,
  test: () => boolean | Promise<boolean>,
  ms: number,
  everyMs = 50,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await sleep(everyMs);
  }
}

/**
 * What a fault test of sending needs: a database, a mail server in a process of its own whose log is the judge, an API in
 * this process, on real time, and workers as processes that can be killed, stopped and frozen.
 */
export class SendingFleet {
  private readonly workers = new Set<ChildProcess>();
  private readonly recipients: string[] = [];
  private read = 0;

  private constructor(
    private readonly program: BuiltProgram,
    private readonly folder: string,
    private readonly sink: ChildProcess,
    private readonly smtpUrl: string,
    private readonly owned: FleetDatabase,
    readonly app: TestApp,
  ) {}

  /** On a database of its own, or on one that the test can do harm to. */
  static async start(program: BuiltProgram, on?: FleetDatabase): Promise<SendingFleet> {
    const folder = mkdtempSync(path.join(tmpdir(), 'ritorno-fleet-'));
    const sink = spawn(process.execPath, [path.join(PROGRAMS, 'smtp-sink.cjs'), path.join(folder, 'sink.log')]);
    const port = await new Promise<string>((resolve) =>
      sink.stdout.once('data', (data: Buffer) => resolve(data.toString().trim())),
    );
    const smtpUrl = `smtp://127.0.0.1:${port}`;
    const owned = on ?? (await createTestDatabase());
    const app = await startTestApp({ on: owned, clock: null, smtpUrl, env: { ROLE: 'api', SECRET_KEY: SECRET } });
    return new SendingFleet(program, folder, sink, smtpUrl, owned, app);
  }

  /** Sets up a campaign of one mail and lets so many new customers into it: as many mails are now to be sent. */
  order(mails: number): Promise<void> {
    return orderMails(this.app, mails);
  }

  /** Starts a worker process, `without` one of its guards when one is named. */
  worker(without?: Guard): ChildProcess {
    const altered = without === undefined ? [] : [path.join(PROGRAMS, 'altered-sender.cjs')];
    const main = [...altered, this.program.main];
    const worker = spawn(process.execPath, main, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        ...(without === undefined ? {} : { RITORNO_WITHOUT: without }),
        ROLE: 'worker',
        PORT: '0',
        HOST: '127.0.0.1',
        PUBLIC_URL: 'http://ritorno.test',
        DATA_DIR: this.folder,
        DATABASE_URL: this.owned.url,
        SMTP_URL: this.smtpUrl,
        MAIL_FROM: 'Bottega <ciao@bottega.test>',
        SECRET_KEY: SECRET,
        LOG_LEVEL: 'silent',
      },
    });
    this.workers.add(worker);
    worker.once('exit', () => this.workers.delete(worker));
    return worker;
  }

  /** Addresses of the mails that the server took over, in order: the judge's log. */
  accepted(): string[] {
    const log = path.join(this.folder, 'sink.log');
    const size = existsSync(log) ? statSync(log).size : 0;
    // Asked every few milliseconds: only what is new is read.
    if (size > this.read) {
      const fresh = readFileSync(log).subarray(this.read);
      const whole = fresh.subarray(0, fresh.lastIndexOf(10) + 1);
      this.read += whole.length;
      for (const line of whole.toString().split('\n').slice(0, -1))
        this.recipients.push((JSON.parse(line) as { to: string[] }).to[0] ?? '');
    }
    return this.recipients;
  }

  /** Waits until the log holds so many mails, or the ledger has none left to send. */
  async acceptedAtLeast(count: number, ms = 120_000): Promise<void> {
    await until(`${count} mails`, () => this.accepted().length >= count, ms, 5);
  }

  async byStatus(): Promise<Record<string, number>> {
    const rows = await this.app.database.query<{ status: string; count: number }>(
      'select status, count(*) as count from messages group by 1',
    );
    return Object.fromEntries(rows.map((row) => [row.status, row.count]));
  }

  /** Waits until all that was ordered has come to an end in the ledger. */
  async settled(mails: number, ms = 240_000): Promise<void> {
    const done = async (): Promise<boolean> => {
      // The database may be what the test does harm to.
      const {
        sent = 0,
        uncertain = 0,
        ...others
      } = await this.byStatus().catch((): Record<string, number> => ({ asked: 0 }));
      return sent + uncertain === mails && Object.keys(others).length === 0;
    };
    await until(`${mails} mails to be settled`, done, ms, 250);
  }

  /** How many mails went out more than once, by the judge. */
  doubled(): string[] {
    const seen = new Set<string>();
    return this.accepted().filter((to) => seen.has(to) || !seen.add(to));
  }

  async stop(): Promise<void> {
    for (const worker of this.workers) {
      worker.kill('SIGCONT');
      worker.kill('SIGKILL');
    }
    this.sink.kill('SIGKILL');
    await this.app.close();
    await this.owned.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Resolves with the exit code, null after a signal. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => (child.exitCode !== null ? resolve(child.exitCode) : child.once('exit', resolve)));
}

/** Sets up a campaign of one mail and lets so many new customers into it, who come at `occurredAt`. */
export async function orderMails(
  { request }: Pick<TestApp, 'request'>,
  mails: number,
  occurredAt = new Date().toISOString(),
): Promise<void> {
  const locales = { en: { subject: 'Ciao', mjml: MJML } };
  await request('post', '/api/v1/templates')
    .send({ key: 'ciao', name: 'ciao', defaultLocale: 'en', locales })
    .expect(201);
  const steps = [{ kind: 'email', key: 'hello', template: 'ciao' }];
  const trigger = { on: 'event', event: 'customer.created' };
  await request('post', '/api/v1/campaigns')
    .send({ key: 'welcome', name: 'w', purpose: 'welcome', trigger, steps })
    .expect(201);
  await request('post', '/api/v1/campaigns/welcome/activate').expect(200);
  const events = Array.from({ length: mails }, (_, n) => ({
    id: `e${n}`,
    type: 'customer.created',
    occurredAt,
    data: {
      externalId: `c${n}`,
      email: `c${n}@example.com`,
      consent: { status: 'subscribed', source: 'form', at: occurredAt },
    },
  }));
  for (let from = 0; from < mails; from += 1000) {
    await request('post', '/api/v1/events')
      .send(events.slice(from, from + 1000))
      .expect(202);
  }
}
