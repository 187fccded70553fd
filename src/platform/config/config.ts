import { createHash } from 'node:crypto';
import path from 'node:path';
import { isCurrency } from '../../kernel/money';
import { isZone } from '../../kernel/local-time';
import { asciiDomain, needsSmtpUtf8, normaliseAddress } from '../../kernel/address';
import { readTrustProxy } from '../http/client-address';
import { type DkimKey, readDkimKeys } from './dkim-keys';
import { type MailboxEndpoint, readMailboxUrl } from './mailbox-url';
import { type MailWebhooks, readMailWebhooks } from './mail-webhooks';
import { ConfigError, type Environment, readEnvironment } from './environment';

export interface StoreConfig {
  readonly name: string;
  readonly currency: string;
  readonly timezone: string;
  readonly locale: string;
  readonly address: string;
  /** Home page of the shop, for links in mails. */
  readonly url: string;
}

/** The validated, frozen configuration. The environment is read nowhere else. */
export class AppConfig {
  readonly environment: 'development' | 'test' | 'production';
  readonly port: number;
  readonly host: string;
  /** Base of links in e-mails, without a trailing slash. */
  readonly publicUrl: string;
  readonly databaseUrl: string | undefined;
  readonly databaseReplicaUrl: string | undefined;
  readonly databasePool: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Empty: the built-in development inbox. */
  readonly smtpUrls: readonly string[];
  readonly smtpConnections: number;
  readonly mailFrom: { readonly name: string; readonly address: string };
  /** Where signed return paths lead, in ASCII. Unset: mail that cannot be delivered comes back to its sender. */
  readonly bounceDomain: string | undefined;
  /** A Maildir in which returned mails arrive; absolute. */
  readonly bounceMaildir: string | undefined;
  /** A mailbox in which returned mails arrive, read by IMAP. */
  readonly bounceMailbox: MailboxEndpoint | undefined;
  /** What mail is signed with; empty: it goes out unsigned. */
  readonly dkimKeys: readonly DkimKey[];
  readonly secretKey: string;
  /** By what the notices of mail providers are known. */
  readonly mailWebhooks: MailWebhooks;
  readonly adminApiKey: string | undefined;
  readonly role: 'all' | 'api' | 'worker';
  readonly store: StoreConfig;
  /** How long the answer to a hit waits for its commit; then the hit is kept on disk instead. */
  readonly trackingPatienceMs: number;
  /** Set: the whole service lives on the test clock. */
  readonly testClock: Date | undefined;
  readonly logLevel: string;
  /** Which machines may say, by X-Forwarded-For, for whom they ask. */
  readonly trustedProxies: string;
  /** A minute: calls of an API key, public pages of an address, wrong keys and signatures of an address. 0: no limit. */
  readonly rateLimits: { readonly key: number; readonly pages: number; readonly failures: number };
  /** Whether webhook steps may call this machine itself. For tests. */
  readonly webhooksToLoopback: boolean;

  constructor(environment: Environment) {
    const problems = crossChecks(environment);
    const sender = parseSender(environment.MAIL_FROM ?? `${environment.STORE_NAME} <shop@localhost.localdomain>`);
    if (!sender) problems.push('MAIL_FROM must be an address such as "Bottega <ciao@bottega.example>"');
    const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_PRIVATE_KEY_FILE: file } = environment;
    this.dkimKeys = readDkimKeys({ domain, selector, file }, problems);
    this.mailWebhooks = readMailWebhooks(environment, problems);
    this.bounceMailbox = readMailboxUrl(environment.BOUNCE_IMAP_URL, problems);
    if (!readTrustProxy(environment.TRUST_PROXY))
      problems.push('TRUST_PROXY must be none, a number of proxies, or a list of loopback, private, networks');
    if (problems.length > 0 || !sender) throw new ConfigError(problems);
    this.environment = environment.NODE_ENV;
    this.port = environment.PORT;
    this.host = environment.HOST ?? (environment.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1');
    this.publicUrl = (environment.PUBLIC_URL ?? `http://localhost:${environment.PORT}`).replace(/\/+$/, '');
    this.databaseUrl = environment.DATABASE_URL;
    this.databaseReplicaUrl = environment.DATABASE_REPLICA_URL;
    this.databasePool = environment.DATABASE_POOL;
    this.dataDir = path.resolve(environment.DATA_DIR);
    this.smtpUrls = Object.freeze(environment.SMTP_URL?.split(',') ?? []);
    this.smtpConnections = environment.SMTP_CONNECTIONS;
    this.mailFrom = Object.freeze(sender);
    this.bounceDomain = environment.BOUNCE_DOMAIN && asciiDomain(environment.BOUNCE_DOMAIN);
    this.bounceMaildir = environment.BOUNCE_MAILDIR && path.resolve(environment.BOUNCE_MAILDIR);
    this.secretKey = environment.SECRET_KEY ?? developmentSecret(this.dataDir);
    this.adminApiKey = environment.ADMIN_API_KEY;
    this.role = environment.ROLE;
    this.store = Object.freeze({
      name: environment.STORE_NAME,
      currency: environment.STORE_CURRENCY,
      timezone: environment.STORE_TIMEZONE,
      locale: environment.STORE_LOCALE,
      address: environment.STORE_ADDRESS,
      url: (environment.STORE_URL ?? this.publicUrl).replace(/\/+$/, ''),
    });
    this.trackingPatienceMs = environment.TRACKING_PATIENCE_MS;
    this.testClock = environment.TEST_CLOCK ? new Date(environment.TEST_CLOCK) : undefined;
    this.logLevel = environment.LOG_LEVEL;
    this.webhooksToLoopback = environment.WEBHOOKS_TO_LOOPBACK === 'allow';
    this.trustedProxies = environment.TRUST_PROXY;
    this.rateLimits = Object.freeze({
      key: environment.RATE_LIMIT_KEY,
      pages: environment.RATE_LIMIT_PAGES,
      failures: environment.RATE_LIMIT_FAILURES,
    });
    Object.freeze(this);
  }

