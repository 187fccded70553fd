import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { createApp } from '../../src/create-app';
import { AppConfig } from '../../src/platform/config/config';
import { Database } from '../../src/platform/database/database';
import { createTestDatabase, type TestDatabase } from './database';

export const ADMIN_KEY = 'rit_test_admin_key_of_more_than_32_characters';

/** The whole service in this process, on a database of its own, listening on a free port. */
export interface TestApp {
  app: NestFastifyApplication;
  database: Database;
  databaseUrl: string;
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Calls with the admin key (or another, or none with null): `request('post', '/api/v1/segments').send({...})`. */
  request(method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, key?: string | null): supertest.Test;
  /** Advances the test clock (`P1D`, or an instant) and returns the answer. */
  advance(by: string): Promise<{ now: string; entered: number; messages: Record<string, number> }>;
  close(): Promise<void>;
}

export interface TestAppOptions {
  /** Where the test clock starts; null for real time. */
  clock?: string | null;
  smtpUrl?: string;
  env?: Record<string, string>;
  /** Share the database of another app (several processes' worth in one). */
  on?: Pick<TestDatabase, 'url'> & Partial<TestDatabase>;
}

/** Starts it. The clock stands at 2026-03-02T08:00Z unless told otherwise, the store is in Rome and sells in EUR. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const own = options.on ? undefined : await createTestDatabase();
  const url = (options.on ?? own)?.url ?? '';
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ritorno-app-'));
  const config = AppConfig.from({
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    PUBLIC_URL: 'http://ritorno.test',
    DATA_DIR: dataDir,
    DATABASE_URL: url,
    ADMIN_API_KEY: ADMIN_KEY,
    SECRET_KEY: 'test-secret-key-of-32-bytes-or-more!',
    MAIL_FROM: 'Bottega <ciao@bottega.test>',
    STORE_NAME: 'Bottega',
    STORE_CURRENCY: 'EUR',
    STORE_TIMEZONE: 'Europe/Rome',
    STORE_LOCALE: 'en',
    STORE_ADDRESS: 'Via Roma 1, Torino',
    LOG_LEVEL: 'error',
    // What a test has clicked it finds in the record with the answer, however slow the machine is.
    TRACKING_PATIENCE_MS: '10000',
    ...(options.smtpUrl ? { SMTP_URL: options.smtpUrl } : {}),
    ...(options.clock === null ? {} : { TEST_CLOCK: options.clock ?? '2026-03-02T08:00:00.000Z' }),
    ...options.env,
  });
  const app = await createApp(config, url);
  await app.listen(0, '127.0.0.1');
  const base = await app.getUrl();
  const request: TestApp['request'] = (method, at, key = ADMIN_KEY) => {
    const test = supertest(base)[method](at);
    return key === null ? test : test.set('authorization', `Bearer ${key}`);
  };
  return {
    app,
    database: app.get(Database),
    databaseUrl: url,
    url: base,
    request,
    advance: async (by) => {
      const body = by.startsWith('P') ? { advanceBy: by } : { advanceTo: by };
      return (await request('post', '/api/v1/test-clock').send(body).expect(200)).body as never;
    },
    close: async () => {
      await app.close();
      await own?.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A key that no other test has. */
export function uniqueKey(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}
