import { type Fault } from '../../kernel/errors';
import { type PlanBasis } from '../blueprint.types';

/** What has changed since a plan was made: everything whose revision is another one now, as the plan names it. */
export function staleBasis(seen: PlanBasis, now: PlanBasis): Fault[] {
  return Object.keys({ ...seen, ...now })
    .filter((name) => (seen[name] ?? null) !== (now[name] ?? null))
    .sort()
    .map((name) => ({ path: `basis.${name}`, message: told(seen[name] ?? null, now[name] ?? null) }));
}

function told(seen: number | null, now: number | null): string {
  if (seen === null) return 'was made since the plan';
  if (now === null) return 'was deleted since the plan';
  return `was changed since the plan (revision ${seen}, now ${now})`;
}
