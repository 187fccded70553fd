import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { type AuditLine } from '../../../src/access/audit';
import { runVerifyAuditLog } from '../../../src/cli/verify-audit-log';
import { startTestApp, type TestApp } from '../../support/app';

let app: TestApp;
let client: Client;

beforeAll(async () => {
  app = await startTestApp();
  client = new Client({ connectionString: app.databaseUrl });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await app?.close();
});

interface Head {
  position: number;
  hash: string;
}
interface Verdict {
  code: number;
  ok: boolean;
  head: Head;
  broken: { position: number | null; line: string | null; detail: string } | null;
}

async function verify(head?: Head): Promise<Verdict> {
  let text = '';
  const what = {
    command: 'verify-audit-log',
    database: app.databaseUrl,
    json: true,
    ...(head ? { head } : {}),
  } as const;
  const code = await runVerifyAuditLog(what, (more) => (text += more));
  return { ...(JSON.parse(text) as Omit<Verdict, 'code'>), code };
}

const head = async (): Promise<Head & { waiting: number }> =>
  (await app.request('get', '/api/v1/audit-log/head').expect(200)).body as Head & { waiting: number };

const writes = (count: number): Promise<unknown> =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      app
        .request('post', '/api/v1/api-keys')
        .send({ name: `k${n} di anna@bottega.test`, role: 'analyst' })
        .expect(201),
    ),
  );

/** Runs statements as somebody who owns the database and takes the guards off, then takes it all back. */
async function tampered(statements: string, check: () => Promise<void>): Promise<void> {
  const keep = ['audit_log', 'audit_chain', 'audit_unchained'];
  for (const table of keep) await client.query(`create table kept_${table} as table ${table}`);
  const guarded = (what: string) =>
    client.query(`alter table audit_log ${what} trigger all; alter table audit_chain ${what} trigger all`);
  await guarded('disable');
  await client.query(statements);
  await guarded('enable');
  try {
    await check();
  } finally {
    await guarded('disable');
    for (const table of keep) {
      await client.query(`delete from ${table}; insert into ${table} table kept_${table}; drop table kept_${table}`);
    }
    await guarded('enable');
  }
}

describe('the audit log', () => {
  it('is chained line by line under concurrent writers, and verifies', async () => {
    await writes(30);
    await app.advance('PT1S');
    await writes(30);
    await app.advance('PT1S');
    const { waiting, ...end } = await head();
    expect({ waiting, position: end.position }).toEqual({ waiting: 0, position: 60 });
    expect(await verify(end)).toEqual({ code: 0, ok: true, head: end, broken: null });
  });

  it('shows place and hash of each line, which anybody can compute again', async () => {
    const { body } = await app.request('get', '/api/v1/audit-log?limit=500').expect(200);
    const { items } = body as { items: Array<AuditLine> };
    const [first, second] = [1, 2].map((position) => items.find((line) => line.position === position));
    if (!first || !second) throw new Error('two lines are chained');
    const { rows } = await client.query<{ before: string | null; after: string | null }>(
      'select before::text, after::text from audit_log where id = $1',
      [second.id],
    );
    const { id, at, actor, action, resource } = second;
    const instant = at.replace('Z', '000Z');
    const form = [first.hash, '2', id, instant, actor, action, resource, rows[0]?.before, rows[0]?.after];
    expect(createHash('sha256').update(JSON.stringify(form)).digest('hex')).toBe(second.hash);
  });

  it('keeps nobody’s address in clear', async () => {
    const { rows } = await client.query<{ after: { name: string } }>(`select after from audit_log limit 1`);
    expect(rows[0]?.after.name).toMatch(/^k\d+ di address:[0-9a-f]{24}$/);
  });

  it.each([
    `update audit_log set actor = 'nobody'`,
    `delete from audit_log where false`,
    `truncate audit_log`,
    `update audit_chain set position = position + 1`,
    `delete from audit_chain`,
    `truncate audit_chain`,
  ])('refuses %s', async (statement) => {
    await expect(client.query(statement)).rejects.toThrow(/append-only/);
  });

  const LINE = (position: number) => `(select line_id from audit_chain where position = ${position})`;

  it.each([
    ['a changed line', `update audit_log set after = '{}' where id = ${LINE(17)}`, 17, 'the line was changed'],
    [
      'a line of another time',
      `update audit_log set at = at + interval '1 microsecond' where id = ${LINE(3)}`,
      3,
      'the line was changed',
    ],
    ['a removed line', `delete from audit_log where id = ${LINE(20)}`, 20, 'the line was removed'],
    [
      'a line removed with its link',
      `delete from audit_log where id = ${LINE(20)}; delete from audit_chain where position = 20`,
      20,
      'the link at position 20 is missing',
    ],
    [
      'a line written past the chain',
      `insert into audit_log values ('00000000-0000-7000-8000-000000000001', now(), 'x', 'y', 'z', null, null)`,
      null,
      'the line was written past the chain',
    ],
    [
      'a line removed before it was chained',
      `insert into audit_unchained values ('00000000-0000-7000-8000-000000000001')`,
      null,
      'the line was removed before it was chained',
    ],
  ])('finds %s', async (_name, statements, position, detail) => {
    await tampered(statements, async () => {
      const { code, broken } = await verify();
      expect({ code, position: broken?.position, detail: broken?.detail }).toEqual({ code: 2, position, detail });
    });
  });

  it('finds a tail that was cut off, and a log written anew, by a head that was kept elsewhere', async () => {
    const kept = await head();
    const cut = `delete from audit_log where id in (select line_id from audit_chain where position > 50);
      delete from audit_chain where position > 50`;
    await tampered(cut, async () => {
      expect(await verify()).toMatchObject({ code: 0 });
      expect(await verify(kept)).toMatchObject({ code: 2, broken: { detail: expect.stringContaining('cut off') } });
    });
    const anew = `${cut}; insert into audit_unchained select id from audit_log; delete from audit_chain;
      update audit_log set actor = 'nobody'`;
    await tampered(anew, async () => {
      await writes(15);
      await app.advance('PT1S');
      expect(await verify()).toMatchObject({ code: 0, head: { position: 65 } });
      expect(await verify(kept)).toMatchObject({ code: 2, broken: { position: kept.position } });
    });
    expect(await verify(kept)).toMatchObject({ code: 0 });
  });
});
