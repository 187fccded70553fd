import { BlockList, isIP, isIPv4 } from 'node:net';

/** IPv4 that is not the public internet: RFC 6890 and its successors, documentation, multicast, the reserved rest. */
const NOT_PUBLIC_V4: ReadonlyArray<[string, number]> = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Of IPv6 only global unicast is public, without what is special in it: Teredo, ORCHID, documentation, 6to4. */
const NOT_PUBLIC_V6: ReadonlyArray<[string, number]> = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const blocked = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_V4) blocked.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of NOT_PUBLIC_V6) blocked.addSubnet(net, prefix, 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
/** Apart, because a list takes a mapped IPv4 address for the IPv4 in it. */
const loopback = { 4: new BlockList(), 6: new BlockList() };
loopback[4].addSubnet('127.0.0.0', 8, 'ipv4');
loopback[6].addAddress('::1', 'ipv6');

/**
 * Whether an IP address is one of the public internet: not private, loopback, link-local (where clouds keep their
 * metadata), shared, multicast or reserved. An IPv4 address written as IPv6 (mapped, translated, tunnelled) is not: what
 * is behind it is up to a network that we do not know. False for what is no IP address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !blocked.check(address, 'ipv4');
  if (isIP(address) !== 6 || address.includes('%')) return false;
  return globalUnicast.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
}

/** Whether it is this machine itself: 127.0.0.0/8 or ::1. */
export function isLoopbackAddress(address: string): boolean {
  if (isIPv4(address)) return loopback[4].check(address, 'ipv4');
  return isIP(address) === 6 && loopback[6].check(address, 'ipv6');
}
