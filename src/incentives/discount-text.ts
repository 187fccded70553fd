import { minorDigits } from '../kernel/money';
import { type Discount } from './coupons.types';

/** What goes with the figure, or stands for it, in the languages of the shipped mails. */
interface Words {
  off: (figure: string) => string;
  freeShipping: string;
  gift: string;
}

const WORDS: Readonly<Record<'en' | 'it', Words>> = {
  en: { off: (figure) => `${figure} off`, freeShipping: 'free shipping', gift: 'a gift' },
  it: { off: (figure) => `${figure} di sconto`, freeShipping: 'spedizione gratuita', gift: 'un omaggio' },
};

/**
 * A discount as a mail writes it: "10% off", "5,00 € di sconto", "free shipping", "un omaggio". In a language that we have
 * no words for: the bare figure as that language writes it, else English.
 */
export function discountText(discount: Discount, locale: string): string {
  const language = new Intl.Locale(locale).language;
  const words =
    language === 'it' || language === 'en' ? WORDS[language] : { ...WORDS.en, off: (figure: string) => figure };
  switch (discount.kind) {
    case 'percent':
      return words.off(
        new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(discount.value / 100),
      );
    case 'amount': {
      const { currency } = discount;
      // Whole amounts are written as people do: "€5 off".
      const digits = minorDigits(currency);
      const isWhole = Number.isInteger(Number(discount.value));
      const format = new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        minimumFractionDigits: isWhole ? 0 : digits,
        maximumFractionDigits: digits,
      });
      return words.off(format.format(Number(discount.value)));
    }
    case 'free_shipping':
      return words.freeShipping;
    case 'gift':
      return words.gift;
    default:
      return discount satisfies never;
  }
}

/** Whether a value is a discount of the form that is stored with a mail. */
export function isDiscount(value: unknown): value is Discount {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
