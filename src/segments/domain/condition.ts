import { type FactField, type FactHappening, type HappeningFilter } from '../../customers/facts';
import { type Duration } from '../../kernel/duration';

/** What a value is compared with, already in the form in which the field is read (money in minor units). */
export type Operand = string | number | boolean | Date;

/**
 * The positive tests: each is false for a missing value. `neq`, `notIn`, `notWithinLast` and `exists: false` are the
 * negation of one, which is why a missing value passes exactly them.
 */
export type Test =
  | { is: 'oneOf'; values: readonly Operand[] }
  | { is: 'above' | 'atLeast' | 'below' | 'atMost'; value: number | Date }
  | { is: 'contains' | 'startsWith'; text: string }
  | { is: 'present' }
  | { is: 'withinLast'; last: Duration };

/** A condition that has been read and found right. */
export type Condition =
  | { kind: 'all' | 'any'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }
  | { kind: 'segment'; ref: string }
  | FieldCondition
  | HappenedCondition;

export interface FieldCondition {
  kind: 'field';
  /** As written: `attributes.city`. */
  name: string;
  field: FactField;
  /** What stands for the star of a family. */
  key?: string;
  negated: boolean;
  test: Test;
  within?: Duration;
}

/** At least so many happenings of a kind in a window that ends now. */
export interface HappenedCondition {
  kind: 'happened';
  happening: FactHappening;
  filter: HappeningFilter;
  atLeast: number;
  within?: Duration;
}

/** What stands at the ends of a condition and asks for facts. */
export type Leaf = FieldCondition | HappenedCondition;

/** Calls `visit` with every leaf and segment that the condition asks for, those in `all`, `any` and `not` included. */
export function walk(condition: Condition, visit: (leaf: Leaf | { kind: 'segment'; ref: string }) => void): void {
  switch (condition.kind) {
    case 'all':
    case 'any':
      for (const part of condition.of) walk(part, visit);
      return;
    case 'not':
      walk(condition.of, visit);
      return;
    case 'segment':
    case 'field':
    case 'happened':
      visit(condition);
      return;
    default:
      condition satisfies never;
  }
}
