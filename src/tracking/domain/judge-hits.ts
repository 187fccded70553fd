import { HIDDEN_LINK } from '../../messages/hidden-link';
import { machineRule, userAgentRule } from './classify-hit';
import { isMailboxProvider } from './mailbox-providers';

/** All links of a mail, or mails of one domain, within so many ms: nobody reads as fast. */
export const BURST_MS = 2_000;
/** Two links within so many ms of the handing over: no mailbox shows a mail, and no person reads it, as fast. */
export const DELIVERY_MS = 5_000;
/** Recipients of one domain that make a burst. */
const BURST_RECIPIENTS = 3;

/** A hit as it is kept, to be judged with those around it. */
export interface KeptHit {
  id: string;
  messageId: string;
  kind: 'open' | 'click';
  linkIndex: number | null;
  at: Date;
  /** Null: none was sent, or the person was erased. */
  userAgent: string | null;
  method: string;
  /** The standing verdict. */
  rule: string | null;
}

/** What has to be known of the mail of a hit. */
export interface HitMail {
  id: string;
  sentAt: Date | null;
  /** How many links people can see in it. */
  links: number;
  /** Domain of its recipient, null when it is not known any more. */
  domain: string | null;
}

/** The verdict on a hit: a rule makes it a machine's, null a person's. */
export type Verdicts = Map<string, string | null>;

/**
 * Judges hits by themselves and by what stands around them. Pure: the same hits give the same verdicts whenever it is
 * asked, so that it serves what has just come in and what is years old. `hits` must hold all opens and clicks of each mail
 * that is named in it, and the clicks on other mails to the same domains within {@link BURST_MS}.
 *
 * By what stands around them, in the order of certainty:
 * - `hidden_link`: a link that no person sees was followed, and what the same client did with the mail within two seconds
 * - `all_links`: every link of a mail within two seconds
 * - `soon_after_delivery`: two links or more within five seconds after the server took the mail
 * - `domain_burst`: three recipients of one domain or more within two seconds, by one client; where the domain is a
 *   provider of mailboxes, on two links of each mail
 *
 * Rules that look at the clock ask for two different links at least, and say nothing about hits of one instant: on a clock
 * that stands still everything is of one instant.
 */
export function judgeHits(hits: readonly KeptHit[], mails: ReadonlyMap<string, HitMail>): Verdicts {
  const verdicts: Verdicts = new Map(hits.map((hit) => [hit.id, ownRule(hit)]));
  const people = hits.filter((hit) => verdicts.get(hit.id) === null);
  const give = (found: Iterable<KeptHit>, rule: string): void => {
    for (const hit of found) if (verdicts.get(hit.id) === null) verdicts.set(hit.id, rule);
  };
  const byMail = groupBy(people, (hit) => hit.messageId);
  for (const ofMail of byMail.values()) give(aroundHiddenLink(ofMail), 'hidden_link');
  for (const [id, ofMail] of byMail) give(allLinksAtOnce(ofMail, mails.get(id)), 'all_links');
  for (const [id, ofMail] of byMail) give(soonAfterDelivery(ofMail, mails.get(id)), 'soon_after_delivery');
  give(domainBursts(people, mails), 'domain_burst');
  return verdicts;
}

/** The verdict on the request alone. What was not kept of it (the purpose, an erased user agent) stays as it was judged. */
function ownRule({ method, userAgent, rule }: KeptHit): string | null {
  if (rule === 'prefetch') return rule;
  if (userAgent === null && rule !== 'no_user_agent') return AROUND.has(rule ?? '') ? null : rule;
  return machineRule({ method, userAgent: userAgent ?? undefined, purpose: undefined }, userAgentRule);
}

const AROUND: ReadonlySet<string> = new Set(['hidden_link', 'all_links', 'soon_after_delivery', 'domain_burst']);

function aroundHiddenLink(ofMail: readonly KeptHit[]): KeptHit[] {
  const traps = ofMail.filter((hit) => hit.linkIndex === HIDDEN_LINK);
  const near = (hit: KeptHit): boolean =>
    traps.some((trap) => trap.userAgent === hit.userAgent && Math.abs(ms(trap) - ms(hit)) <= BURST_MS);
  return ofMail.filter((hit) => hit.linkIndex === HIDDEN_LINK || near(hit));
}

function allLinksAtOnce(ofMail: readonly KeptHit[], mail: HitMail | undefined): KeptHit[] {
  if (!mail || mail.links < 2) return [];
  const found = new Set<KeptHit>();
  for (const window of windowsOf(ofMail.filter(isClick), BURST_MS))
    if (linksIn(window) >= mail.links && lasts(window)) for (const hit of window) found.add(hit);
  return withOpens(ofMail, [...found]);
}

function soonAfterDelivery(ofMail: readonly KeptHit[], mail: HitMail | undefined): KeptHit[] {
  const sent = mail?.sentAt?.getTime();
  if (sent === undefined) return [];
  const soon = ofMail.filter((hit) => isClick(hit) && ms(hit) > sent && ms(hit) <= sent + DELIVERY_MS);
  return linksIn(soon) >= 2 && lasts(soon) ? withOpens(ofMail, soon) : [];
}

function domainBursts(people: readonly KeptHit[], mails: ReadonlyMap<string, HitMail>): KeptHit[] {
  const clicks = people.filter((hit) => isClick(hit) && hit.userAgent !== null && mails.get(hit.messageId)?.domain);
  const clients = groupBy(clicks, (hit) => `${mails.get(hit.messageId)?.domain ?? ''}\n${hit.userAgent ?? ''}`);
  const found = new Set<KeptHit>();
  for (const [client, ofClient] of clients) {
    const needed = isMailboxProvider(client.slice(0, client.indexOf('\n'))) ? 2 : 1;
    for (const window of windowsOf(ofClient, BURST_MS)) {
      const wide = [...groupBy(window, (hit) => hit.messageId).values()].filter((of) => linksIn(of) >= needed);
      const burst = wide.flat();
      if (wide.length >= BURST_RECIPIENTS && linksIn(burst) >= 2 && lasts(burst))
        for (const hit of burst) found.add(hit);
    }
  }
  return [...found];
}

/** The longest runs of hits that lie within `length` ms, each hit's own. */
function windowsOf(hits: readonly KeptHit[], length: number): KeptHit[][] {
  const sorted = [...hits].sort((a, b) => ms(a) - ms(b));
  let end = 0;
  return sorted.map((first, start) => {
    while (end < sorted.length && ms(sorted[end] as KeptHit) <= ms(first) + length) end++;
    return sorted.slice(start, end);
  });
}

/** Opens by the clients of these clicks, at the same time. */
function withOpens(ofMail: readonly KeptHit[], clicks: readonly KeptHit[]): KeptHit[] {
  const same = (open: KeptHit): boolean =>
    clicks.some((click) => click.userAgent === open.userAgent && Math.abs(ms(click) - ms(open)) <= BURST_MS);
  return [...clicks, ...(clicks.length === 0 ? [] : ofMail.filter((hit) => hit.kind === 'open' && same(hit)))];
}

const ms = (hit: KeptHit): number => hit.at.getTime();
const isClick = (hit: KeptHit): boolean => hit.kind === 'click' && hit.linkIndex !== HIDDEN_LINK;
const linksIn = (hits: readonly KeptHit[]): number => new Set(hits.map((hit) => hit.linkIndex)).size;

function lasts(hits: readonly KeptHit[]): boolean {
  return new Set(hits.map(ms)).size > 1;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
