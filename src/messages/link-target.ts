/** What a campaign adds to its links. */
export interface LinkParameters {
  source: string;
  medium: string;
  campaign: string;
}

/**
 * Where a click is sent: the link as the mail had it, octet for octet, with the campaign's parameters at the end of its
 * query. A link that already carries `utm_source` is left alone. Null for what is no web address. ASCII.
 */
export function linkTarget(url: string, parameters: LinkParameters | null): string | null {
  const safe = headerSafe(url);
  if (safe === null || parameters === null || /[?&]utm_source=/.test(safe)) return safe;
  const [address = '', ...fragment] = safe.split('#');
  const { source, medium, campaign } = parameters;
  const added = Object.entries({ source, medium, campaign }).map(
    ([name, value]) => `utm_${name}=${encodeURIComponent(value)}`,
  );
  const joint = !address.includes('?') ? '?' : /[?&]$/.test(address) ? '' : '&';
  return [`${address}${joint}${added.join('&')}`, ...fragment].join('#');
}

/** Only http and https, and only what a header can carry; what needs escaping is escaped as a browser would. */
function headerSafe(url: string): string | null {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return null;
  return /^[\x21-\x7e]+$/.test(url) ? url : new URL(url).href;
}
