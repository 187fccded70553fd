import { type Fault, Refusal } from '../../kernel/errors';

/** Gathers what is wrong with many things, each fault with the place of its thing before it. */
export class FaultCollector {
  readonly faults: Fault[];
  /** Keys of what is at fault: what else names those is not told that they do not exist. */
  private readonly broken: Set<string>;

  constructor(faults: readonly Fault[] = [], broken: Iterable<string> = []) {
    this.faults = [...faults];
    this.broken = new Set(broken);
  }

  /** One of its own for a run that may have to be repeated. */
  copy(): FaultCollector {
    return new FaultCollector(this.faults, this.broken);
  }

  /** Runs what may refuse `item`, which stands at `path`; undefined when it did. Other errors pass. */
  async try<T>(path: string, item: { key: string }, fn: () => Promise<T>): Promise<T | undefined> {
    try {
      return await fn();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const own = error.faults.length > 0 ? error.faults : [{ path: '', message: error.message }];
      this.faults.push(
        ...own
          .filter((fault) => !this.followsFromAnother(item, fault))
          .map((fault) => ({ ...fault, path: joined(path, fault.path) })),
      );
      this.broken.add(item.key);
      return undefined;
    }
  }

  add(path: string, item: { key: string }, message: string): void {
    this.faults.push({ path, message });
    this.broken.add(item.key);
  }

  /** A fault at a place where the key of a broken thing stands is that thing's. */
  private followsFromAnother(item: unknown, { path }: Fault): boolean {
    const named = valueAt(item, path);
    return typeof named === 'string' && this.broken.has(named);
  }
}

function joined(path: string, inner: string): string {
  if (inner === '') return path;
  return inner.startsWith('[') ? `${path}${inner}` : `${path}.${inner}`;
}

function valueAt(value: unknown, path: string): unknown {
  let at = value;
  for (const [, index, name] of path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[index ?? name ?? ''];
  }
  return at;
}
