import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MaildirWork } from '../../../src/bounces/jobs/maildir.work';
import { type MailApp, startMailApp } from '../../support/mail-app';
import { returnedMail } from '../../support/returned-mails';

let app: MailApp;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ritorno-maildir-'));
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(path.join(folder, part));
  app = await startMailApp({ env: { BOUNCE_DOMAIN: 'bounces.test', BOUNCE_MAILDIR: folder } });
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

const deliver = (name: string, raw: Buffer | string) => writeFileSync(path.join(folder, 'new', name), raw);
const inside = (part: string) => readdirSync(path.join(folder, part)).sort();

it('mails of a Maildir take effect once and move to cur; what is too large is set aside', async () => {
  const to = 'gone@example.com';
  const { returnPath } = await app.sendCiao(to);
  const raw = returnedMail({ to: returnPath, recipient: to, status: '5.1.1', diagnostic: '550 5.1.1 User unknown' });
  deliver('1000.a.host', raw);
  deliver('1001.b.host', 'From: somebody@example.com\r\nSubject: Hello\r\n\r\nHello\r\n');
  deliver('1002.c.host', Buffer.alloc(5 * 1024 * 1024 + 1, 97));
  await app.advance('PT1M');
  expect(inside('new')).toEqual([]);
  expect(inside('cur')).toEqual(['1000.a.host:2,S', '1001.b.host:2,S']);
  expect(inside('.Unreadable/cur')).toEqual(['1002.c.host:2,']);
  const { body: found } = await app.request('get', `/api/v1/suppressions?address=${to}`).expect(200);
  expect(found.items).toMatchObject([{ reason: 'hard_bounce', evidence: { source: 'maildir' } }]);

  // A crash between commit and move: the mail is there again, a person has lifted the suppression since.
  await app.request('delete', `/api/v1/suppressions?address=${to}`).expect(204);
  await app.database.execute('delete from bounces');
  deliver('1000.a.host', raw);
  expect(await app.app.get(MaildirWork).nextDueAt()).toBeInstanceOf(Date);
  await app.advance('PT1M');
  expect(inside('new')).toEqual([]);
  const { body: after } = await app.request('get', `/api/v1/suppressions?address=${to}`).expect(200);
  expect(after.items).toEqual([]);
  expect(existsSync(path.join(folder, 'cur', '1000.a.host:2,S'))).toBe(true);
  expect(await app.app.get(MaildirWork).nextDueAt()).toBeNull();
});
