import { WHOLE, type FactChange } from '../changed-facts';
import { type CustomerOp } from '../customers.types';
import { type CustomerState } from './customer-state';
import { type OpOutcome, type WorkingSet } from './working-set';

/** What a batch of ops made of the customers that it touched. */
export interface WorkedOff {
  set: WorkingSet;
  ops: readonly CustomerOp[];
  outcomes: readonly OpOutcome[];
  /** The customers as they were stored, by id. */
  before: ReadonlyMap<string, { email: string | null; deletedAt: Date | null }>;
  /** Records that others have become part of. */
  merged: ReadonlySet<string>;
}

/**
 * Which facts a batch changed, one change a customer: a record that is new, gone, back or merged is new in every way;
 * any other changed in its own fields. `withConsent`: consent holds for the address, so whoever shares one that a
 * changed record has or had is told too.
 */
export function announcedChanges(
  { set, ops, outcomes, before, merged }: WorkedOff,
  withConsent: boolean,
): FactChange[] {
  const { people } = set;
  const why = new Map<string, Pick<FactChange, 'cause' | 'starts'>>();
  ops.forEach((op, index) => {
    const id = outcomes[index]?.customerId;
    if (!id) return;
    const customerId = people.current(id);
    const own = reasonOf(op);
    if (!why.has(customerId) || own.starts) why.set(customerId, own);
  });
  const states = new Set([...people.changed].flatMap((id) => people.byId(id) ?? []));
  const emails = new Map<string, Pick<FactChange, 'cause' | 'starts'>>();
  const changes = [...states].map((state): FactChange => {
    const reason = merged.has(state.id)
      ? ({ cause: 'merge', starts: false } as const)
      : (why.get(state.id) ?? { cause: 'event', starts: false });
    const known = before.get(state.id);
    for (const email of [state.email, known?.email]) if (email) emails.set(email, reason);
    return { customerId: state.id, facts: isWhole(state, known, merged) ? WHOLE : 'customers', ...reason };
  });
  for (const { email, opIndex } of set.lifts) {
    const op = ops[opIndex];
    if (op) emails.set(email, reasonOf(op));
  }
  if (!withConsent) return changes;
  return [...changes, ...[...emails].map(([email, reason]) => ({ email, facts: 'consent', ...reason }))];
}

function reasonOf({ source, starts = true }: CustomerOp): Pick<FactChange, 'cause' | 'starts'> {
  return source.startsWith('import:') ? { cause: 'import', starts: false } : { cause: 'event', starts };
}

function isWhole(
  state: CustomerState,
  known: { deletedAt: Date | null } | undefined,
  merged: ReadonlySet<string>,
): boolean {
  return !known || merged.has(state.id) || (known.deletedAt === null) !== (state.deletedAt === null);
}
