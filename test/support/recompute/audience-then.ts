import { type FactReader } from '../../../src/customers/facts';
import { type Condition } from '../../../src/segments/domain/condition';
import { labelOf, leavesIn, shownValue } from '../../../src/segments/domain/condition-leaves';
import { evaluateCondition, type EvaluateOptions } from '../../../src/segments/domain/evaluate-condition';

/** Whether a person was in an audience, and what it looked at. */
export function audienceThen(
  condition: Condition,
  {
    reader,
    happenings,
    asOf,
    zone,
  }: { reader: FactReader; happenings: EvaluateOptions['happenings']; asOf: Date; zone: string },
): { holds: boolean; values: Record<string, unknown> } {
  const options: EvaluateOptions = {
    facts: reader,
    asOf,
    happenings,
    zone,
    segment: notKnown,
  };
  const shown = leavesIn(condition, notKnown).map((leaf) => [labelOf(leaf), shownValue(leaf, options, 'EUR')] as const);
  return { holds: evaluateCondition(condition, options), values: Object.fromEntries(shown) };
}

function notKnown(ref: string): never {
  throw new Error(`the recomputation does not know the segment ${ref}`);
}
