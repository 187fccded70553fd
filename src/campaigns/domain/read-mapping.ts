import { type Fault } from '../../kernel/errors';
import { type StepMapping } from './plan-moves';
import { isObject } from './read-value';

/** The body of a change that moves people: a definition, and beside its fields the mapping of their steps. */
export interface MovingBody {
  definition: unknown;
  mapping: StepMapping;
  faults: Fault[];
}

/** Takes `mapping` out of a body; absent means that everybody finds their step by its name. */
export function readMapping(body: unknown): MovingBody {
  if (!isObject(body)) return { definition: body, mapping: {}, faults: [] };
  const { mapping = {}, ...definition } = body;
  if (!isObject(mapping)) {
    return { definition, mapping: {}, faults: [{ path: 'mapping', message: 'must be an object of step names' }] };
  }
  const faults = Object.entries(mapping).flatMap(([from, to]) =>
    typeof to === 'string' ? [] : [{ path: `mapping.${from}`, message: 'must be the name of a step, or exit' }],
  );
  return { definition, mapping: mapping as StepMapping, faults };
}
