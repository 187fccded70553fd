import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PublicGets } from '../../src/platform/outbox/public-gets';

const TOP = path.join(__dirname, '../..');

/** What can make a connection of its own. Types alone cannot. */
const OUTGOING = [
  /(?:await|return|=|\()\s*fetch\(/,
  /import (?!type )[^;'"]*from '(?:node:)?(?:https?|http2|net|tls|dgram|dns|dns\/promises|undici)'/,
  /import (?!type )[^;'"]*from '(?:undici|axios|got|node-fetch|ws|superagent|nodemailer|nodemailer\/[^']*|imapflow|smtp-server)'/,
  /new WebSocket\(|(?<!\.)require\('/,
];

/** Who may, and why that reaches no address that somebody else has chosen. */
const ALLOWED: Readonly<Record<string, string>> = {
  'platform/outbox/public-gets.ts': 'the guard: resolved once, all answers public, that very address, no redirects',
  'platform/outbox/signed-posts.ts': 'the guard, for receivers that others have named',
  'platform/outbox/public-address.ts': 'only judges addresses',
  'platform/outbox/receiver-address.ts': 'only judges addresses',
  'platform/http/client-address.ts': 'only judges addresses',
  'platform/mail/mail-pool.ts': 'the relays of SMTP_URL',
  'platform/mail/smtp-session.ts': 'the relays of SMTP_URL',
  'bounces/imap-mailbox.ts': 'the mailbox of BOUNCE_IMAP_URL',
  'messages/messages.module.ts': 'questions to the DNS',
  'inbox/inbox-server.ts': 'listens on loopback',
  'platform/database/embedded/postgres-server.ts': 'looks for a free port',
  'templates/mjml-layouter.ts': 'loads a library in a thread without an environment',
  'templates/render-threads.ts': 'loads our own source in a thread without an environment',
};

/** `src` without the two programs that are clients of the service and are told its address by who runs them. */
function sources(): string[] {
  return readdirSync(path.join(TOP, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !/^(demo|cli)\//.test(name))
    .sort();
}

/** Whether text can connect; specifiers and imports that are only types are none. */
function reaches(text: string): boolean {
  const values = text.replace(/import \{([^}]*)\}/g, (_all, names: string) => {
    const left = names.split(',').filter((name) => name.trim() !== '' && !name.trim().startsWith('type '));
    return left.length > 0 ? `import {${left.join(',')}}` : 'import type {}';
  });
  return OUTGOING.some((way) => way.test(values));
}

describe('outgoing connections', () => {
  it('are made by nothing but the guard, and by what goes where the operator says', () => {
    const found = sources().filter((name) => reaches(readFileSync(path.join(TOP, 'src', name), 'utf8')));
    expect(found).toEqual(
      expect.arrayContaining(['platform/outbox/public-gets.ts', 'platform/outbox/signed-posts.ts']),
    );
    expect(found.filter((name) => !(name in ALLOWED))).toEqual([]);
  });

  it.each([
    "await fetch('https://x.example')",
    "import https from 'node:https';",
    "import { request } from 'http';",
    "import { createTransport } from 'nodemailer';",
    "const x = require('axios');",
  ])('would be found as %s', (text) => {
    expect(reaches(text)).toBe(true);
  });

  it.each([
    "import { type IncomingMessage } from './x';",
    'mailbox.fetch(1)',
    "import type { Server } from 'node:http';",
  ])('are not taken for %s', (text) => {
    expect(reaches(text)).toBe(false);
  });

  it.each([
    'https://localhost/cert.pem',
    'https://127.0.0.1/cert.pem',
    'https://[::1]/cert.pem',
    'https://169.254.169.254/latest/meta-data',
    'https://2130706433/cert.pem',
    'http://sns.example/cert.pem',
    'file:///etc/passwd',
  ])('to %s are refused', async (address) => {
    await expect(new PublicGets().get(address)).rejects.toThrow(/not (an https address|one of the public internet)/);
  });
});
