import { type FieldFact } from './customer-state';

/** A statement about a field of a customer. */
export type Statement = FieldFact & { customerId: string };

/** All that the event said by which a customer became known to us. */
export interface FirstWords {
  customerId: string;
  at: Date;
  eventId: string;
  /** By field. */
  said: Record<string, unknown>;
}

/**
 * Parts the statements of a batch: those by which new customers became known, together, and the others. What one event
 * says twice of a field it says once: the last time holds.
 *
 * @param statements in the order in which they were made
 */
export function partFirstWords(
  statements: readonly Statement[],
  isNew: (customerId: string) => boolean,
): { first: FirstWords[]; others: Statement[] } {
  const first = new Map<string, FirstWords>();
  const others: Statement[] = [];
  for (const statement of statements) {
    const { customerId, at, eventId, field, value } = statement;
    let words = first.get(customerId);
    if (!words && isNew(customerId)) first.set(customerId, (words = { customerId, at, eventId, said: {} }));
    if (words?.eventId === eventId && words.at.getTime() === at.getTime()) words.said[field] = value ?? null;
    else others.push(statement);
  }
  return { first: [...first.values()], others };
}
