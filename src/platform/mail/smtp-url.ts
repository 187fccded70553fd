/** Where mail goes: one server of `SMTP_URL`. */
export interface SmtpEndpoint {
  host: string;
  port: number;
  /** TLS from the first octet (`smtps:`); else STARTTLS where the server offers it. */
  secure: boolean;
  /**
   * No mail without TLS: the default but on loopback. `?requireTLS=false` takes STARTTLS where it is offered, and plain
   * text where it is not (RFC 7435).
   */
  requireTls: boolean;
  /** Plain text even where STARTTLS is offered (`?ignoreTLS=true`): for loopback and tests. */
  ignoreTls: boolean;
  /** False accepts a self-signed certificate (`?tls.rejectUnauthorized=false`). */
  verifyCertificate: boolean;
  auth: { user: string; pass: string } | undefined;
  /** Share of the connections among several servers, 1 by default. */
  weight: number;
  /** Connections of a process to this server at most (`?connections=`); undefined: as many as all may have. */
  connections: number | undefined;
  /** Header in which this relay takes an idempotency key (`?idempotencyHeader=Resend-Idempotency-Key`). */
  idempotencyHeader: string | undefined;
  /** The name given in EHLO (`?name=`). */
  name: string | undefined;
}

const KNOWN = new Set([
  'weight',
  'connections',
  'requireTLS',
  'ignoreTLS',
  'tls.rejectUnauthorized',
  'idempotencyHeader',
  'name',
]);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,75}$/;

/**
 * Reads one URL of `SMTP_URL`: `smtp://user:password@host:587/?weight=2`.
 * @throws Error naming what is wrong, never the password.
 */
export function parseSmtpUrl(text: string): SmtpEndpoint {
  const url = urlOf(text);
  for (const name of url.searchParams.keys()) {
    if (!KNOWN.has(name)) throw new Error(`SMTP_URL: unknown parameter ${name}`);
  }
  const secure = url.protocol === 'smtps:';
  const weight = Number(url.searchParams.get('weight') ?? '1');
  if (!Number.isFinite(weight) || weight <= 0) throw new Error('SMTP_URL: weight must be a number above 0');
  const user = decodeURIComponent(url.username);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const ignoreTls = flag(url, 'ignoreTLS', false);
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: flag(url, 'requireTLS', !ignoreTls && !LOOPBACK.test(host)),
    ignoreTls,
    verifyCertificate: flag(url, 'tls.rejectUnauthorized', true),
    auth: user === '' ? undefined : { user, pass: decodeURIComponent(url.password) },
    weight,
    connections: wholeNumber(url, 'connections'),
    idempotencyHeader: headerName(url, 'idempotencyHeader'),
    name: greetingName(url),
  };
}

/** It becomes part of a command: no blanks and no line breaks. */
function greetingName(url: URL): string | undefined {
  const name = url.searchParams.get('name') ?? undefined;
  if (name !== undefined && !/^[a-z0-9.:[\]_-]{1,255}$/i.test(name)) throw new Error('SMTP_URL: name is no host name');
  return name;
}

function urlOf(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error('SMTP_URL: not a URL');
  }
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') throw new Error('SMTP_URL: must be smtp:// or smtps://');
  if (url.hostname === '') throw new Error('SMTP_URL: names no host');
  return url;
}

function flag(url: URL, name: string, otherwise: boolean): boolean {
  const value = url.searchParams.get(name);
  if (value === null) return otherwise;
  if (value !== 'true' && value !== 'false') throw new Error(`SMTP_URL: ${name} must be true or false`);
  return value === 'true';
}

function wholeNumber(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`SMTP_URL: ${name} must be a whole number above 0`);
  return value;
}

function headerName(url: URL, name: string): string | undefined {
  const text = url.searchParams.get(name);
  if (text !== null && !HEADER_NAME.test(text)) throw new Error(`SMTP_URL: ${name} must be the name of a header`);
  return text ?? undefined;
}
