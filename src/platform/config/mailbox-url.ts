/** A mailbox that is read by IMAP: `BOUNCE_IMAP_URL`. */
export interface MailboxEndpoint {
  readonly host: string;
  readonly port: number;
  /** TLS from the first octet (`imaps:`); else STARTTLS. */
  readonly secure: boolean;
  /** No word without TLS: always but on loopback, where STARTTLS is taken if it is offered. */
  readonly requireTls: boolean;
  /** False accepts a self-signed certificate (`?tls.rejectUnauthorized=false`). */
  readonly verifyCertificate: boolean;
  readonly user: string;
  readonly password: string;
  /** The folder that is read. */
  readonly folder: string;
  /** Where mails go that were dealt with (`?processed=`), and those that cannot be read (`?failed=`). */
  readonly processed: string;
  readonly failed: string;
  /** Seconds between two looks (`?every=`). */
  readonly everySeconds: number;
}

const KNOWN = new Set(['processed', 'failed', 'every', 'tls.rejectUnauthorized']);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;
const EVERY_SECONDS = 60;
const LEAST_EVERY = 10;
const MOST_EVERY = 86_400;
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Reads `imaps://user:password@host/INBOX`; what is wrong is added to `problems`, never with the password. */
export function readMailboxUrl(text: string | undefined, problems: string[]): MailboxEndpoint | undefined {
  if (text === undefined) return undefined;
  try {
    return parseMailboxUrl(text);
  } catch (error) {
    problems.push(`BOUNCE_IMAP_URL ${error instanceof URIError ? 'has a broken % in it' : (error as Error).message}`);
    return undefined;
  }
}

function parseMailboxUrl(text: string): MailboxEndpoint {
  if (!URL.canParse(text)) throw new Error('must be a URL such as imaps://user:password@mail.example/INBOX');
  const url = new URL(text);
  if (url.protocol !== 'imap:' && url.protocol !== 'imaps:') throw new Error('must be imap:// or imaps://');
  for (const name of url.searchParams.keys()) if (!KNOWN.has(name)) throw new Error(`has an unknown parameter ${name}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  if (host === '') throw new Error('names no host');
  if (user === '' || password === '') throw new Error('needs a user and a password (an @ in them is written %40)');
  const secure = url.protocol === 'imaps:';
  const folder = decodeURIComponent(url.pathname.replace(/^\/+|\/+$/g, '')) || 'INBOX';
  const processed = url.searchParams.get('processed') ?? 'Processed';
  const failed = url.searchParams.get('failed') ?? 'Failed';
  const folders = [folder, processed, failed];
  if (folders.some((name) => name === '' || CONTROL.test(name)) || new Set(folders).size < folders.length)
    throw new Error('must name three different folders: the one in the path, processed and failed');
  if ([user, password].some((word) => CONTROL.test(word))) throw new Error('has a line break in user or password');
  return Object.freeze({
    host,
    port: url.port === '' ? (secure ? 993 : 143) : Number(url.port),
    secure,
    requireTls: !secure && !LOOPBACK.test(host),
    verifyCertificate: truth(url.searchParams.get('tls.rejectUnauthorized')),
    user,
    password,
    folder,
    processed,
    failed,
    everySeconds: seconds(url.searchParams.get('every')),
  });
}

function truth(text: string | null): boolean {
  if (text !== null && text !== 'true' && text !== 'false')
    throw new Error('tls.rejectUnauthorized must be true or false');
  return text !== 'false';
}

function seconds(text: string | null): number {
  const value = text === null ? EVERY_SECONDS : Number(text);
  if (!Number.isInteger(value) || value < LEAST_EVERY || value > MOST_EVERY)
    throw new Error(`every must be whole seconds from ${LEAST_EVERY} to ${MOST_EVERY}`);
  return value;
}
