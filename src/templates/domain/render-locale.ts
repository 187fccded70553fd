import Handlebars from 'handlebars';
import type { CompiledLocale } from './compile-locale';
import { formatDate, formatMoney, type FormatSettings } from './format-values';
import { HELPERS, type DateStyle } from './helper-signatures';
import { tidyText } from './tidy-text';
import { TEMPLATE_LIMITS } from './template-limits';

/** The parts of one mail, before links and pixel. */
interface RenderedParts {
  subject: string;
  html: string;
  text: string;
}

/** A locale of a template, compiled to functions; made once per template version. */
export type LocaleRenderer = (variables: object, settings: FormatSettings) => RenderedParts;

/** What one rendering has left of its bounds; handed to helpers by way of Handlebars' data. */
interface RenderState {
  settings: FormatSettings;
  iterations: number;
  chars: number;
}

/** Thrown when a template asks for more than {@link TEMPLATE_LIMITS} allow. */
export class RenderBoundExceeded extends Error {}

/**
 * Makes the renderer of a compiled locale. Handlebars compiles strings only, on an instance of our own, with the known
 * helpers only and no access to prototypes; HTML output is escaped, subject and text are not.
 */
export function localeRenderer(compiled: Pick<CompiledLocale, 'subject' | 'html' | 'text'>): LocaleRenderer {
  const subject = part(compiled.subject, false);
  const html = part(compiled.html, true);
  const text = part(compiled.text, false);
  return (variables, settings) => {
    const state: RenderState = { settings, iterations: 0, chars: 0 };
    return {
      subject: oneLine(subject(variables, state)),
      html: html(variables, state),
      text: tidy(text(variables, state)),
    };
  };
}

/** Handlebars' own default, said: else it writes of each refusal to the console. */
const NO_PROTOTYPES = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };

type PartRenderer = (variables: object, state: RenderState) => string;

function part(source: string, escaped: boolean): PartRenderer {
  if (!source.includes('{{')) return () => source;
  const template = handlebars.compile<object>(source, {
    knownHelpers: KNOWN,
    knownHelpersOnly: true,
    noEscape: !escaped,
    preventIndent: true,
  });
  return (variables, state) => {
    const out = template(variables, { data: { state }, ...NO_PROTOTYPES });
    if (out.length > TEMPLATE_LIMITS.outputChars) throw new RenderBoundExceeded('The mail is too large.');
    return out;
  };
}

/** A subject is a header: no line breaks or control characters, whatever the data holds. */
function oneLine(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** Blocks that were left out leave empty lines, links without an address empty brackets. */
function tidy(text: string): string {
  return tidyText(text.replace(/ ?<>/g, ''));
}

const KNOWN = Object.fromEntries(Object.keys(HELPERS).map((name) => [name, true])) as KnownHelpers;
const handlebars = isolated();

/** A Handlebars instance that has the helpers of the contract and no others. */
function isolated(): typeof Handlebars {
  const instance = Handlebars.create();
  for (const name of Object.keys(instance.helpers)) {
    if (!Object.hasOwn(HELPERS, name) && name !== 'helperMissing' && name !== 'blockHelperMissing') {
      instance.unregisterHelper(name);
    }
  }
  instance.registerHelper('each', boundedEach(instance.helpers['each'] as Handlebars.HelperDelegate));
  instance.registerHelper(comparisons());
  instance.registerHelper({
    default: (value: unknown, otherwise: unknown) => (value == null || value === '' ? otherwise : value),
    money(value: unknown, currency: unknown, options?: Handlebars.HelperOptions) {
      return formatMoney(value, options ? currency : undefined, stateOf(options ?? currency).settings);
    },
    date(value: unknown, style: unknown, options?: Handlebars.HelperOptions) {
      const chosen = options && typeof style === 'string' ? (style as DateStyle) : 'long';
      return formatDate(value, chosen, stateOf(options ?? style).settings);
    },
  });
  return instance;
}

function stateOf(options: unknown): RenderState {
  return (options as { data: { state: RenderState } }).data.state;
}

/** Handlebars' own `each`, counting its turns and what they produce: nested loops multiply, and must not run away. */
function boundedEach(each: Handlebars.HelperDelegate): Handlebars.HelperDelegate {
  return function (this: unknown, list: unknown, options: Handlebars.HelperOptions) {
    const state = stateOf(options);
    const fn: Handlebars.TemplateDelegate = (context: unknown, runtime) => {
      if (++state.iterations > TEMPLATE_LIMITS.iterations)
        throw new RenderBoundExceeded('Too many turns of {{#each}}.');
      const out = options.fn(context, runtime);
      state.chars += out.length;
      if (state.chars > TEMPLATE_LIMITS.iterationChars) throw new RenderBoundExceeded('{{#each}} produces too much.');
      return out;
    };
    return each.call(this, list, { ...options, fn }) as string;
  };
}

/** Comparisons, as values (`(eq a b)`) and as blocks (`{{#eq a b}}`). Numbers in text count as numbers for gt and lt. */
function comparisons(): Record<string, Handlebars.HelperDelegate> {
  const tests: Record<string, (values: unknown[]) => boolean> = {
    eq: ([a, b]) => same(a, b),
    ne: ([a, b]) => !same(a, b),
    gt: ([a, b]) => compare(a, b) > 0,
    lt: ([a, b]) => compare(a, b) < 0,
    and: (values) => values.every((value) => !isEmpty(value)),
    or: (values) => values.some((value) => !isEmpty(value)),
    not: ([a]) => isEmpty(a),
  };
  return Object.fromEntries(
    Object.entries(tests).map(([name, test]) => [
      name,
      function (this: unknown, ...args: unknown[]): unknown {
        const options = args.pop() as Handlebars.HelperOptions;
        const result = test(args);
        if (!options.fn) return result;
        return result ? options.fn(this) : options.inverse(this);
      },
    ]),
  );
}

/** As `if` sees it: nothing, empty text, an empty list, false; and 0, which `if` takes for empty too. */
function isEmpty(value: unknown): boolean {
  return !value || (Array.isArray(value) && value.length === 0);
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'string') return b !== '' && a === Number(b);
  if (typeof a === 'string' && typeof b === 'number') return a !== '' && b === Number(a);
  return a == null && b == null;
}

/** Negative, 0 or positive; NaN where the two cannot be compared, which makes both gt and lt false. */
function compare(a: unknown, b: unknown): number {
  if (a == null || b == null || a === '' || b === '') return NaN;
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return typeof a === 'string' && typeof b === 'string' ? (a < b ? -1 : a > b ? 1 : 0) : NaN;
}
