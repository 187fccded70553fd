import { type Condition, type Leaf, walk } from './condition';

/** A segment as the graph of references sees it. */
export interface GraphSegment {
  id: string;
  key: string;
  condition: Condition;
}

/** Once every segment is written out in place, a condition has at most so many parts. */
const MAX_EXPANDED_PARTS = 2000;

/** How many parts a leaf counts for: a long list of values is as much work as several conditions. */
export function weightOf(leaf: Leaf): number {
  const values = leaf.kind === 'field' && leaf.test.is === 'oneOf' ? leaf.test.values.length : 0;
  return 1 + Math.floor(values / 100);
}

/** The refs that stand in a condition, in their order, each once. */
export function segmentRefs(condition: Condition): string[] {
  const refs = new Set<string>();
  walk(condition, (leaf) => {
    if (leaf.kind === 'segment') refs.add(leaf.ref);
  });
  return [...refs];
}

/** The segments by both of their names. */
export function segmentIndex<S extends { id: string; key: string }>(segments: readonly S[]): Map<string, S> {
  return new Map(segments.flatMap((segment) => [[segment.id, segment] as const, [segment.key, segment] as const]));
}

/**
 * The circle that a segment is part of, by keys (`a`, `b`, `a`), or undefined. `segments` holds the segment with the
 * condition it is to have.
 */
export function findCycle(start: GraphSegment, segments: readonly GraphSegment[]): string[] | undefined {
  const index = segmentIndex(segments);
  const cleared = new Set<string>();
  const search = (segment: GraphSegment, path: readonly GraphSegment[]): string[] | undefined => {
    if (path.includes(segment)) {
      return segment === start ? [...path, segment].map(({ key }) => key) : undefined;
    }
    if (cleared.has(segment.id)) return undefined;
    for (const ref of segmentRefs(segment.condition)) {
      const next = index.get(ref);
      const cycle = next && search(next, [...path, segment]);
      if (cycle) return cycle;
    }
    cleared.add(segment.id);
    return undefined;
  };
  return search(start, []);
}

/** How many parts a condition has with every segment written out; Infinity beyond {@link MAX_EXPANDED_PARTS}. */
export function expandedParts(condition: Condition, index: ReadonlyMap<string, GraphSegment>): number {
  const known = new Map<string, number>();
  const count = (part: Condition): number => {
    switch (part.kind) {
      case 'all':
      case 'any':
        return part.of.reduce((sum, one) => sum + count(one), 1);
      case 'not':
        return 1 + count(part.of);
      case 'field':
      case 'happened':
        return weightOf(part);
      case 'segment': {
        const segment = index.get(part.ref);
        if (!segment) return 1;
        const size = known.get(segment.id) ?? count(segment.condition);
        known.set(segment.id, size);
        return size;
      }
      default:
        return part satisfies never;
    }
  };
  const parts = count(condition);
  return parts > MAX_EXPANDED_PARTS ? Infinity : parts;
}
