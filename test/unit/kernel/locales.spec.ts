import { formatLocale, isLocale, pickLocale } from '../../../src/kernel/locales';

it.each([
  ['it-IT', 'it'],
  ['it_IT', 'it'],
  ['IT', 'it'],
  ['en-GB', 'en-GB'],
  ['en-gb-oxendict', 'en-GB'],
  ['en-US', 'en'],
  ['de', 'it'],
  [null, 'it'],
  ['', 'it'],
])('a customer with %s reads %s', (wanted, expected) => {
  expect(pickLocale(['it', 'en', 'en-GB'], wanted, 'it')).toBe(expected);
});

it('writes numbers as the customer does only where the language is the same', () => {
  expect(formatLocale('it', 'it-CH')).toBe('it-CH');
  expect(formatLocale('it', 'de-CH')).toBe('it');
  expect(formatLocale('en', 'en_us!')).toBe('en');
  expect(formatLocale('en', undefined)).toBe('en');
});

it('knows what a locale looks like', () => {
  expect(['it', 'it-IT', 'zh-Hant-TW'].every(isLocale)).toBe(true);
  expect(['', 'it_IT', 'italiano!', 'x'.repeat(40)].some(isLocale)).toBe(false);
});
