import type { Fault } from '../../kernel/errors';
import { positionOf } from './handlebars-syntax';
import { TEMPLATE_LIMITS } from './template-limits';

/** Elements whose content is text or HTML, taken as it stands; no MJML inside. */
const CONTENT_ELEMENTS: ReadonlySet<string> = new Set([
  'mj-accordion-text',
  'mj-accordion-title',
  'mj-breakpoint',
  'mj-button',
  'mj-carousel-image',
  'mj-html-attribute',
  'mj-navbar-link',
  'mj-preview',
  'mj-raw',
  'mj-social-element',
  'mj-style',
  'mj-table',
  'mj-text',
  'mj-title',
]);

interface Tag {
  name: string;
  kind: 'open' | 'close' | 'empty';
  start: number;
  end: number;
}

/**
 * Faults of MJML that the MJML library mends or drops in silence: elements that are not closed or closed in the wrong
 * order, `mj-include` (refused), merge tags that stand where text is not shown (a block around sections needs `mj-raw`),
 * too many or too deeply nested elements. One pass over the source, with line and column.
 */
export function checkMjml(source: string, path: string): Fault[] {
  return new MjmlCheck(source, path).run();
}

class MjmlCheck {
  private readonly faults: Fault[] = [];
  private readonly open: Tag[] = [];
  private elements = 0;

  constructor(
    private readonly source: string,
    private readonly path: string,
  ) {}

  run(): Fault[] {
    let textFrom = 0;
    for (let at = this.source.indexOf('<'); at !== -1;) {
      const next = this.after(at);
      if (next === undefined) return this.faults;
      if (next.tag) {
        this.text(textFrom, at);
        if (!this.tag(next.tag) || this.elements > TEMPLATE_LIMITS.elements) return this.faults;
        textFrom = next.end;
      }
      at = this.source.indexOf('<', next.end);
    }
    this.text(textFrom, this.source.length);
    const unclosed = this.open.at(-1);
    if (unclosed) this.fault(unclosed.start, `<${unclosed.name}> is not closed.`);
    else if (this.elements === 0) this.fault(0, 'There is no MJML here: it begins with <mjml>.');
    return this.faults;
  }

  /** What begins at a `<`: where it ends, and the tag if it is one of MJML. Undefined: the rest is one broken tag. */
  private after(at: number): { end: number; tag?: Tag } | undefined {
    if (this.source.startsWith('<!--', at)) {
      const end = this.source.indexOf('-->', at + 4);
      if (end !== -1) return { end: end + 3 };
      this.fault(at, 'A comment is not closed.');
      return undefined;
    }
    const name = /^<(\/?)(mjml|mj-[a-z0-9-]{1,60})(?=[\s/>])/i.exec(this.source.slice(at, at + 70));
    if (!name) return { end: at + 1 };
    const end = this.endOfTag(at);
    if (end === undefined) {
      this.fault(at, `<${name[1] ?? ''}${name[2] ?? ''} is not finished: its ">" or a quote is missing.`);
      return undefined;
    }
    const kind = name[1] ? 'close' : this.source.charAt(end - 2) === '/' ? 'empty' : 'open';
    return { end, tag: { name: (name[2] ?? '').toLowerCase(), kind, start: at, end } };
  }

  private endOfTag(from: number): number | undefined {
    let quote = '';
    for (let i = from; i < this.source.length; i++) {
      const char = this.source.charAt(i);
      if (quote) {
        if (char === quote) quote = '';
      } else if (char === '"' || char === "'") quote = char;
      else if (char === '>') return i + 1;
    }
    return undefined;
  }

  /** Takes a tag in; false where the nesting is broken, so that one slip does not cause a list of faults. */
  private tag(tag: Tag): boolean {
    const parent = this.open.at(-1);
    if (tag.name === 'mj-include') {
      if (tag.kind !== 'close') this.fault(tag.start, '<mj-include> is refused: a template stands by itself.');
      return true;
    }
    if (tag.kind === 'close') return this.close(tag, parent);
    if (parent && CONTENT_ELEMENTS.has(parent.name)) {
      this.fault(
        tag.start,
        `<${tag.name}> cannot stand inside of <${parent.name}>, or <${parent.name}> is not closed.`,
      );
      return false;
    }
    if (++this.elements > TEMPLATE_LIMITS.elements) this.fault(tag.start, 'The template has too many elements.');
    if (tag.kind === 'empty') return true;
    this.open.push(tag);
    if (this.open.length <= TEMPLATE_LIMITS.elementDepth) return true;
    this.fault(tag.start, 'Elements are nested too deep.');
    return false;
  }

  private close(tag: Tag, parent: Tag | undefined): boolean {
    if (parent?.name === tag.name) {
      this.open.pop();
      return true;
    }
    const message = parent ? `<${parent.name}> is not closed before </${tag.name}>.` : `</${tag.name}> was not opened.`;
    this.fault(parent ? parent.start : tag.start, message);
    return false;
  }

  /** Merge tags in text directly inside a layout element vanish with that text; a block would then lose its `if`. */
  private text(from: number, to: number): void {
    const parent = this.open.at(-1);
    if (!parent || CONTENT_ELEMENTS.has(parent.name)) return;
    const text = this.source.slice(from, to).replace(/<!--[\s\S]*?-->/g, (comment) => ' '.repeat(comment.length));
    const at = text.indexOf('{{');
    if (at !== -1) {
      this.fault(
        from + at,
        `A merge tag directly inside of <${parent.name}> is lost: put it into <mj-raw>...</mj-raw>.`,
      );
    }
  }

  private fault(offset: number, message: string): void {
    this.faults.push({ path: this.path, message, ...positionOf(this.source, offset) });
  }
}
