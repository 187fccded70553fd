import { type IncomingMessage } from 'node:http';
import { callerOf, clientAddress, readTrustProxy } from '../../../src/platform/http/client-address';
import { TokenBuckets } from '../../../src/platform/http/token-buckets';

describe('TRUST_PROXY', () => {
  const seen = (trust: string, from: string, forwarded?: string): string => {
    const request = { headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress: from } };
    const read = readTrustProxy(trust);
    if (!read) throw new Error(`${trust} is refused`);
    return clientAddress(request as unknown as IncomingMessage, read);
  };

  it.each([
    ['none', '127.0.0.1', '1.2.3.4', '127.0.0.1'],
    ['loopback,private', '127.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['loopback,private', '::ffff:127.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['loopback,private', '10.1.2.3', '6.6.6.6, 1.2.3.4, 192.168.0.7', '1.2.3.4'],
    ['loopback,private', 'fd00::1', '2001:db8::9', '2001:db8::9'],
    ['loopback,private', '8.8.8.8', '1.2.3.4', '8.8.8.8'],
    ['loopback', '10.0.0.1', '1.2.3.4', '10.0.0.1'],
    ['8.8.8.0/24, 9.9.9.9', '8.8.8.8', '6.6.6.6,1.2.3.4,9.9.9.9', '1.2.3.4'],
    ['1', '8.8.8.8', '6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['2', '8.8.8.8', '6.6.6.6, 1.2.3.4', '6.6.6.6'],
    ['2', '8.8.8.8', undefined, '8.8.8.8'],
  ])('%s: from %s for %s it is %s', (trust, from, forwarded, client) => {
    expect(seen(trust, from, forwarded)).toBe(client);
  });

  it.each([
    '',
    'all',
    'true',
    '*',
    '0',
    '-1',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0.0/8/8',
    'loopback,proxy.example',
    '1.2.3',
  ])('%j is refused', (text) => {
    expect(readTrustProxy(text)).toBeUndefined();
  });
});

describe('whom a limit counts', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['2001:DB8:0:1::5', '2001:db8:0:1'],
    ['2001:db8:0:1:9:8:7:6', '2001:db8:0:1'],
    ['2001:db8::7', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s counts as %s', (address, caller) => {
    expect(callerOf(address)).toBe(caller);
  });
});

describe('a limit', () => {
  it('lets a minute’s worth through in a burst, then as much as comes in', () => {
    const limit = new TokenBuckets(60);
    for (let n = 0; n < 60; n++) expect(limit.take('a', 0)).toBe(0);
    expect(limit.take('a', 0)).toBe(1);
    expect(limit.take('b', 0)).toBe(0);
    expect(limit.take('a', 999)).toBe(1);
    expect(limit.take('a', 1_000)).toBe(0);
    expect(limit.take('a', 1_000)).toBe(1);
    expect(limit.look('a', 30_000)).toBe(0);
    for (let n = 0; n < 60; n++) expect(limit.take('a', 120_000)).toBe(0);
    expect(limit.take('a', 120_000)).toBe(1);
  });

  it('says how long to wait, and 0 is none', () => {
    const slow = new TokenBuckets(1);
    slow.take('a', 0);
    expect(slow.take('a', 0)).toBe(60);
    expect(slow.take('a', 45_500)).toBe(15);
    const none = new TokenBuckets(0);
    for (let n = 0; n < 1_000; n++) expect(none.take('a', 0)).toBe(0);
  });

  it('remembers as many callers as it may, and forgets who was not heard of for longest', () => {
    const limit = new TokenBuckets(1, 2);
    limit.take('a', 0);
    limit.take('b', 0);
    limit.take('a', 0);
    limit.take('c', 0);
    expect([limit.look('a', 0), limit.look('b', 0), limit.look('c', 0)]).toEqual([60, 0, 60]);
  });
});
