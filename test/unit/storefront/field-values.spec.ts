import fc from 'fast-check';
import { cleanJson } from '../../../src/storefront/domain/clean-json';
import { addDecimals, decimalText } from '../../../src/storefront/domain/decimal-text';
import { parseInstant } from '../../../src/storefront/domain/parse-instant';
import { parseJson } from '../../../src/storefront/domain/parse-json';

describe('instants', () => {
  test.each([
    ['2026-03-01T08:00:00.000Z', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01T10:00:00+02:00', '2026-03-01T08:00:00.000Z'],
    ['2019-01-01 00:00:00.000Z', '2019-01-01T00:00:00.000Z'],
    ['2026-03-01T08:00Z', '2026-03-01T08:00:00.000Z'],
    ['2024-02-29T00:00:00-0330', '2024-02-29T03:30:00.000Z'],
    ['2026-03-01T08:00:00.1239999Z', '2026-03-01T08:00:00.123Z'],
  ])('%s', (text, iso) => expect(parseInstant(text)?.toISOString()).toBe(iso));

  test.each([
    'yesterday',
    '2026-03-01',
    '2026-03-01T08:00:00',
    '2026-02-30T08:00:00Z',
    '2026-02-30T08:00:00.000Z',
    '1899-12-31T08:00:00.000Z',
    '2025-02-29T08:00:00Z',
    '2026-13-01T08:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T08:60:00Z',
    '2026-03-01T08:00:00+26:00',
    '0001-01-01T00:00:00Z',
    '',
  ])('%s does not exist', (text) => expect(parseInstant(text)).toBeUndefined());

  test('whatever a Date prints is read back', () => {
    const range = { min: new Date('1900-01-01T00:00:00Z'), max: new Date('2200-12-31T00:00:00Z'), noInvalidDate: true };
    fc.assert(fc.property(fc.date(range), (at) => parseInstant(at.toISOString())?.getTime() === at.getTime()));
  });
});

describe('decimals', () => {
  test.each([
    ['19.99', 4, '19.99'],
    [3, 4, '3'],
    ['3.33335', 4, '3.3334'],
    ['-0.00004', 4, '0'],
    ['-1.00005', 4, '-1.0001'],
    [0.1 + 0.2, 4, '0.3'],
    [1e-7, 4, '0'],
    ['+5', 0, '5'],
    ['4.5', 0, '5'],
  ])('%s to %d digits', (value, digits, text) => expect(decimalText(value, digits)).toBe(text));

  test.each(['much', '', '1,5', '1e5', NaN, Infinity, 1e30, null, {}, '0x10'])('%s is none', (value) =>
    expect(decimalText(value, 4)).toBeUndefined(),
  );

  test('sums are exact', () => {
    expect(addDecimals(['75.00', '10', '0.1', '0.2', '-0.3'])).toBe('85');
    expect(addDecimals(['-1.5', '0.25'])).toBe('-1.25');
    expect(addDecimals([])).toBeUndefined();
  });
});

describe('JSON', () => {
  test('64-bit ids keep all digits, other numbers stay numbers', () => {
    expect(parseJson('{"id":706405506930370084,"n":12,"x":1.5,"t":"1234567890123456789"}')).toEqual({
      id: '706405506930370084',
      n: 12,
      x: 1.5,
      t: '1234567890123456789',
    });
    expect(parseJson('{"id":9007199254740991}')).toEqual({ id: 9007199254740991 });
    expect(parseJson('{"id":-9007199254740993}')).toEqual({ id: '-9007199254740993' });
  });

  test('is as JSON.parse where no long number stands', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16,}/.test(text));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
    expect(() => parseJson('not json')).toThrow(SyntaxError);
  });

  test('free JSON is made storable or refused', () => {
    expect(cleanJson({ a: ['x', { b: '\ud800' }] })).toEqual({ ok: true, value: { a: ['x', { b: '\ufffd' }] } });
    expect(cleanJson({ a: '\u0000' })).toMatchObject({ ok: false });
    expect(cleanJson({ ['\u0000']: 1 })).toMatchObject({ ok: false });
    expect(cleanJson({ a: 'x'.repeat(40_000) })).toMatchObject({ ok: false });
    let deep: unknown = 1;
    for (let i = 0; i < 20; i++) deep = { deep };
    expect(cleanJson(deep)).toMatchObject({ ok: false });
  });
});
