import fc from 'fast-check';
import { fromMinor, isCurrency, minorDigits, parseMoney, toMinor } from '../../../src/kernel/money';

describe('money', () => {
  it.each([
    ['49.90', 'EUR', 4990],
    [49.9, 'EUR', 4990],
    ['1.005', 'EUR', 101],
    ['1.00499999', 'EUR', 100],
    [1.005, 'EUR', 101],
    ['0.5', 'JPY', 1],
    ['1234', 'JPY', 1234],
    ['1.2345', 'KWD', 1235],
    ['-1.005', 'EUR', -101],
    ['-0.001', 'EUR', 0],
    [1e-7, 'EUR', 0],
    ['0', 'EUR', 0],
  ] as const)('%s %s is %i minor units', (value, currency, minor) => {
    expect(parseMoney(value, currency)).toBe(minor);
  });
  it.each(['', ' 1', '1,00', '1e3', 'NaN', 'abc', '.5', '5.', '+1', '99999999999999999', '1_000', '١'])(
    '%s is none',
    (text) => {
      expect(parseMoney(text, 'EUR')).toBeUndefined();
      expect(() => toMinor(text, 'EUR')).toThrow(RangeError);
    },
  );
  it.each([NaN, Infinity, 1e21])('%s is none', (value) => expect(parseMoney(value, 'EUR')).toBeUndefined());
  it('writes the digits of the currency', () => {
    expect(fromMinor(4990, 'EUR')).toBe('49.90');
    expect(fromMinor(5, 'EUR')).toBe('0.05');
    expect(fromMinor(-5, 'EUR')).toBe('-0.05');
    expect(fromMinor(1234, 'JPY')).toBe('1234');
    expect(fromMinor(1, 'KWD')).toBe('0.001');
    expect([minorDigits('EUR'), minorDigits('JPY'), minorDigits('TND')]).toEqual([2, 0, 3]);
  });
  it('round-trips', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), fc.constantFrom('EUR', 'JPY', 'KWD'), (minor, currency) => {
        expect(parseMoney(fromMinor(minor, currency), currency)).toBe(minor);
      }),
    );
  });
  it('knows currencies', () => {
    expect(isCurrency('EUR')).toBe(true);
    expect(isCurrency('eur')).toBe(false);
    expect(isCurrency('ZZZ')).toBe(false);
  });
});
