import { maskAddresses } from '../../../src/access/domain/mask-addresses';
import { ABOUT_LINEAR, growth } from '../../support/growth';

const masked = (value: unknown): unknown => maskAddresses(value, (address) => `<${address.length}>`);

describe('what the audit log keeps of addresses', () => {
  it.each([
    ['Anna@Bottega.Example', '<20>'],
    ['mailto:anna@bottega.example?subject=x', 'mailto:<20>?subject=x'],
    ['user <anna@bottega.example>: unknown', 'user <<20>>: unknown'],
    ['jörg@müller.example, анна@почта.рф', '<19>, <13>'],
    ['https://shop.example/?to=anna+x@bottega.example&y=1', 'https://shop.example/?to=<22>&y=1'],
    ['<style>@media (max-width: 480px) {}</style> a @ b', '<style>@media (max-width: 480px) {}</style> a @ b'],
  ])('%s', (text, shown) => {
    expect(masked(text)).toBe(shown);
  });

  it('is masked at any depth, in names too; the rest stays', () => {
    const at = new Date(0);
    expect(masked({ all: [{ value: 'a@b.example', n: 1 }], 'a@b.example': null, at })).toEqual({
      all: [{ value: '<11>', n: 1 }],
      '<11>': null,
      at,
    });
  });

  it('takes linear time over what reads like the begin of an address', () => {
    const text = (size: number) => 'a'.repeat(2 * size) + '@'.repeat(2 * size) + 'a.'.repeat(size);
    expect(growth(text, 2_000, masked)).toBeLessThan(ABOUT_LINEAR);
  });
});
