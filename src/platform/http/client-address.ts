import { type IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4 } from 'node:net';

/** Whether the machine at `address`, `hop` steps before us, may say who is behind it. */
export type TrustProxy = (address: string, hop: number) => boolean;

/** Names for usual sets of addresses. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'],
};

/**
 * Reads TRUST_PROXY: `none`, a number of proxies that stand before us, or a list of `loopback`, `private`, addresses and
 * networks, separated by commas. Undefined for anything else.
 */
export function readTrustProxy(text: string): TrustProxy | undefined {
  const entries = text.split(',').map((entry) => entry.trim());
  if (text.trim() === 'none') return () => false;
  if (/^[1-9]\d?$/.test(text.trim())) return (_address, hop) => hop < Number(text);
  const trusted = new BlockList();
  for (const entry of entries.flatMap((one) => NAMED[one] ?? one)) {
    const [address = '', prefix, ...more] = entry.split('/');
    const [family, bits] = isIPv4(address) ? (['ipv4', 32] as const) : (['ipv6', 128] as const);
    const length = prefix === undefined ? bits : Number(prefix);
    if (isIP(address) === 0 || more.length > 0 || !/^\d{1,3}$/.test(prefix ?? '0') || length > bits) return undefined;
    trusted.addSubnet(address, length, family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}

/** {@link readTrustProxy} of a text that was found right when the configuration was read. */
export function trustOf(text: string): TrustProxy {
  const trust = readTrustProxy(text);
  if (!trust) throw new Error(`TRUST_PROXY cannot be ${text}`);
  return trust;
}

/**
 * Who is at the other end: the nearest address that is no proxy of ours. `X-Forwarded-For` is believed only as far as
 * trusted proxies wrote it; whatever the client itself put there is behind the first address that is not trusted.
 */
export function clientAddress(request: Pick<IncomingMessage, 'headers' | 'socket'>, trust: TrustProxy): string {
  const header = request.headers['x-forwarded-for'];
  const told = header === undefined ? [] : String(header).split(',').reverse();
  const chain = [request.socket.remoteAddress ?? '', ...told.map((one) => one.trim())];
  const nearest = chain.findIndex((address, hop) => !trust(address, hop));
  return chain[nearest === -1 ? chain.length - 1 : nearest] ?? '';
}

/** Whom a limit counts: an address, or the /64 of IPv6 that one subscriber has as a whole. */
export function callerOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').slice(0, 64);
  if (isIP(plain) !== 6) return plain;
  const [head = '', tail] = plain.split('%')[0]?.split('::') ?? [];
  const groups = head.split(':').filter(Boolean);
  const rest = tail?.split(':').filter(Boolean) ?? [];
  const whole = [...groups, ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest];
  return whole
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}
