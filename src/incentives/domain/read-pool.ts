import { parseDuration } from '../../kernel/duration';
import { type Fault } from '../../kernel/errors';
import { isUuid } from '../../kernel/ids';
import { isCurrency, parseMoney } from '../../kernel/money';
import { type Discount, type PoolTerms } from '../coupons.types';

/** A discount as it was sent. */
export interface SentDiscount {
  kind: Discount['kind'];
  value?: unknown;
  currency?: string;
  productExternalId?: string;
}

/** Terms as they were sent: of the right types, not yet looked at for what they mean. */
export interface SentTerms extends Omit<PoolTerms, 'discount' | 'name' | 'remindBefore'> {
  name?: string;
  discount: SentDiscount;
  remindBefore?: string | null;
}

const MAX_AMOUNT = 1_000_000;

/** The terms of a pool, or everything that is wrong with them. */
export function readTerms(
  sent: SentTerms,
  storeCurrency: string,
): { ok: true; terms: PoolTerms } | { ok: false; faults: Fault[] } {
  const faults: Fault[] = [];
  const discount = readDiscount(sent.discount, storeCurrency, faults);
  const { key, expiresAfter, whenExhausted, warnBelow } = sent;
  const remindBefore = sent.remindBefore ?? null;
  if (isUuid(key)) faults.push({ path: 'key', message: 'must not look like an id' });
  for (const [path, text] of Object.entries({ expiresAfter, remindBefore })) {
    if (text === null || parseDuration(text)) continue;
    faults.push({ path, message: 'must be an ISO 8601 duration such as P30D' });
  }
  if (!discount || faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    terms: { key, name: sent.name ?? key, discount, expiresAfter, whenExhausted, warnBelow, remindBefore },
  };
}

function readDiscount(sent: SentDiscount, storeCurrency: string, faults: Fault[]): Discount | undefined {
  const { kind, value, currency, productExternalId } = sent;
  const fault = (field: string, message: string): undefined => {
    faults.push({ path: `discount.${field}`, message });
    return undefined;
  };
  const foreign = (allowed: readonly string[]): boolean => {
    const given = Object.entries({ value, currency, productExternalId }).filter(([, one]) => one !== undefined);
    const strange = given.filter(([name]) => !allowed.includes(name));
    for (const [name] of strange) fault(name, `means nothing to a discount of the kind ${kind}`);
    return strange.length > 0;
  };
  switch (kind) {
    case 'percent': {
      if (foreign(['value'])) return undefined;
      const percent = typeof value === 'string' ? Number(value) : value;
      if (typeof percent !== 'number' || !(percent > 0 && percent <= 100))
        return fault('value', 'must be above 0 and at most 100');
      return { kind, value: percent };
    }
    case 'amount': {
      if (foreign(['value', 'currency'])) return undefined;
      const of = currency ?? storeCurrency;
      if (!isCurrency(of)) return fault('currency', 'must be an ISO 4217 code such as EUR');
      const isText = typeof value === 'string' || typeof value === 'number';
      const minor = isText ? parseMoney(value, of) : undefined;
      if (minor === undefined || minor <= 0 || Number(value) > MAX_AMOUNT)
        return fault('value', 'must be an amount above 0 such as "5.00"');
      return { kind, value: String(value), currency: of };
    }
    case 'free_shipping':
      return foreign([]) ? undefined : { kind };
    case 'gift':
      if (foreign(['productExternalId'])) return undefined;
      return productExternalId === undefined ? { kind } : { kind, productExternalId };
    default:
      return kind satisfies never;
  }
}
