import type { Fault } from '../../kernel/errors';
import { DATE_STYLES, signatureOf, type HelperSignature } from './helper-signatures';
import { parseHandlebars } from './handlebars-syntax';
import { TEMPLATE_LIMITS } from './template-limits';
import { TemplateScope, type Place } from './template-scope';
import { FORBIDDEN_NAMES } from './variable-scope';

/** What a part of a template (subject, body, text) says and needs. */
export interface HandlebarsCheck {
  faults: Fault[];
  /** Full names of the variables that it reads, sorted: 'customer.firstName', 'order.lines[].name'. */
  variables: string[];
  /** Variables that it writes out, whatever the blocks decide. */
  always: ReadonlySet<string>;
  /** Variables that it writes out somewhere. */
  written: ReadonlySet<string>;
}

/**
 * Reads Handlebars source and walks its tree with the typed scope of the contract: unknown variables and helpers,
 * wrong arguments, and everything that is refused (partials, decorators, unescaped output) become faults at `path` with
 * line and column in `source`.
 */
export function checkHandlebars(source: string, path: string): HandlebarsCheck {
  const parsed = parseHandlebars(source, path);
  if (!parsed.ok) return { faults: [parsed.fault], variables: [], always: new Set(), written: new Set() };
  const walk = new Walk(path);
  walk.program(parsed.program, TemplateScope.root(), 0);
  return { faults: walk.faults, variables: [...walk.read].sort(), always: walk.always, written: walk.written };
}

type Call = hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression;

class Walk {
  readonly faults: Fault[] = [];
  readonly read = new Set<string>();
  readonly written = new Set<string>();
  readonly always = new Set<string>();
  private statements = 0;

  constructor(private readonly path: string) {}

  program(program: hbs.AST.Program, scope: TemplateScope, depth: number): void {
    for (const statement of program.body) {
      if (++this.statements === TEMPLATE_LIMITS.statements) this.fault(statement, 'The template has too many tags.');
      if (this.statements >= TEMPLATE_LIMITS.statements) return;
      this.statement(statement, scope, depth);
    }
  }

  private statement(node: hbs.AST.Statement, scope: TemplateScope, depth: number): void {
    switch (node.type) {
      case 'ContentStatement':
      case 'CommentStatement':
        return;
      case 'MustacheStatement':
        return this.mustache(node as hbs.AST.MustacheStatement, scope, depth);
      case 'BlockStatement':
        return this.block(node as hbs.AST.BlockStatement, scope, depth);
      case 'PartialStatement':
      case 'PartialBlockStatement':
        return this.fault(node, `Partials ({{> ${partialName(node)}}}) are refused: write the text out.`);
      case 'Decorator':
      case 'DecoratorBlock':
        return this.fault(node, 'Decorators ({{* ...}}) are refused.');
      default:
        return this.fault(node, `Handlebars "${node.type}" is refused.`);
    }
  }

  private mustache(node: hbs.AST.MustacheStatement, scope: TemplateScope, depth: number): void {
    if (!node.escaped) {
      return this.fault(node, 'Unescaped output ({{{...}}} or {{&...}}) is refused: use {{...}}.');
    }
    if (!isPath(node.path)) return this.fault(node, 'This tag names neither a variable nor a helper.');
    if (isCall(node)) return void this.call(node, scope, 'value', depth);
    const place = this.variable(node.path, scope);
    if (!place) return;
    if (place.shape.kind === 'object' || (place.shape.kind === 'list' && place.shape.of.kind === 'object')) {
      const what = place.shape.kind === 'list' ? 'a list, use {{#each}}' : 'a group of values, name one of them';
      return this.fault(node, `"${node.path.original}" is ${what}.`);
    }
    if (place.name === undefined) return;
    this.written.add(place.name);
    if (depth === 0) this.always.add(place.name);
  }

  private block(node: hbs.AST.BlockStatement, scope: TemplateScope, depth: number): void {
    if (depth >= TEMPLATE_LIMITS.blockDepth) return this.fault(node, 'Blocks are nested too deep.');
    const name = helperName(node);
    if (name === undefined || !signatureOf(name)) {
      const called = node.path.original;
      return this.fault(node, `Unknown helper "${called}": blocks are {{#if}}, {{#unless}}, {{#each}} and {{#with}}.`);
    }
    const [first] = this.call(node, scope, 'block', depth);
    const inner = this.scopeInside(name, node, first, scope);
    if (node.program && inner) this.program(node.program, inner, depth + 1);
    if (node.inverse) this.program(node.inverse, scope, depth + 1);
  }

