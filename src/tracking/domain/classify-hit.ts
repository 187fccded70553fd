import { isbot } from 'isbot';

/**
 * Raise it whenever a rule here or in `judge-hits.ts` changes: hits keep the version that judged them, so that old ones can
 * be judged anew.
 */
export const RULE_VERSION = 2;

/** Longest part of a user agent that is looked at and kept. */
export const USER_AGENT_LIMIT = 512;

/** What is known of a request. */
export interface HitRequest {
  method: string;
  userAgent: string | undefined;
  /** `Sec-Purpose`, `Purpose`, `X-Purpose` or `X-Moz`, whichever was sent. */
  purpose: string | undefined;
}

/**
 * Proxies of mailbox providers, which fetch pictures on their own account: from an open that comes through one it cannot
 * be told whether a person was there. Apple's (it says `Mozilla/5.0` and nothing else) fetches every mail that arrives;
 * Google's and Yahoo's fetch when the mail is shown, but once for many, and ahead of time when they please. So they are
 * kept as machines, each under its own name: a reader who wants to count Gmail's as people can, the hits are all there.
 */
const MAIL_PROXIES: ReadonlyArray<readonly [string, RegExp]> = [
  ['apple_mail_privacy', /^Mozilla\/5\.0$/],
  ['google_image_proxy', /GoogleImageProxy|ggpht\.com/i],
  ['yahoo_mail_proxy', /YahooMailProxy|YMailImageProxy/i],
  [
    'mail_proxy',
    /\b(?:mail|image|img)[ _-]?proxy\b|OutlookImageProxy|EmailProxy|FastmailImageProxy|ProtonMailImageProxy/i,
  ],
];

/** Filters that open links before a mailbox does, and say so in words that a list of crawlers does not have. */
const LINK_SCANNERS =
  /\b(?:Barracuda|Mimecast|Proofpoint|ZScaler|SafeLinks|Symantec|MessageLabs|TrendMicro|FireEye|Forcepoint|Sophos)\b/i;

/**
 * The rule by which a request is a machine's, or null for a person's. Rules in the order of their certainty:
 * `head` (no mail program asks with HEAD), `prefetch` (the browser says that nobody looked), `no_user_agent`, the mail
 * proxies by name, `link_scanner`, `crawler` (the list of the isbot package).
 */
export function machineRule(request: HitRequest, ofUserAgent = userAgentRule): string | null {
  if (request.method === 'HEAD') return 'head';
  if (request.purpose !== undefined && /prefetch|preview|prerender/i.test(request.purpose)) return 'prefetch';
  const userAgent = request.userAgent?.trim() ?? '';
  if (userAgent === '') return 'no_user_agent';
  return ofUserAgent(userAgent.slice(0, USER_AGENT_LIMIT));
}

/** The part of {@link machineRule} that looks at the user agent alone; the answer may be remembered. */
export function userAgentRule(userAgent: string): string | null {
  const proxy = MAIL_PROXIES.find(([, pattern]) => pattern.test(userAgent));
  if (proxy) return proxy[0];
  if (LINK_SCANNERS.test(userAgent)) return 'link_scanner';
  return isbot(userAgent) ? 'crawler' : null;
}
