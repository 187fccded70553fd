import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { discountText } from '../../../src/incentives/discount-text';
import { type Discount } from '../../../src/incentives/coupons.types';
import {
  CODE_ALPHABET,
  generateCodes,
  GENERATED_LENGTH,
  readCodes,
  readPrefix,
} from '../../../src/incentives/domain/coupon-codes';
import { readTerms, type SentDiscount } from '../../../src/incentives/domain/read-pool';

describe('generated codes', () => {
  it('have more than 60 random bits, of letters that nobody takes for one another', () => {
    expect(GENERATED_LENGTH * Math.log2(CODE_ALPHABET.length)).toBeGreaterThan(60);
    expect(new Set(CODE_ALPHABET).size).toBe(CODE_ALPHABET.length);
    for (const group of ['0O', '1IL', '2Z', '5S', '8B', 'UV'])
      expect(group.replace(new RegExp(`[^${CODE_ALPHABET}]`, 'g'), '').length).toBeLessThanOrEqual(1);
  });

  it('are all different and of that form', () => {
    fc.assert(
      fc.property(fc.constantFrom('', 'BACK-', 'A_1'), fc.integer({ min: 1, max: 400 }), (prefix, count) => {
        const codes = generateCodes(prefix, count, randomBytes);
        expect(new Set(codes).size).toBe(count);
        const form = new RegExp(`^${prefix}[${CODE_ALPHABET}]{${GENERATED_LENGTH}}$`);
        expect(codes.filter((code) => !form.test(code))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('use every letter equally often', () => {
    const letters = generateCodes('', 5_000, randomBytes).join('');
    const expected = letters.length / CODE_ALPHABET.length;
    for (const letter of CODE_ALPHABET)
      expect(Math.abs(letters.split(letter).length - 1 - expected)).toBeLessThan(expected * 0.12);
  });

  it('draw octets beyond the last whole alphabet again', () => {
    const octets = [255, 254, 253, ...Array.from({ length: GENERATED_LENGTH }, (_, i) => i)];
    expect(generateCodes('', 1, () => Uint8Array.from(octets))).toEqual([CODE_ALPHABET.slice(0, GENERATED_LENGTH)]);
  });
});

describe('codes of the shop', () => {
  it('are trimmed; each fault has its path, and what differs in case alone is the same', () => {
    const { codes, faults } = readCodes([' A-1 ', 'b', 'a-1', '', 7, 'x y', 'z'.repeat(65)]);
    expect(codes.slice(0, 2)).toEqual(['A-1', 'b']);
    expect(faults.map(({ path }) => path)).toEqual(['codes[2]', 'codes[3]', 'codes[4]', 'codes[5]', 'codes[6]']);
    expect(faults[0]?.message).toBe('is the same as codes[0]');
  });
  it.each([
    ['back-', 'BACK-'],
    ['', ''],
    ['a b', undefined],
    ['x'.repeat(17), undefined],
  ])('the prefix %j becomes %j', (prefix, read) => expect(readPrefix(prefix)).toBe(read));
});

describe('what a pool says', () => {
  const sent = { key: 'k', expiresAfter: 'P30D', whenExhausted: 'skip' as const, warnBelow: 0 };
  const faults = (discount: SentDiscount, change = {}): string[] => {
    const read = readTerms({ ...sent, discount, ...change }, 'EUR');
    return read.ok ? [] : read.faults.map(({ path }) => path);
  };
  it.each<[SentDiscount, string[]]>([
    [{ kind: 'percent', value: 10 }, []],
    [{ kind: 'percent', value: 0 }, ['discount.value']],
    [{ kind: 'percent', value: 101 }, ['discount.value']],
    [{ kind: 'percent', value: 10, currency: 'EUR' }, ['discount.currency']],
    [{ kind: 'amount', value: '5.00' }, []],
    [{ kind: 'amount', value: '-5' }, ['discount.value']],
    [{ kind: 'amount', value: '5', currency: 'XXY' }, ['discount.currency']],
    [{ kind: 'free_shipping' }, []],
    [{ kind: 'free_shipping', value: 1 }, ['discount.value']],
    [{ kind: 'gift', productExternalId: 'tea' }, []],
  ])('%j: %j', (discount, expected) => expect(faults(discount)).toEqual(expected));
  it('durations are durations', () =>
    expect(faults({ kind: 'gift' }, { expiresAfter: 'soon', remindBefore: 'P0D' })).toEqual([
      'expiresAfter',
      'remindBefore',
    ]));
});

describe('a discount in words', () => {
  it.each<[Discount, string, string]>([
    [{ kind: 'percent', value: 12.5 }, 'en', '12.5% off'],
    [{ kind: 'percent', value: 10 }, 'it-IT', '10% di sconto'],
    [{ kind: 'percent', value: 10 }, 'de', '10\u00a0%'],
    [{ kind: 'amount', value: '5.00', currency: 'EUR' }, 'en', '€5 off'],
    [{ kind: 'amount', value: '5.5', currency: 'EUR' }, 'it', '5,50\u00a0€ di sconto'],
    [{ kind: 'free_shipping' }, 'it', 'spedizione gratuita'],
    [{ kind: 'free_shipping' }, 'fr', 'free shipping'],
    [{ kind: 'gift' }, 'it', 'un omaggio'],
  ])('%j in %s is %j', (discount, locale, text) => expect(discountText(discount, locale)).toBe(text));
});
