import { isIP } from 'node:net';
import { isLoopbackAddress, isPublicAddress } from './public-address';

const LONGEST = 2_000;

/** The host of an address as it can be resolved: IPv6 without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Whether a host names this machine by what is written. */
export function isLocalHost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || isLoopbackAddress(host);
}

/** Whether a host may be asked by what is written; what a name leads to is looked at when it is called. */
export function mayBeAsked(host: string, toLoopback: boolean): boolean {
  return isLocalHost(host) ? toLoopback : isIP(host) === 0 || isPublicAddress(host);
}

/** Whether the protocol will do: https, and http on this machine itself where that may be asked at all (tests). */
export function mayBeSpoken(url: URL, toLoopback: boolean): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && toLoopback && isLocalHost(hostOf(url)));
}

/** What is wrong with the address of a receiver; undefined when nothing is. */
export function receiverFault(text: string, toLoopback: boolean): string | undefined {
  if (text.length > LONGEST) return `must have ${LONGEST} characters at most`;
  if (!URL.canParse(text)) return 'is no address';
  const url = new URL(text);
  if (!mayBeSpoken(url, toLoopback)) return 'must be an https address';
  if (url.username !== '' || url.password !== '') return 'must not carry a name or password';
  if (url.hash !== '') return 'must not carry a fragment';
  const host = hostOf(url);
  return mayBeAsked(host, toLoopback) ? undefined : `${host} is not an address of the public internet`;
}
