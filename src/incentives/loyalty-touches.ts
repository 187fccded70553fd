import { type TierCause, type TouchRow } from './data/loyalty.sql';

/** Why an account is reckoned anew. */
export interface Touch {
  cause: TierCause;
  /** Whether what follows may start campaigns. */
  starts: boolean;
}

/** The customers whose accounts are reckoned, each once. */
export type Touches = ReadonlyMap<string, Touch>;

/** One touch a customer: what may start something outweighs what may not, the later the earlier. */
export function touchesOf(rows: readonly TouchRow[]): Touches {
  const touches = new Map<string, Touch>();
  for (const { customerId, cause, starts } of rows) {
    if (touches.get(customerId)?.starts && !starts) continue;
    touches.set(customerId, { cause, starts });
  }
  return touches;
}
