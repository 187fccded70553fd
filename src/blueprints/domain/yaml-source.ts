import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';

/** A place in a text; both count from 1. */
interface Position {
  line: number;
  column: number;
}

/** A YAML text as plain JSON, with the place of everything in it. */
export interface YamlSource {
  /** Undefined where the text is at fault. */
  value: unknown;
  faults: Array<Position & { message: string }>;
  /** Where `path` (`steps[1].for`) stands; where it does not, the nearest thing around it. */
  positionOf(path: string): Position;
}

/**
 * Reads one YAML document (1.2, core schema: dates and times are texts) that can be told as JSON: no tags of its own, no
 * repeated fields, no numbers that would lose digits. Aliases are understood, a bounded number of them.
 */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    message: error.message,
  }));
  if (faults.length === 0) faults.push(...notJson(document, at));
  const plain = faults.length === 0 ? plainOf(document) : { value: undefined };
  if (plain.fault !== undefined) faults.push({ line: 1, column: 1, message: plain.fault });
  return {
    value: plain.value,
    faults,
    positionOf: (path) => at(offsetOf(document, splitPath(path))),
  };
}

function plainOf(document: Document): { value: unknown; fault?: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return { value: undefined, fault: 'has too many aliases' };
  }
}

function notJson(document: Document, at: (offset: number) => Position): Array<Position & { message: string }> {
  const faults: Array<Position & { message: string }> = [];
  visit(document, {
    Scalar(_key, node) {
      const { value } = node;
      if (typeof value !== 'number' || Number.isSafeInteger(value)) return;
      const message = !Number.isFinite(value)
        ? 'is not a finite number'
        : Number.isInteger(value)
          ? 'is a number of more digits than are kept; put it in quotes to make it a text'
          : undefined;
      if (message !== undefined) faults.push({ ...at(node.range?.[0] ?? 0), message });
    },
  });
  return faults;
}

/** `steps[1].then[0].if` as its parts. Names with dots in them are put together again by {@link offsetOf}. */
function splitPath(path: string): Array<string | number> {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? (name ?? '') : Number(index),
  );
}

function offsetOf(document: Document, parts: ReadonlyArray<string | number>): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (let at = 0; at < parts.length;) {
    if (isAlias(node)) node = node.resolve(document);
    const step = isMap(node) ? fieldAt(node.items, parts, at) : isSeq(node) ? itemAt(node.items, parts, at) : undefined;
    if (!step) return offset;
    ({ node, offset } = step);
    at += step.parts;
  }
  return offset;
}

interface StepInto {
  node: unknown;
  offset: number;
  /** How many parts of the path it took. */
  parts: number;
}

type Pairs = ReadonlyArray<{ key: unknown; value: unknown }>;

function fieldAt(pairs: Pairs, parts: ReadonlyArray<string | number>, at: number): StepInto | undefined {
  for (let count = 1; at + count <= parts.length; count++) {
    const name = parts.slice(at, at + count).join('.');
    const pair = pairs.find(({ key }) => isScalar(key) && String(key.value) === name);
    if (pair && isScalar(pair.key)) return { node: pair.value, offset: pair.key.range?.[0] ?? 0, parts: count };
  }
  return undefined;
}

function itemAt(items: readonly unknown[], parts: ReadonlyArray<string | number>, at: number): StepInto | undefined {
  const index = parts[at];
  const node = typeof index === 'number' ? items[index] : undefined;
  return isNode(node) ? { node, offset: node.range?.[0] ?? 0, parts: 1 } : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}
