import Handlebars from 'handlebars';
import { type Fault } from '../../kernel/errors';
import { TEMPLATE_LIMITS } from './template-limits';

/** Handlebars of our own, apart from anything else in the process. Used for parsing only. */
const parser = Handlebars.create();

export type Parsed = { ok: true; program: hbs.AST.Program } | { ok: false; fault: Fault };

/**
 * Parses Handlebars source. A fault carries the 1-based line, and the column where the parser knows it, and says in
 * words what is wrong (the parser's own text shows its grammar).
 */
export function parseHandlebars(source: string, path: string): Parsed {
  const beyond = beyondBounds(source);
  if (beyond) return { ok: false, fault: { path, message: beyond.message, ...positionOf(source, beyond.offset) } };
  try {
    return { ok: true, program: parser.parse(source) };
  } catch (error) {
    return { ok: false, fault: { path, ...describe(source, error) } };
  }
}

/**
 * The first place where source asks for more than the parser can take in reasonable time: it is quadratic in the depth
 * of blocks, of chains of `else if` and of subexpressions (4,000 open blocks take nine seconds), and its recursion ends.
 * Counted on the text, generously; the exact bounds are those of the walk over the tree.
 */
function beyondBounds(source: string): { message: string; offset: number } | undefined {
  const { blockDepth, statements } = TEMPLATE_LIMITS;
  let [tags, depth, chained] = [0, 0, 0];
  for (let at = source.indexOf('{{'); at !== -1;) {
    const next = source.indexOf('{{', at + 2);
    const piece = source.slice(at, next === -1 ? undefined : next);
    const end = piece.indexOf('}}');
    const tag = end === -1 ? piece : piece.slice(0, end);
    const kind = /^\{\{~?(#|\^\s*\w|\/|else\s+\w)/.exec(tag.slice(0, 40))?.[1];
    if (kind === '/') depth--;
    else if (kind?.startsWith('e')) chained++;
    else if (kind) depth++;
    if (++tags > 3 * statements) return { message: 'The template has too many tags.', offset: at };
    if (depth > 2 * blockDepth || chained > 10 * blockDepth)
      return { message: 'Blocks are nested too deep.', offset: at };
    if (tag.split('(').length > 5 * blockDepth) return { message: 'Expressions are nested too deep.', offset: at };
    at = next;
  }
  return undefined;
}

function describe(source: string, error: unknown): Omit<Fault, 'path'> {
  const text = error instanceof Error ? error.message : '';
  const mismatch = /^(.{1,200}?) doesn't match (.{1,200}?) - (\d+):(\d+)/.exec(text);
  if (mismatch) {
    const [, opened, closed, line, column] = mismatch;
    return {
      message: `The block {{#${opened}}} is closed by {{/${closed}}}.`,
      line: Number(line),
      column: Number(column) + 1,
    };
  }
  const at = /^Parse error on line (\d+):/.exec(text);
  const got = /, got '([A-Z_]+)'$/.exec(text)?.[1];
  if (got === 'EOF') {
    const open = lastOpenBlock(source);
    if (open) return { message: `The block {{#${open.name}}} is not closed.`, line: open.line, column: open.column };
  }
  const line = at ? { line: Number(at[1]) } : {};
  return { message: `Handlebars cannot be read here: ${UNEXPECTED[got ?? ''] ?? 'unexpected text'}.`, ...line };
}

const UNEXPECTED: Readonly<Record<string, string>> = {
  EOF: 'the end of the text comes too early',
  INVALID: 'a tag is not finished or holds a character that is not allowed',
  OPEN_ENDBLOCK: 'a block is closed that was not opened',
  INVERSE: 'an {{else}} stands outside of a block or twice in one',
  OPEN_INVERSE_CHAIN: 'an {{else}} stands outside of a block or twice in one',
  CLOSE: 'a tag ends too early',
};

/** The innermost block that is still open at the end of `source`. */
function lastOpenBlock(source: string): { name: string; line: number; column: number } | undefined {
  const stack: Array<{ name: string; offset: number }> = [];
  for (const match of source.matchAll(/\{\{~?([#^/])\s*([A-Za-z_][\w.-]{0,99})/g)) {
    if (match[1] === '/') stack.pop();
    else stack.push({ name: match[2] ?? '', offset: match.index });
  }
  const open = stack.at(-1);
  return open && { name: open.name, ...positionOf(source, open.offset) };
}

/** Line and column, both from 1, of a character of `source`. */
export function positionOf(source: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = source.indexOf('\n'); at !== -1 && at < offset; at = source.indexOf('\n', at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
