/** How a helper may be called. */
export interface HelperSignature {
  /** `block`: only `{{#x}}...{{/x}}`. `value`: only `{{x ...}}` or `(x ...)`. `both`: either. */
  readonly form: 'block' | 'value' | 'both';
  readonly min: number;
  readonly max: number;
  /** Named arguments that it understands. */
  readonly named?: readonly string[];
  /** How many block parameters (`as |a b|`) it gives. */
  readonly blockParams?: number;
}

/** The helpers of the contract, and nothing else: a name that is not here cannot be called. */
export const HELPERS: Readonly<Record<string, HelperSignature>> = {
  if: { form: 'block', min: 1, max: 1, named: ['includeZero'] },
  unless: { form: 'block', min: 1, max: 1, named: ['includeZero'] },
  each: { form: 'block', min: 1, max: 1, blockParams: 2 },
  with: { form: 'block', min: 1, max: 1, blockParams: 1 },
  lookup: { form: 'value', min: 2, max: 2 },
  eq: { form: 'both', min: 2, max: 2 },
  ne: { form: 'both', min: 2, max: 2 },
  gt: { form: 'both', min: 2, max: 2 },
  lt: { form: 'both', min: 2, max: 2 },
  and: { form: 'both', min: 1, max: 10 },
  or: { form: 'both', min: 1, max: 10 },
  not: { form: 'both', min: 1, max: 1 },
  default: { form: 'value', min: 2, max: 2 },
  date: { form: 'value', min: 1, max: 2 },
  money: { form: 'value', min: 1, max: 2 },
};

/** What `date` takes as its second argument. */
export const DATE_STYLES = ['short', 'medium', 'long', 'full', 'time', 'datetime'] as const;
export type DateStyle = (typeof DATE_STYLES)[number];

export function signatureOf(name: string): HelperSignature | undefined {
  return Object.hasOwn(HELPERS, name) ? HELPERS[name] : undefined;
}
