import { FORBIDDEN_NAMES, ROOT_SHAPE, SCALAR, memberOf, nearestMember, type Shape } from './variable-scope';

/** A value that a path leads to: its shape, and its full name from the root ('order.lines[].name'). */
export interface Place {
  readonly shape: Shape;
  /** Empty for the root itself; undefined for values that are no variable (`@index`, a key). */
  readonly name: string | undefined;
}

export type Resolved = { ok: true; place: Place } | { ok: false; message: string };

const ROOT: Place = { shape: ROOT_SHAPE, name: '' };
const LOOP_DATA: ReadonlySet<string> = new Set(['index', 'key', 'first', 'last']);

/**
 * Where a template stands while its tree is walked: the chain of contexts that `../` climbs (only `each` and `with`
 * change the context), the block parameters in view, and how many `each` loops are open (for `@index` and its kin).
 * Immutable: entering a block gives a new scope.
 */
export class TemplateScope {
  private constructor(
    private readonly contexts: readonly Place[],
    private readonly named: ReadonlyMap<string, Place>,
    private readonly loops: number,
  ) {}

  static root(): TemplateScope {
    return new TemplateScope([ROOT], new Map(), 0);
  }

  /** The scope inside `each` over a list or object: the element is `this`, `names` are its value and index. */
  insideEach(over: Place, names: readonly string[]): TemplateScope {
    const element: Place =
      over.shape.kind === 'list'
        ? { shape: over.shape.of, name: over.name === undefined ? undefined : `${over.name}[]` }
        : { shape: { kind: 'any' }, name: over.name };
    return this.inside(element, names, [element, { shape: SCALAR, name: undefined }], 1);
  }

  /** The scope inside `with`. */
  insideWith(place: Place, names: readonly string[]): TemplateScope {
    return this.inside(place, names, [place], 0);
  }

  private inside(context: Place, names: readonly string[], values: readonly Place[], loops: number): TemplateScope {
    const named = new Map(this.named);
    names.forEach((name, i) => {
      const value = values[i];
      if (value) named.set(name, value);
    });
    return new TemplateScope([...this.contexts, context], named, this.loops + loops);
  }

  /** What a path means here, or why it means nothing. */
  resolve(path: hbs.AST.PathExpression): Resolved {
    const parts = path.parts.map(String);
    const forbidden = parts.find((part) => FORBIDDEN_NAMES.has(part));
    if (forbidden) return { ok: false, message: `"${forbidden}" is not a variable and cannot be reached.` };
    if (path.data) return this.resolveData(path, parts);
    const [first, ...rest] = parts;
    if (path.depth === 0 && first !== undefined && !/^\.|this\b/.test(path.original)) {
      const parameter = this.named.get(first);
      if (parameter) return this.descend(parameter, rest, path.original);
    }
    const context = this.contexts[this.contexts.length - 1 - path.depth];
    if (!context) return { ok: false, message: `"${path.original}" climbs above the top.` };
    return this.descend(context, parts, path.original);
  }

  private resolveData(path: hbs.AST.PathExpression, parts: readonly string[]): Resolved {
    const [first = '', ...rest] = parts;
    if (first === 'root' && path.depth === 0) return this.descend(ROOT, rest, path.original);
    if (!LOOP_DATA.has(first) || rest.length > 0) return { ok: false, message: `Unknown variable "${path.original}".` };
    if (this.loops <= path.depth)
      return { ok: false, message: `"${path.original}" is known inside of {{#each}} only.` };
    return { ok: true, place: { shape: SCALAR, name: undefined } };
  }

  private descend(from: Place, parts: readonly string[], original: string): Resolved {
    let { shape, name } = from;
    for (const part of parts) {
      const next = memberOf(shape, part);
      if (!next) return { ok: false, message: this.unknown(shape, name, part, original) };
      if (name !== undefined) name = extend(name, part, shape);
      shape = next;
    }
    return { ok: true, place: { shape, name } };
  }

  private unknown(shape: Shape, name: string | undefined, part: string, original: string): string {
    const nearest = nearestMember(shape, part);
    if (nearest) {
      const full = name ? `${name}.${nearest}` : nearest;
      return `Unknown variable "${original}". Did you mean "${full}"?`;
    }
    if (this.contexts.length > 1 && memberOf(ROOT_SHAPE, part)) {
      return `Unknown variable "${original}": inside of a block it is "${'../'.repeat(this.contexts.length - 1)}${original}".`;
    }
    if (shape.kind === 'list') return `Unknown variable "${original}": "${name ?? ''}" is a list, use {{#each}}.`;
    return `Unknown variable "${original}".`;
  }
}

function extend(name: string, part: string, shape: Shape): string {
  if (shape.kind === 'list') return part === 'length' ? name : `${name}[]`;
  return name === '' ? part : `${name}.${part}`;
}
