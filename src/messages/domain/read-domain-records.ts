/** One look at the domain of the sender: how it stands, what was found, and what to publish where something is missing. */
export interface DomainCheck {
  check: 'spf' | 'dkim' | 'dmarc' | 'mx' | 'returnPath' | 'links';
  status: 'ok' | 'warn' | 'fail';
  /** The name that was asked for. */
  name: string;
  found: string[];
  detail: string;
  publish: { name: string; type: 'TXT' | 'MX'; value: string } | null;
}

/** What DNS said: the values, none, or that it could not be asked. */
export type Answer = { kind: 'found'; values: string[] } | { kind: 'none' } | { kind: 'error'; code: string };

type Verdict = Pick<DomainCheck, 'status' | 'detail'>;

/** RFC 7208, 4.6.4: more look-ups than this, and receivers take the record for broken. */
const MOST_LOOKUPS = 10;

/** What stands at the domain for the envelope sender (RFC 7208). */
export function judgeSpf(texts: readonly string[]): Verdict {
  const records = texts.filter((text) => /^v=spf1(?: |$)/i.test(text));
  if (records.length === 0) return { status: 'fail', detail: 'there is no SPF record' };
  if (records.length > 1) return { status: 'fail', detail: `there are ${records.length} SPF records, one is allowed` };
  const terms = (records[0] ?? '').toLowerCase().split(/\s+/).slice(1);
  const lookups = terms.filter((term) => /^[+?~-]?(?:include:|a\b|mx\b|ptr\b|exists:)|^redirect=/.test(term)).length;
  if (lookups > MOST_LOOKUPS)
    return { status: 'fail', detail: `${lookups} look-ups in the record, ${MOST_LOOKUPS} at most` };
  if (terms.includes('+all') || terms.includes('all'))
    return { status: 'fail', detail: 'the record lets everybody send (+all)' };
  const hasEnd = terms.some((term) => /^[~-]all$|^redirect=/.test(term));
  if (!hasEnd) return { status: 'warn', detail: 'the record ends in neither ~all nor -all' };
  return { status: 'ok', detail: 'there is one record; see that it names your mail servers' };
}

/** Whether the key in DNS is the one that we sign with. */
export function judgeDkim(texts: readonly string[], wanted: { publicKey: string; bits: number | null }): Verdict {
  const records = texts.filter((text) => /(?:^|;)\s*p=/.test(text));
  if (records.length === 0) return { status: 'fail', detail: 'there is no DKIM record' };
  const published = /(?:^|;)\s*p=([^;]*)/.exec(records[0] ?? '')?.[1]?.replace(/\s/g, '') ?? '';
  if (published === '') return { status: 'fail', detail: 'the key is withdrawn (p= is empty)' };
  if (published !== wanted.publicKey)
    return { status: 'fail', detail: 'another key is published than the one we sign with' };
  if (/(?:^|;)\s*t=[^;]*y/.test(records[0] ?? ''))
    return { status: 'warn', detail: 'the record says that this is a test (t=y)' };
  if (wanted.bits !== null && wanted.bits < 2048)
    return { status: 'warn', detail: `the key has ${wanted.bits} bits; 2048 are wanted today` };
  return { status: 'ok', detail: 'the key that we sign with is published' };
}

/** The policy, and whether what we sign and where bounces go align with the sender (RFC 7489, relaxed or strict). */
export function judgeDmarc(
  texts: readonly string[],
  wanted: { domain: string; dkimDomains: readonly string[]; envelopeDomain: string },
): Verdict {
  const records = texts.filter((text) => /^v=DMARC1\s*(?:;|$)/i.test(text));
  if (records.length !== 1)
    return {
      status: 'fail',
      detail: records.length === 0 ? 'there is no DMARC record' : 'there is more than one DMARC record',
    };
  const tags = new Map(
    (records[0] ?? '').split(';').flatMap((tag): Array<[string, string]> => {
      const [name, value] = tag.split('=', 2);
      return name !== undefined && value !== undefined ? [[name.trim().toLowerCase(), value.trim().toLowerCase()]] : [];
    }),
  );
  const policy = tags.get('p');
  if (policy !== 'none' && policy !== 'quarantine' && policy !== 'reject')
    return { status: 'fail', detail: 'the record has no policy (p=)' };
  const byDkim = wanted.dkimDomains.some((one) => aligned(one, wanted.domain, tags.get('adkim') === 's'));
  const bySpf = aligned(wanted.envelopeDomain, wanted.domain, tags.get('aspf') === 's');
  if (!byDkim && !bySpf) return { status: 'fail', detail: 'neither DKIM nor the return path aligns with the sender' };
  if (!byDkim)
    return { status: 'warn', detail: 'only the return path aligns with the sender: sign with a key of its domain too' };
  if (policy === 'none') return { status: 'warn', detail: 'the policy is none: it watches and protects nobody' };
  return {
    status: 'ok',
    detail: `the policy is ${policy}, and ${bySpf ? 'DKIM and the return path align' : 'DKIM aligns'}`,
  };
}

/** Somebody who answers must be reachable. */
export function judgeMx(hosts: readonly string[]): Verdict {
  if (hosts.length === 0) return { status: 'warn', detail: 'there is no MX: who answers gets an error' };
  if (hosts.length === 1 && hosts[0] === '.') return { status: 'fail', detail: 'the domain takes no mail (null MX)' };
  return { status: 'ok', detail: 'the domain takes mail' };
}

/**
 * Relaxed: of one organisation, which is taken to be so when one domain is the other or lies under it, or when both lie
 * under the same name of two labels or more below the last. Strict: the same.
 */
function aligned(one: string, other: string, strict: boolean): boolean {
  if (one === other) return true;
  if (strict) return false;
  return (
    one.endsWith(`.${other}`) ||
    other.endsWith(`.${one}`) ||
    (parent(one) === parent(other) && parent(one).includes('.'))
  );
}

function parent(domain: string): string {
  return domain.slice(domain.indexOf('.') + 1);
}
