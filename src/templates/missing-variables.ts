import { ALWAYS_PROVIDED } from './domain/variable-scope';

/**
 * Those of a template's variables that will be empty, because neither the trigger nor the step provides their group
 * (`order`, `event`, `recommendations`, `coupon`, `survey`). `provided` holds first-level names; what every mail has
 * need not be named.
 */
export function missingVariables(variables: readonly string[], provided: ReadonlySet<string>): string[] {
  return variables.filter((name) => {
    const group = name.split(/[.[]/, 1)[0] ?? name;
    return !ALWAYS_PROVIDED.has(group) && !provided.has(group);
  });
}
