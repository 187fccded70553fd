import { isLoopbackAddress, isPublicAddress } from '../../../src/platform/outbox/public-address';

describe('the addresses that outgoing requests may go to', () => {
  it.each(['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.1', '223.255.255.255'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  it.each(['2606:4700:4700::1111', '2a00:1450:4001:80b::200e', '2001:4860:4860::8888', '3ffe::1'])(
    '%s is public',
    (a) => expect(isPublicAddress(a)).toBe(true),
  );

  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '127.0.0.1', '127.255.255.254'],
    ...['169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.168.1.1', '192.0.0.192', '192.0.2.1'],
    ...['198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.9', '192.88.99.1', '224.0.0.1', '239.1.1.1'],
    ...['240.0.0.1', '255.255.255.255'],
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each([
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fc00::1', 'fd00:ec2::254', 'fdff::1', 'ff02::1', 'fec0::1'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::ffff:8.8.8.8'],
    ...['::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1', '2002:7f00:1::', '2002:0a00:0001::1'],
    ...['2001::1', '2001:0:1:2::3', '2001:10::1', '2001:20::1', '2001:db8::1', '3fff::1', '100::1', '5f00::1'],
    ...['2606:4700:4700::1111%eth0'],
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each([
    '',
    'localhost',
    'example.com',
    '127.1',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '[::1]',
    '1.1.1.1 ',
    ':::',
  ])('what is no address (%p) is not', (text) => expect(isPublicAddress(text)).toBe(false));

  it('knows this machine', () => {
    expect(['127.0.0.1', '127.8.9.1', '::1'].map(isLoopbackAddress)).toEqual([true, true, true]);
    expect(
      ['128.0.0.1', '::2', '::ffff:127.0.0.1', '::ffff:7f00:1', '0.0.0.0', 'localhost'].map(isLoopbackAddress),
    ).toEqual(Array.from({ length: 6 }, () => false));
  });
});
