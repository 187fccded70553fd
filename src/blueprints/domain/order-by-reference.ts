/**
 * Things in an order in which each comes after those that it refers to; otherwise in the order given. What stands in a
 * circle is given in its place all the same: who writes it is told that what it names does not exist.
 */
export function orderByReference<T extends { key: string }>(
  things: readonly T[],
  refersTo: (thing: T) => readonly string[],
): T[] {
  const byKey = new Map(things.map((thing) => [thing.key, thing]));
  const ordered: T[] = [];
  const seen = new Set<string>();
  // A stack of its own: a chain of references may be as long as the list.
  for (const start of things) {
    const stack: Array<{ thing: T; entered: boolean }> = [{ thing: start, entered: false }];
    for (let top = stack.pop(); top; top = stack.pop()) {
      if (top.entered) {
        ordered.push(top.thing);
        continue;
      }
      if (seen.has(top.thing.key)) continue;
      seen.add(top.thing.key);
      stack.push({ thing: top.thing, entered: true });
      for (const ref of [...refersTo(top.thing)].reverse()) {
        const next = byKey.get(ref);
        if (next && !seen.has(ref)) stack.push({ thing: next, entered: false });
      }
    }
  }
  return ordered;
}

/** The first circle of references among the things, by keys (`a`, `b`, `a`), or undefined. */
export function circleOf<T extends { key: string }>(
  things: readonly T[],
  refersTo: (thing: T) => readonly string[],
): string[] | undefined {
  const place = new Map(orderByReference(things, refersTo).map((thing, index) => [thing.key, index]));
  const byKey = new Map(things.map((thing) => [thing.key, thing]));
  for (const thing of things) {
    // In the order, only an edge of a circle points to something at or after the place of who refers.
    const back = refersTo(thing).find((ref) => (place.get(ref) ?? -1) >= (place.get(thing.key) ?? 0));
    if (back === undefined) continue;
    const path = pathBetween(back, thing.key, (key) => {
      const from = byKey.get(key);
      return from ? refersTo(from).filter((ref) => byKey.has(ref)) : [];
    });
    if (path) return [thing.key, ...path];
  }
  return undefined;
}

/** The shortest way from one key to another, both included. */
function pathBetween(from: string, to: string, next: (key: string) => readonly string[]): string[] | undefined {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const queue = [from];
  for (const key of queue) {
    if (key === to) {
      const path: string[] = [];
      for (let at: string | null | undefined = to; at != null; at = cameFrom.get(at)) path.unshift(at);
      return path;
    }
    for (const ref of next(key)) {
      if (cameFrom.has(ref)) continue;
      cameFrom.set(ref, key);
      queue.push(ref);
    }
  }
  return undefined;
}
