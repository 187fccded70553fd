/** Where mail goes: one server of `SMTP_URL`. */
export interface SmtpEndpoint {
  host: string;
  port: number;
  /** TLS from the first octet (`smtps:`); else STARTTLS where the server offers it. */
  secure: boolean;
  /** No mail without TLS (`?requireTLS=true`). */
  requireTls: boolean;
  /** Plain text even where STARTTLS is offered (`?ignoreTLS=true`): for loopback and tests. */
  ignoreTls: boolean;
  /** False accepts a self-signed certificate (`?tls.rejectUnauthorized=false`). */
  verifyCertificate: boolean;
  auth: { user: string; pass: string } | undefined;
  /** Share of the connections among several servers, 1 by default. */
  weight: number;
  /** The name given in EHLO (`?name=`). */
  name: string | undefined;
}

const KNOWN = new Set(['weight', 'requireTLS', 'ignoreTLS', 'tls.rejectUnauthorized', 'name']);

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
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: flag(url, 'requireTLS', false),
    ignoreTls: flag(url, 'ignoreTLS', false),
    verifyCertificate: flag(url, 'tls.rejectUnauthorized', true),
    auth: user === '' ? undefined : { user, pass: decodeURIComponent(url.password) },
    weight,
    name: url.searchParams.get('name') ?? undefined,
  };
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
