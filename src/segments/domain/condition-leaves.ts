import { formatDuration } from '../../kernel/duration';
import { type Fault } from '../../kernel/errors';
import { fromMinor } from '../../kernel/money';
import { type Condition, type Leaf, walk } from './condition';
import { type EvaluateOptions, timesHappened, valueOf } from './evaluate-condition';
import { expandedParts, type GraphSegment } from './segment-graph';

/** What asks for facts in a condition, in its segments too. */
export function leavesIn(condition: Condition, segment: (ref: string) => Condition): Leaf[] {
  const leaves: Leaf[] = [];
  const seen = new Set<string>();
  const collect = (part: Condition): void =>
    walk(part, (leaf) => {
      if (leaf.kind !== 'segment') {
        leaves.push(leaf);
      } else if (!seen.has(leaf.ref)) {
        seen.add(leaf.ref);
        collect(segment(leaf.ref));
      }
    });
  collect(condition);
  return leaves;
}

/** What a leaf asks for: the name of a field, or of a kind of happening. */
export function nameOf(leaf: Leaf): string {
  return leaf.kind === 'field' ? leaf.name : leaf.happening.name;
}

/** How a value is named where decisions are explained. */
export function labelOf(leaf: Leaf): string {
  const name = leaf.kind === 'field' ? leaf.name : leaf.happening.label(leaf.filter);
  return leaf.within ? `${name} within ${formatDuration(leaf.within)}` : name;
}

/** A value as it is shown: amounts as decimal text in the currency, instants as ISO text, happenings by their number. */
export function shownValue(leaf: Leaf, options: EvaluateOptions, currency: string): unknown {
  if (leaf.kind === 'happened') return timesHappened(leaf, options);
  const value = valueOf(leaf, options);
  if (value instanceof Date) return value.toISOString();
  return leaf.field.type === 'money' && typeof value === 'number' ? fromMinor(Math.round(value), currency) : value;
}

/** What is wrong about the segments that a condition refers to: unknown ones, and too much of them. */
export function segmentFaults(
  condition: Condition,
  json: unknown,
  base: string,
  index: ReadonlyMap<string, GraphSegment>,
): Fault[] {
  const unknown = refPaths(json, base)
    .filter(({ ref }) => !index.has(ref))
    .map(({ path, ref }) => ({ path, message: `the segment ${ref} does not exist` }));
  if (unknown.length > 0) return unknown;
  return expandedParts(condition, index) === Infinity
    ? [{ path: base, message: 'is too large with all the segments that it refers to' }]
    : [];
}

/** Where segments are referred to in a condition that was read without a fault. */
function refPaths(json: unknown, path: string): Array<{ path: string; ref: string }> {
  const { all, any, not, segment } = json as { all?: unknown[]; any?: unknown[]; not?: unknown; segment?: string };
  if (segment !== undefined) return [{ path: `${path}.segment`, ref: segment }];
  if (not !== undefined) return refPaths(not, `${path}.not`);
  const [kind, parts] = all ? ['all', all] : ['any', any ?? []];
  return parts.flatMap((part, i) => refPaths(part, `${path}.${kind}[${i}]`));
}
