import fc from 'fast-check';
import { normaliseAddress } from '../../../src/kernel/address';

describe('normaliseAddress', () => {
  it.each([
    ['Anna@Example.COM', 'anna@example.com'],
    ['  anna.b+shop@mail.example.com ', 'anna.b+shop@mail.example.com'],
    ["o'neil@example.ie", "o'neil@example.ie"],
    ['post@Bücher.example', 'post@xn--bcher-kva.example'],
    ['post@xn--bcher-kva.example', 'post@xn--bcher-kva.example'],
    ['a@例え。テスト', 'a@xn--r8jz45g.xn--zckzah'],
    ['a@faß.de', 'a@xn--fa-hia.de'],
    ['Zoë@example.com', 'zoë@example.com'],
    ['zoe\u0308@Bücher.example', 'zoë@xn--bcher-kva.example'],
    ['用户.名@例え.テスト', '用户.名@xn--r8jz45g.xn--zckzah'],
  ])('%j becomes %j', (given, wanted) => {
    expect(normaliseAddress(given)).toBe(wanted);
  });

  it.each([
    '',
    'anna',
    '@example.com',
    'anna@',
    'anna@@example.com',
    'anna@b@example.com',
    'anna@localhost',
    'anna@127.0.0.1',
    'anna@[127.0.0.1]',
    'anna@1.2',
    'anna@example.com\r\nBcc: all@example.com',
    'anna@example.com\n',
    'anna\u0000@example.com',
    'an na@example.com',
    '"anna"@example.com',
    'Anna <anna@example.com>',
    'anna@example.com, berta@example.com',
    '.anna@example.com',
    'an..na@example.com',
    '\u212aarl@example.com',
    '\u0130van@example.com',
    'zo\u00a0ë@example.com',
    'zo\u200bë@example.com',
    'zoë\u202e@example.com',
    'zoë\ud800@example.com',
    '.zoë@example.com',
    `${'ë'.repeat(33)}@example.com`,
    'anna@-example.com',
    'anna@example..com',
    'anna@example.com.',
    'anna@ex_ample.com',
    'anna@ex%61mple.com',
    'anna@example.com:25',
    'anna@xn--a.com',
    `${'a'.repeat(65)}@example.com`,
    `anna@${'a'.repeat(64)}.com`,
    `anna@${'abcdefgh.'.repeat(30)}com`,
  ])('%j is refused', (given) => {
    expect(normaliseAddress(given)).toBeUndefined();
  });

  it('what it returns is safe in an envelope and normalises to itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary' }), fc.string()), (text) => {
        const address = normaliseAddress(text);
        if (address === undefined) return;
        expect(address).toMatch(/^[!-~\p{L}\p{M}\p{N}]+@[a-z0-9.-]+$/u);
        expect(address).not.toMatch(/[<>\s,;:"()[\]\\]/);
        expect(normaliseAddress(address)).toBe(address);
      }),
    );
  });
});
