import { type FactHappening, isStorable } from '../../customers/facts';
import { parseDuration, type Duration } from '../../kernel/duration';
import { type Fault } from '../../kernel/errors';
import { type Catalogue } from './catalogue';
import { type Condition, type FieldCondition, type Test } from './condition';
import { isOperator, OPERATORS_OF, type Operator } from './operators';
import { OperandReader, type StoreMoneyAndZone } from './parse-operand';
import { weightOf } from './segment-graph';

/** Bounds within which a condition is executed; beyond them it is refused. */
export const LIMITS = { depth: 20, parts: 200, values: 1000, text: 1000, atLeast: 10_000 } as const;

export type Parsed = { ok: true; condition: Condition } | { ok: false; faults: Fault[] };

/**
 * Reads a condition (`api.md` 5) against the catalogue. All faults are told at once, each with its path below `base`
 * (`condition`, then `condition.all[1].value`).
 */
export function parseCondition(
  json: unknown,
  catalogue: Catalogue,
  store: StoreMoneyAndZone,
  base = 'condition',
): Parsed {
  const parser = new Parser(catalogue, store);
  const condition = parser.read(json, base, 1);
  return parser.faults.length === 0 && condition ? { ok: true, condition } : { ok: false, faults: parser.faults };
}

type Node = Record<string, unknown>;

const SHAPES: Readonly<Record<string, readonly string[]>> = {
  all: ['all'],
  any: ['any'],
  not: ['not'],
  segment: ['segment'],
  field: ['field', 'op', 'value', 'within'],
};

class Parser {
  readonly faults: Fault[] = [];
  private readonly kinds: readonly string[];
  private parts = 0;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly store: StoreMoneyAndZone,
  ) {
    this.kinds = [...Object.keys(SHAPES), ...catalogue.happenings.map(({ name }) => name)];
  }

  read(json: unknown, path: string, depth: number): Condition | undefined {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      return this.fault(path, `must be a condition: an object with ${this.kinds.join(', ')}`);
    }
    if (depth > LIMITS.depth) return this.fault(path, `is nested more than ${LIMITS.depth} deep`);
    if (!this.counts(1, path)) return undefined;
    const node = json as Node;
    const kinds = this.kinds.filter((kind) => Object.hasOwn(node, kind));
    const [kind] = kinds;
    if (kind === undefined) return this.fault(path, `must have one of ${this.kinds.join(', ')}`);
    if (kinds.length > 1) return this.fault(path, `says ${kinds.join(' and ')} at once; combine them with all or any`);
    const happening = this.catalogue.happenings.find(({ name }) => name === kind);
    const keys = happening ? [kind, ...happening.keys] : (SHAPES[kind] ?? []);
    const unknown = Object.keys(node).filter((key) => !keys.includes(key));
    for (const key of unknown) this.fault(`${path}.${key}`, 'is not a known field');
    if (happening) return this.happened(happening, node, path);
    switch (kind) {
      case 'all':
      case 'any':
        return this.list(kind, node[kind], `${path}.${kind}`, depth);
      case 'not': {
        const of = this.read(node.not, `${path}.not`, depth + 1);
        return of && { kind: 'not', of };
      }
      case 'segment':
        return this.segment(node.segment, `${path}.segment`);
      default:
        return this.field(node, path);
    }
  }

  private list(kind: 'all' | 'any', json: unknown, path: string, depth: number): Condition | undefined {
    if (!Array.isArray(json)) return this.fault(path, 'must be a list of conditions');
    if (kind === 'any' && json.length === 0)
      return this.fault(path, 'must have at least one condition, else nobody is meant');
    const parts = (json as unknown[]).slice(0, LIMITS.parts + 1);
    const of = parts.map((part, i) => this.read(part, `${path}[${i}]`, depth + 1));
    return of.every((part) => part !== undefined) ? { kind, of } : undefined;
  }

  private segment(json: unknown, path: string): Condition | undefined {
    if (typeof json !== 'string' || !/^[a-z0-9-]{1,64}$/.test(json)) {
      return this.fault(path, 'must be the key or the id of a segment');
    }
    return { kind: 'segment', ref: json };
  }

  private field(node: Node, path: string): Condition | undefined {
    const { field: name, op } = node;
    if (typeof name !== 'string') return this.fault(`${path}.field`, 'must be the name of a field');
    const found = name.length <= LIMITS.text && isStorable(name) ? this.catalogue.find(name) : undefined;
    if (!found) return this.fault(`${path}.field`, 'is not a field that exists');
    if (!isOperator(op)) return this.fault(`${path}.op`, 'is not an operator that exists');
    const { field } = found;
    if (!OPERATORS_OF[field.type].includes(op)) {
      return this.fault(`${path}.op`, `${name} takes ${OPERATORS_OF[field.type].join(', ')}`);
    }
    const within = this.within(node, name, field.windowed === true, path);
    const operand = new OperandReader(field, this.store, (at, message) => this.fault(`${path}.value${at}`, message));
    const read = testOf(op, node.value, operand);
    if (!read || within === 'wrong') return undefined;
    const condition: FieldCondition = { kind: 'field', name, field, negated: read.negated, test: read.test };
    if (found.key !== undefined) condition.key = found.key;
    if (within) condition.within = within;
    return this.counts(weightOf(condition) - 1, path) ? condition : undefined;
  }

  private happened(happening: FactHappening, node: Node, path: string): Condition | undefined {
    const filter = happening.read(node, (at, message) => this.fault(`${path}.${at}`, message));
    const within = this.within(node, happening.name, happening.keys.includes('within'), path);
    const atLeast = this.atLeast(node, path);
    if (!filter || within === 'wrong' || atLeast === undefined) return undefined;
    return { kind: 'happened', happening, filter, atLeast, ...(within ? { within } : {}) };
  }

  private atLeast(node: Node, path: string): number | undefined {
    const { atLeast = 1 } = node;
    const isRight = typeof atLeast === 'number' && Number.isInteger(atLeast) && atLeast >= 1;
    if (isRight && atLeast <= LIMITS.atLeast) return atLeast;
    return this.fault(`${path}.atLeast`, `must be a whole number from 1 to ${LIMITS.atLeast}`);
  }

  /** Counts parts; said once: the rest of an oversized condition is not even looked at. */
  private counts(parts: number, path: string): boolean {
    const before = this.parts;
    this.parts += parts;
    if (before <= LIMITS.parts && this.parts > LIMITS.parts) {
      this.fault(path, `the condition has more than ${LIMITS.parts} parts`);
    }
    return this.parts <= LIMITS.parts;
  }

  private within(node: Node, name: string, windowed: boolean, path: string): Duration | undefined | 'wrong' {
    if (!Object.hasOwn(node, 'within')) return undefined;
    if (!windowed) {
      this.fault(`${path}.within`, `${name} takes no window`);
      return 'wrong';
    }
    const within = typeof node.within === 'string' ? parseDuration(node.within) : undefined;
    if (within) return within;
    this.fault(`${path}.within`, 'must be a duration such as P90D');
    return 'wrong';
  }

  private fault(path: string, message: string): undefined {
    this.faults.push({ path, message });
    return undefined;
  }
}

