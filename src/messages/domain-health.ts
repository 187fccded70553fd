import { createPublicKey } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type DkimKey } from '../platform/config/dkim-keys';
import { AppConfig } from '../platform/config/config';
import { domainOf } from './domain/mail-envelope';
import { type Answer, type DomainCheck, judgeDkim, judgeDmarc, judgeMx, judgeSpf } from './domain/read-domain-records';

/** The part of `node:dns` that is asked. */
export interface DnsResolver {
  resolveTxt(name: string): Promise<string[][]>;
  resolveMx(name: string): Promise<Array<{ exchange: string; priority: number }>>;
}

export const DNS_RESOLVER = Symbol('DnsResolver');

/** How the sender's domain stands in DNS. */
export interface DomainHealthView {
  domain: string;
  returnPathDomain: string;
  status: DomainCheck['status'];
  checks: DomainCheck[];
}

/** Whatever the servers do, the answer comes after this. */
const PATIENCE_MS = 5_000;
const NOTHING = new Set(['ENODATA', 'ENOTFOUND']);
const RANK = { ok: 0, warn: 1, fail: 2 } as const;

/** Checks SPF, DKIM, DMARC, MX and return path of the configured sender by DNS, and says what to publish. */
@Injectable()
export class DomainHealth {
  constructor(
    private readonly config: AppConfig,
    @Inject(DNS_RESOLVER) private readonly dns: DnsResolver,
  ) {}

  async check(): Promise<DomainHealthView> {
    const domain = domainOf(this.config.mailFrom.address);
    const returnPathDomain = this.config.bounceDomain ?? domain;
    const keys = this.config.dkimKeys;
    const found = await Promise.all([
      this.spf(returnPathDomain),
      ...(keys.length === 0 ? [unsigned(domain)] : keys.map((key) => this.dkim(key))),
      this.dmarc(domain, returnPathDomain),
      this.mx('mx', domain),
      this.returnPath(domain),
    ]);
    const checks = [...found, this.links()];
    const worst = checks.reduce<DomainCheck['status']>(
      (so, { status }) => (RANK[status] > RANK[so] ? status : so),
      'ok',
    );
    return { domain, returnPathDomain, status: worst, checks };
  }

  private async spf(domain: string): Promise<DomainCheck> {
    const value = 'v=spf1 include:<your mail provider, or ip4:<your server>> ~all';
    return judged('spf', domain, await this.txt(domain), judgeSpf, { name: domain, type: 'TXT', value });
  }

  private async dkim(key: DkimKey): Promise<DomainCheck> {
    const name = `${key.selector}._domainkey.${key.domain}`;
    const { publicKey, bits, record } = recordOf(key);
    const answer = await this.txt(name);
    return judged('dkim', name, answer, (texts) => judgeDkim(texts, { publicKey, bits }), {
      name,
      type: 'TXT',
      value: record,
    });
  }

  private async dmarc(domain: string, envelopeDomain: string): Promise<DomainCheck> {
    const own = `_dmarc.${domain}`;
    let answer = await this.txt(own);
    let name = own;
    // The organisation's record stands for the domains below it (RFC 7489, 6.6.3).
    for (
      let up = parentOf(domain);
      up !== undefined && !says(answer, /^v=DMARC1/i) && answer.kind !== 'error';
      up = parentOf(up)
    ) {
      name = `_dmarc.${up}`;
      answer = await this.txt(name);
    }
    const dkimDomains = this.config.dkimKeys.map((key) => key.domain);
    const judge = (texts: readonly string[]) => judgeDmarc(texts, { domain, dkimDomains, envelopeDomain });
    const value = `v=DMARC1; p=quarantine; rua=mailto:dmarc@${domain}`;
    return judged('dmarc', says(answer, /^v=DMARC1/i) ? name : own, answer, judge, { name: own, type: 'TXT', value });
  }

