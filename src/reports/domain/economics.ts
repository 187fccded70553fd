import { type Fault } from '../../kernel/errors';

/** What the shop earns and what a mail costs it (`api.md` 7). */
export interface Economics {
  /** Share of revenue that is left after goods, (0, 1]; null: not told, and then there is no profit. */
  grossMargin: number | null;
  /** In units of the store's currency; null: not told, taken for 0. */
  costPerEmail: number | null;
}

export const NO_ECONOMICS: Economics = { grossMargin: null, costPerEmail: null };

const FIELDS = ['grossMargin', 'costPerEmail'];
const DEAREST_MAIL = 1_000;

/** Reads the body of `PUT /settings/economics`: the setting, and every fault with its path. What is left out is null. */
export function readEconomics(body: unknown): { setting: Economics; faults: Fault[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { setting: NO_ECONOMICS, faults: [{ path: '', message: 'must be an object' }] };
  }
  const faults: Fault[] = Object.keys(body)
    .filter((name) => !FIELDS.includes(name))
    .map((path) => ({ path, message: 'is not known' }));
  const { grossMargin = null, costPerEmail = null } = body as Record<string, unknown>;
  const margin = numberOf(grossMargin);
  const cost = numberOf(costPerEmail);
  if (grossMargin !== null && !(margin !== null && margin > 0 && margin <= 1)) {
    faults.push({ path: 'grossMargin', message: 'must be a number above 0 and up to 1, or null' });
  }
  if (costPerEmail !== null && !(cost !== null && cost >= 0 && cost <= DEAREST_MAIL)) {
    faults.push({ path: 'costPerEmail', message: `must be an amount from 0 to ${DEAREST_MAIL}, or null` });
  }
  return { setting: { grossMargin: margin, costPerEmail: cost }, faults };
}

/** Money comes as numbers and as decimal strings. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : null;
}
