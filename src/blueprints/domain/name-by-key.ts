/** Fields whose texts name something of the shop, in definitions as in conditions. */
const NAMING = new Set(['template', 'segment', 'campaign', 'survey']);

/**
 * The same JSON with what is named by id named by key, so that it means the same in another shop, and so that naming a
 * thing by its other name is no difference. `keys` leads from ids to keys.
 */
export function nameByKey<T>(value: T, keys: ReadonlyMap<string, string>): T {
  return walk(value, keys) as T;
}

function walk(value: unknown, keys: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, keys));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]: [string, unknown]) => [
      field,
      NAMING.has(field) && typeof inner === 'string' ? (keys.get(inner.toLowerCase()) ?? inner) : walk(inner, keys),
    ]),
  );
}

/** The texts that stand under `field` anywhere in a JSON value, each once: the segments that a condition names. */
export function namedIn(value: unknown, field: string): string[] {
  const found = new Set<string>();
  const visit = (inner: unknown): void => {
    if (Array.isArray(inner)) inner.forEach(visit);
    else if (typeof inner === 'object' && inner !== null) {
      for (const [name, part] of Object.entries(inner) as Array<[string, unknown]>) {
        if (name === field && typeof part === 'string') found.add(part);
        else visit(part);
      }
    }
  };
  visit(value);
  return [...found];
}

/** The campaigns to which a definition hands people over, in any depth of its steps. */
export function handOvers(definition: unknown): string[] {
  if (Array.isArray(definition)) return definition.flatMap(handOvers);
  if (typeof definition !== 'object' || definition === null) return [];
  const { kind, campaign } = definition as { kind?: unknown; campaign?: unknown };
  if (kind === 'enroll') return typeof campaign === 'string' ? [campaign] : [];
  return Object.values(definition).flatMap(handOvers);
}