  /** Of this process's environment, the only place where it is read. @throws ConfigError naming every variable at fault. */
  static load(): AppConfig {
    return AppConfig.from(process.env);
  }

  /** @throws ConfigError naming every variable at fault. */
  static from(source: Record<string, string | undefined>): AppConfig {
    return new AppConfig(readEnvironment(source));
  }
}

function crossChecks(environment: Environment): string[] {
  const problems: string[] = [];
  const production = environment.NODE_ENV === 'production';
  if (production && !environment.SECRET_KEY) problems.push('SECRET_KEY is required when NODE_ENV=production');
  if (production && !environment.PUBLIC_URL) problems.push('PUBLIC_URL is required when NODE_ENV=production');
  if (production && /^http:/i.test(environment.PUBLIC_URL ?? '') && !isThisMachine(environment.PUBLIC_URL)) {
    problems.push('PUBLIC_URL must be https when NODE_ENV=production: providers want one-click unsubscribe over https');
  }
  if (production && !environment.MAIL_FROM) problems.push('MAIL_FROM is required when NODE_ENV=production');
  if (production && environment.TEST_CLOCK) problems.push('TEST_CLOCK is refused when NODE_ENV=production');
  if (production && environment.WEBHOOKS_TO_LOOPBACK === 'allow') {
    problems.push('WEBHOOKS_TO_LOOPBACK=allow is refused when NODE_ENV=production');
  }
  if (!environment.DATABASE_URL && environment.ROLE !== 'all') {
    problems.push('ROLE: the embedded database serves one process with ROLE=all; set DATABASE_URL for api and worker');
  }
  if (environment.BOUNCE_DOMAIN && asciiDomain(environment.BOUNCE_DOMAIN) === undefined) {
    problems.push(`BOUNCE_DOMAIN: ${environment.BOUNCE_DOMAIN} is no domain name such as bounces.bottega.example`);
  }
  if (!isZone(environment.STORE_TIMEZONE))
    problems.push(`STORE_TIMEZONE: ${environment.STORE_TIMEZONE} is no IANA zone`);
  if (!isCurrency(environment.STORE_CURRENCY)) {
    problems.push(`STORE_CURRENCY: ${environment.STORE_CURRENCY} is no ISO 4217 currency`);
  }
  return problems;
}

/** Whether a URL leads to the machine itself, where nobody else can follow it. */
function isThisMachine(url: string | undefined): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(new URL(url ?? '').hostname);
}

/** Parses `Name <address>` or a bare address; undefined when it is neither. Line breaks are refused. */
export function parseSender(text: string): { name: string; address: string } | undefined {
  if (/[\r\n\0]/.test(text)) return undefined;
  const match = /^\s*(?:"?([^"<>]*?)"?\s*<([^<>\s]+)>|([^<>\s]+))\s*$/.exec(text);
  const address = normaliseAddress(match?.[2] ?? match?.[3] ?? '');
  return address && !needsSmtpUtf8(address) ? { name: match?.[1]?.trim() ?? '', address } : undefined;
}

/** Outside production a stable secret per data directory suffices: links keep working over restarts. */
function developmentSecret(dataDir: string): string {
  return createHash('sha256').update(`ritorno development secret ${dataDir}`).digest('hex');
}
