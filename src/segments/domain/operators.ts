import { type FactType } from '../../customers/facts';

/** The operators of `api.md` 5. */
export const OPERATORS = [
  'eq',
  'neq',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'notIn',
  'contains',
  'startsWith',
  'exists',
  'before',
  'after',
  'withinLast',
  'notWithinLast',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** Which operators a field of a type takes. */
export const OPERATORS_OF: Readonly<Record<FactType, readonly Operator[]>> = {
  text: ['eq', 'neq', 'in', 'notIn', 'contains', 'startsWith', 'exists'],
  choice: ['eq', 'neq', 'in', 'notIn', 'exists'],
  number: ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'notIn', 'exists'],
  money: ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'notIn', 'exists'],
  instant: ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'exists', 'before', 'after', 'withinLast', 'notWithinLast'],
  list: ['eq', 'neq', 'in', 'notIn', 'contains', 'startsWith', 'exists'],
  json: OPERATORS,
};

/** What an operator says, for the documentation. */
export const OPERATOR_MEANING: Readonly<Record<Operator, string>> = {
  eq: 'is equal to the value',
  neq: 'is not equal to it, or is missing',
  gt: 'is greater (for instants: later)',
  gte: 'is greater or equal',
  lt: 'is less (for instants: earlier)',
  lte: 'is less or equal',
  in: 'is one of the values (a list of 1 to 1,000)',
  notIn: 'is none of them, or is missing',
  contains: 'a text has the value in it; a list has it as an element',
  startsWith: 'begins with the value',
  exists: '`true`: there is a value; `false`: it is missing',
  before: 'is an instant before the value',
  after: 'is an instant after it',
  withinLast: 'lies within the duration that ends now, both ends included',
  notWithinLast: 'does not, or is missing',
};

export function isOperator(text: unknown): text is Operator {
  return typeof text === 'string' && (OPERATORS as readonly string[]).includes(text);
}
