import { WHOLE } from '../../customers/changed-facts';
import { type Condition, type Leaf, walk } from './condition';

/** The consent in force turns on the address too, so its changes are told by a name of their own. */
const CONSENT = 'consent';
const CONSENT_FIELD = 'consent.status';

/**
 * Which facts a condition asks about, in the names by which changes of facts are announced: whoever keeps the members of
 * a segment has to hear of these, and of no others.
 *
 * @param segment the condition of a segment, by what stands in `{ segment }`
 * @param sourceOf the name of the source of facts that a field or a kind of happening belongs to
 */
export function askedFacts(
  condition: Condition,
  segment: (ref: string) => Condition,
  sourceOf: (name: string) => string,
): Set<string> {
  const asked = new Set<string>([WHOLE]);
  const seen = new Set<string>();
  const collect = (part: Condition): void =>
    walk(part, (leaf) => {
      if (leaf.kind === 'segment') {
        if (seen.has(leaf.ref)) return;
        seen.add(leaf.ref);
        collect(segment(leaf.ref));
      } else {
        for (const facts of factsOf(leaf, sourceOf)) asked.add(facts);
      }
    });
  collect(condition);
  return asked;
}

function factsOf(leaf: Leaf, sourceOf: (name: string) => string): string[] {
  switch (leaf.kind) {
    case 'field': {
      const { name, toldAs } = leaf.field;
      return [...(toldAs ?? [sourceOf(name)]), ...(leaf.name === CONSENT_FIELD ? [CONSENT] : [])];
    }
    case 'happened': {
      const { happening, filter } = leaf;
      return [...(happening.toldAs?.(filter) ?? [sourceOf(happening.name)])];
    }
    default:
      return leaf satisfies never;
  }
}