/** The positive test that an operator stands for, and whether it is negated. */
function testOf(op: Operator, value: unknown, operand: OperandReader): { negated: boolean; test: Test } | undefined {
  switch (op) {
    case 'eq':
    case 'neq': {
      const one = operand.scalar(value);
      return one === undefined ? undefined : { negated: op === 'neq', test: { is: 'oneOf', values: [one] } };
    }
    case 'in':
    case 'notIn': {
      const values = operand.list(value, LIMITS.values);
      return values && { negated: op === 'notIn', test: { is: 'oneOf', values } };
    }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const bound = operand.bound(value);
      return bound === undefined ? undefined : { negated: false, test: { is: COMPARISON[op], value: bound } };
    }
    case 'before':
    case 'after': {
      const instant = operand.instant(value);
      return instant && { negated: false, test: { is: COMPARISON[op], value: instant } };
    }
    case 'contains':
    case 'startsWith': {
      const text = operand.text(value);
      return text === undefined ? undefined : { negated: false, test: { is: op, text } };
    }
    case 'exists': {
      const wanted = operand.truth(value);
      return wanted === undefined ? undefined : { negated: !wanted, test: { is: 'present' } };
    }
    case 'withinLast':
    case 'notWithinLast': {
      const last = operand.duration(value);
      return last && { negated: op === 'notWithinLast', test: { is: 'withinLast', last } };
    }
    default:
      return op satisfies never;
  }
}

const COMPARISON = {
  gt: 'above',
  gte: 'atLeast',
  lt: 'below',
  lte: 'atMost',
  before: 'below',
  after: 'above',
} as const;
