import fc from 'fast-check';

/** "Now" of the generated shop: a day after the clocks of Rome went forward. */
export const SHOP_NOW = new Date('2026-03-30T10:00:00.000Z');
const DAY_MS = 86_400_000;

/** Instants of the last 400 days, among them the very edges of common windows. */
export const pastInstant = fc.oneof(
  fc.integer({ min: 0, max: 400 * DAY_MS }).map((ms) => new Date(SHOP_NOW.getTime() - ms)),
  fc
    .tuple(fc.constantFrom(1, 7, 30, 90, 365), fc.integer({ min: -1, max: 1 }))
    .map(([days, ms]) => new Date(SHOP_NOW.getTime() - days * DAY_MS + ms)),
);

/** Texts that are compared with each other, with what tends to go wrong: quotes, wildcards, other alphabets. */
export const someText = fc.constantFrom(
  '',
  'it',
  'it-IT',
  'Roma',
  "L'Aquila",
  '100%',
  'caffè',
  'ß',
  '𝔘',
  'a_b',
  ' ',
  'true',
  '42',
);

/** Whatever a shop puts into an attribute. */
export const someJson = fc.oneof(
  someText,
  fc.constantFrom<unknown>(null, true, false, 0, -1, 42, 42.5, 1e308, 5e-324, 1e-5, [], {}, { a: 1 }, ['a', 42, null]),
  fc.constantFrom('42', '42.50', '-1', '007', '1e3', ' 42', '4'.repeat(40), 'false'),
  fc.constantFrom('2026-03-29', '2026-02-30', '2026-02-28', '1990-12-31', '2026-13-01', '2026-03-29T02:30:00+02:00'),
  fc.constantFrom('2026-03-30T10:00Z', '2026-03-29T10:00:00.123456Z', '2026-03-30T25:00:00Z', '2026-02-29T10:00:00Z'),
  fc.array(fc.oneof(someText, fc.integer({ min: 0, max: 50 }), fc.boolean()), { maxLength: 3 }),
);

export const ATTRIBUTES = ['city', 'points', 'address.city', "it's"] as const;