  /** The scope of a block's body; undefined where its argument is at fault, so that no follow-up faults are told. */
  private scopeInside(
    name: string,
    node: hbs.AST.BlockStatement,
    argument: Place | undefined,
    scope: TemplateScope,
  ): TemplateScope | undefined {
    const parameters = node.program?.blockParams ?? [];
    if (parameters.length > (signatureOf(name)?.blockParams ?? 0)) {
      this.fault(node, `{{#${name}}} does not give that many block parameters.`);
    }
    if (name !== 'each' && name !== 'with') return scope;
    if (!argument) return undefined;
    if (name === 'with') return scope.insideWith(argument, parameters);
    if (argument.shape.kind === 'scalar') {
      this.fault(node, `{{#each}} wants a list; "${node.params[0] ? source(node.params[0]) : ''}" is a single value.`);
      return undefined;
    }
    return scope.insideEach(argument, parameters);
  }

  /** Checks a helper call and its arguments; returns the places of those that are variables. */
  private call(node: Call, scope: TemplateScope, form: 'block' | 'value', depth: number): Array<Place | undefined> {
    const name = helperName(node);
    const signature = name === undefined ? undefined : signatureOf(name);
    if (name === undefined || !signature) {
      this.fault(node, `Unknown helper "${(node.path as hbs.AST.PathExpression).original}".`);
      return [];
    }
    this.shape(node, name, signature, form);
    const places = node.params.map((param) => this.argument(param, scope, depth + 1));
    for (const pair of node.hash?.pairs ?? []) {
      if (!signature.named?.includes(pair.key)) this.fault(pair, `The helper "${name}" has no argument "${pair.key}".`);
      this.argument(pair.value, scope, depth + 1);
    }
    if (name === 'default') places.forEach((place) => place?.name && this.written.add(place.name));
    return places;
  }

  /** Form, number and literal values of a helper's arguments. */
  private shape(node: Call, name: string, signature: HelperSignature, form: 'block' | 'value'): void {
    if (signature.form === 'block' && form === 'value') this.fault(node, `"${name}" is a block: {{#${name} ...}}.`);
    if (signature.form === 'value' && form === 'block') this.fault(node, `"${name}" is not a block: {{${name} ...}}.`);
    const { length } = node.params;
    if (length < signature.min || length > signature.max) {
      const wants = signature.min === signature.max ? `${signature.min}` : `${signature.min} to ${signature.max}`;
      this.fault(node, `The helper "${name}" takes ${wants} argument${wants === '1' ? '' : 's'}, not ${length}.`);
    }
    const second = node.params[1];
    if (second?.type !== 'StringLiteral') return;
    const { value } = second as hbs.AST.StringLiteral;
    if (name === 'date' && !(DATE_STYLES as readonly string[]).includes(value)) {
      this.fault(second, `"date" knows the styles ${DATE_STYLES.join(', ')}, not "${value}".`);
    }
    if (name === 'lookup' && FORBIDDEN_NAMES.has(value)) {
      this.fault(second, `"${value}" is not a variable and cannot be reached.`);
    }
  }

  private argument(node: hbs.AST.Expression, scope: TemplateScope, depth: number): Place | undefined {
    if (isPath(node)) return this.variable(node, scope);
    if (node.type !== 'SubExpression') return undefined;
    const expression = node as hbs.AST.SubExpression;
    if (depth >= TEMPLATE_LIMITS.blockDepth) {
      this.fault(node, 'Expressions are nested too deep.');
      return undefined;
    }
    const [first] = this.call(expression, scope, 'value', depth);
    if (helperName(expression) === 'default') return first;
    if (helperName(expression) !== 'lookup' || !first) return { shape: { kind: 'any' }, name: undefined };
    return { shape: first.shape.kind === 'list' ? first.shape.of : { kind: 'any' }, name: first.name };
  }

  private variable(path: hbs.AST.PathExpression, scope: TemplateScope): Place | undefined {
    const resolved = scope.resolve(path);
    if (!resolved.ok) {
      this.fault(path, resolved.message);
      return undefined;
    }
    if (resolved.place.name) this.read.add(resolved.place.name);
    return resolved.place;
  }

  private fault(node: hbs.AST.Node, message: string): void {
    const { line, column } = node.loc.start;
    this.faults.push({ path: this.path, message, line, column: column + 1 });
  }
}

function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

/** Whether a mustache calls a helper: it has arguments, or its one name is a helper's. */
function isCall(node: hbs.AST.MustacheStatement): boolean {
  if (node.params.length > 0 || (node.hash?.pairs.length ?? 0) > 0) return true;
  const name = helperName(node);
  return name !== undefined && signatureOf(name) !== undefined;
}

/** The name that is called, if it is a simple one; `a.b` and `../a` never name a helper. */
function helperName(node: Call): string | undefined {
  if (!isPath(node.path)) return undefined;
  const { parts, depth, data, original } = node.path;
  return parts.length === 1 && depth === 0 && !data && !/^\.|this\b/.test(original) ? parts[0] : undefined;
}

function partialName(node: hbs.AST.Node): string {
  const { name } = node as hbs.AST.PartialStatement;
  return name && isPath(name) ? name.original : '...';
}

function source(node: hbs.AST.Expression): string {
  return isPath(node) ? node.original : node.type === 'SubExpression' ? '(...)' : 'a literal';
}
