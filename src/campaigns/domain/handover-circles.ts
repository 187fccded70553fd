/** What a campaign hands people over to, by ids. */
export type Handovers = ReadonlyMap<string, readonly string[]>;

/**
 * The way by which hand-overs from `start` lead back to it: the campaigns on the way, `start` first and last, the
 * shortest such way. Undefined: there is none.
 */
export function circleFrom(start: string, handovers: Handovers): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const next of handovers.get(at) ?? []) {
      if (next === start) return wayTo(at, start, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(last: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [start];
  for (let at: string | undefined = last; at !== undefined && at !== start; at = cameFrom.get(at)) way.unshift(at);
  return [start, ...way];
}
