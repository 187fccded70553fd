import { receiverFault } from '../../../src/platform/outbox/receiver-address';
import { isSigningSecret, newSigningSecret } from '../../../src/platform/outbox/signing-secret';

describe('the address of a receiver', () => {
  it.each([
    ...['https://hooks.example.com/x?y=1', 'https://93.184.216.34:8443/'],
    'https://[2606:2800:220:1:248:1893:25c8:1946]/',
  ])('may be %s', (url) => expect(receiverFault(url, false)).toBeUndefined());

  it.each<[string, string]>([
    ['', 'is no address'],
    ['hooks.example.com', 'is no address'],
    ['http://hooks.example.com/', 'must be an https address'],
    ['ftp://hooks.example.com/', 'must be an https address'],
    ['https://user:word@hooks.example.com/', 'must not carry a name or password'],
    ['https://hooks.example.com/#x', 'must not carry a fragment'],
    [`https://hooks.example.com/${'x'.repeat(2000)}`, 'must have 2000 characters at most'],
    ...[
      'localhost',
      'x.localhost',
      '127.0.0.1',
      '[::1]',
      '10.0.0.1',
      '169.254.169.254',
      '0x7f.1',
      '[::ffff:10.0.0.1]',
    ].map((host): [string, string] => [`https://${host}/`, 'is not an address of the public internet']),
  ])('may not be %s', (url, fault) => expect(receiverFault(url, false)).toContain(fault));

  it('may be this machine, without encryption too, where that is allowed; nothing else private', () => {
    expect(receiverFault('http://127.0.0.1:9/', true)).toBeUndefined();
    expect(receiverFault('https://localhost:9/', true)).toBeUndefined();
    expect(receiverFault('http://hooks.example.com/', true)).toBeDefined();
    expect(receiverFault('https://192.168.0.1/', true)).toBeDefined();
  });
});

it('a secret of Standard Webhooks has its form', () => {
  expect(isSigningSecret(newSigningSecret())).toBe(true);
  for (const text of ['', 'whsec_', 'whsec_short', 'whsec_!!', `whsec_${'A'.repeat(400)}`]) {
    expect(isSigningSecret(text)).toBe(false);
  }
});