  private async mx(check: 'mx' | 'returnPath', domain: string): Promise<DomainCheck> {
    const answer = await ask(async () =>
      (await this.dns.resolveMx(domain)).sort((a, b) => a.priority - b.priority).map(({ exchange }) => exchange || '.'),
    );
    const value = '10 <the server that takes this mail>';
    return judged(check, domain, answer, judgeMx, { name: domain, type: 'MX', value });
  }

  private async returnPath(domain: string): Promise<DomainCheck> {
    const { bounceDomain } = this.config;
    if (bounceDomain === undefined) {
      const detail = 'BOUNCE_DOMAIN is not set: bounces go to the sender and cannot be told from forged ones';
      return { check: 'returnPath', status: 'warn', name: domain, found: [], detail, publish: null };
    }
    const check = await this.mx('returnPath', bounceDomain);
    return check.publish !== null && check.found.length === 0
      ? { ...check, status: 'fail', detail: 'the return path has no MX: no bounce comes back' }
      : check;
  }

  private links(): DomainCheck {
    const { publicUrl } = this.config;
    const isHttps = publicUrl.startsWith('https:');
    return {
      check: 'links',
      status: isHttps ? 'ok' : 'fail',
      name: publicUrl,
      found: [],
      detail: isHttps
        ? 'unsubscribe links are https'
        : 'PUBLIC_URL must be https: providers want one-click unsubscribe over https',
      publish: null,
    };
  }

  private txt(name: string): Promise<Answer> {
    return ask(async () => (await this.dns.resolveTxt(name)).map((parts) => parts.join('')));
  }
}

function unsigned(domain: string): DomainCheck {
  const detail =
    'mail is not signed: set DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY_FILE, or let your mail server sign';
  return { check: 'dkim', status: 'fail', name: domain, found: [], detail, publish: null };
}

function judged(
  check: DomainCheck['check'],
  name: string,
  answer: Answer,
  judge: (values: readonly string[]) => Pick<DomainCheck, 'status' | 'detail'>,
  publish: NonNullable<DomainCheck['publish']>,
): DomainCheck {
  if (answer.kind === 'error')
    return {
      check,
      status: 'warn',
      name,
      found: [],
      detail: `DNS could not be asked (${answer.code}); try again`,
      publish: null,
    };
  const found = answer.kind === 'found' ? answer.values : [];
  const verdict = judge(found);
  return { check, name, found, ...verdict, publish: verdict.status === 'ok' ? null : publish };
}

async function ask(question: () => Promise<string[]>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'error', code: 'ETIMEOUT' }), PATIENCE_MS);
  });
  const answer = question().then(
    (values): Answer => (values.length > 0 ? { kind: 'found', values } : { kind: 'none' }),
    (error: unknown): Answer => {
      const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'EUNKNOWN';
      return NOTHING.has(code) ? { kind: 'none' } : { kind: 'error', code };
    },
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The public half of a key, and the record that publishes it. */
function recordOf(key: DkimKey): { publicKey: string; bits: number | null; record: string } {
  const der = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' });
  const isRsa = key.algorithm === 'rsa-sha256';
  // RFC 8463, 4: of an Ed25519 key the 32 octets alone.
  const publicKey = (isRsa ? der : der.subarray(-32)).toString('base64');
  const bits = isRsa ? (key.privateKey.asymmetricKeyDetails?.modulusLength ?? 0) : null;
  return { publicKey, bits, record: `v=DKIM1; k=${isRsa ? 'rsa' : 'ed25519'}; p=${publicKey}` };
}

function says(answer: Answer, pattern: RegExp): boolean {
  return answer.kind === 'found' && answer.values.some((value) => pattern.test(value));
}

/** The domain above, undefined when that has one label only. */
function parentOf(domain: string): string | undefined {
  const above = domain.slice(domain.indexOf('.') + 1);
  return above.includes('.') && above !== domain ? above : undefined;
}
