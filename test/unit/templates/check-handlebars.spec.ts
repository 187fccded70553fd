import { checkHandlebars } from '../../../src/templates/domain/check-handlebars';

const faults = (source: string) => checkHandlebars(source, 'p').faults;
const messages = (source: string) => faults(source).map((fault) => fault.message);

describe('what a template may say', () => {
  it.each([
    'Hello {{customer.firstName}}',
    '{{#if customer.firstName}}a{{else if customer.lastName}}b{{else}}c{{/if}}',
    '{{#unless order.lines}}none{{/unless}}',
    '{{#each order.lines}}{{name}} {{this.quantity}} {{./unitPrice}} {{@index}} {{@first}} {{@last}}{{/each}}',
    '{{#each order.lines as |line i|}}{{i}} {{line.name}} {{../customer.firstName}} {{@root.store.name}}{{/each}}',
    '{{#each order.lines}}{{#if @last}}{{this.name}} {{../order.externalId}}{{/if}}{{/each}}',
    '{{#each order.lines}}{{#each ../recommendations}}{{@../index}} {{../name}} {{../../customer.email}}{{/each}}{{/each}}',
    '{{#with order}}{{externalId}} {{../customer.firstName}}{{/with}}',
    '{{#with order as |o|}}{{o.total}}{{/with}}',
    '{{#each customer.tags}}{{this}} {{.}}{{/each}}',
    '{{#each customer.attributes as |value key|}}{{key}} {{value}} {{@key}}{{/each}}',
    '{{customer.tags}} {{order.lines.length}} {{order.lines.[0].name}} {{order.lines.0.name}}',
    '{{customer.attributes.favourite.colour}} {{event.properties.cart.url}} {{customer.attributes.[dog name]}}',
    '{{#if (and (eq customer.stage "repeat") (gt customer.orders.count 2))}}x{{/if}}',
    '{{#eq locale "it"}}ciao{{else}}hello{{/eq}}{{#if (not (or coupon.code survey.question))}}y{{/if}}',
    '{{default customer.firstName "friend"}} {{date order.placedAt}} {{date order.placedAt "short"}}',
    '{{money order.total}} {{money order.total order.currency}} {{lookup customer.attributes "city"}}',
    '{{#with (lookup order.lines 0)}}{{name}}{{/with}}{{#if customer.points includeZero=true}}{{customer.points}}{{/if}}',
    '{{! a comment }}{{!-- another {{x}} --}} {{~locale~}}',
  ])('takes %s', (source) => {
    expect(messages(source)).toEqual([]);
  });

  it.each([
    ['{{customer.frstName}}', /"customer\.frstName".*Did you mean "customer\.firstName"/],
    ['{{frstName}}', /Unknown variable "frstName"/],
    ['{{order}}', /group of values/],
    ['{{order.lines}}', /list.*each/],
    ['{{order.lines.name}}', /list/],
    ['{{shout customer.firstName}}', /Unknown helper "shout"/],
    ['{{constructor.constructor "x"}}', /Unknown helper "constructor\.constructor"/],
    ['{{constructor}}', /constructor/],
    ['{{customer.attributes.constructor.name}}', /constructor/],
    ['{{customer.attributes.__proto__.x}}', /__proto__/],
    ['{{lookup customer "constructor"}}', /constructor/],
    ['{{{customer.firstName}}}', /Unescaped.*\{\{\{/],
    ['{{&customer.firstName}}', /Unescaped/],
    ['{{> footer}}', /Partials.*footer/],
    ['{{#> layout}}x{{/layout}}', /Partials/],
    ['{{* d}}', /Decorators/],
    ['{{#*inline "x"}}y{{/inline}}', /Decorators/],
    ['{{log customer.email}}', /Unknown helper "log"/],
    ['{{#order.lines}}x{{/order.lines}}', /Unknown helper "order\.lines"/],
    ['{{^customer}}x{{/customer}}', /Unknown helper "customer"/],
    ['{{#each customer.firstName}}x{{/each}}', /wants a list/],
    ['{{#each order.lines}}{{customer.firstName}}{{/each}}', /"\.\.\/customer\.firstName"/],
    ['{{#each order.lines as |l|}}{{l.nme}}{{/each}}', /order\.lines\[\]\.name/],
    ['{{@index}}', /inside of \{\{#each\}\}/],
    ['{{#each order.lines}}{{@../index}}{{/each}}', /inside of/],
    ['{{../customer.email}}', /climbs/],
    ['{{if customer.email}}', /is a block/],
    ['{{#date order.placedAt}}x{{/date}}', /not a block/],
    ['{{#if customer.email customer.email}}x{{/if}}', /takes 1 argument, not 2/],
    ['{{eq customer.stage}}', /takes 2 arguments, not 1/],
    ['{{date order.placedAt "stardate"}}', /styles/],
    ['{{money order.total currency="EUR"}}', /no argument "currency"/],
    ['{{#if customer.email as |x|}}y{{/if}}', /block parameters/],
    ['{{"constructor"}}', /neither/],
  ])('refuses %s', (source, message) => {
    expect(messages(source).join(' ')).toMatch(message);
  });

  it('tells line and column of every fault, and goes on after the first', () => {
    expect(faults('\n\n  {{customer.frstName}}\n{{nope}}')).toEqual([
      { path: 'p', message: expect.stringContaining('frstName') as string, line: 3, column: 5 },
      { path: 'p', message: 'Unknown variable "nope".', line: 4, column: 3 },
    ]);
  });

  it('tells where an open block stands, a wrong end, and what cannot be read', () => {
    expect(faults('a\n{{#if customer.email}}b')).toEqual([
      { path: 'p', message: 'The block {{#if}} is not closed.', line: 2, column: 1 },
    ]);
    expect(faults('{{#if customer.email}}\n{{/each}}')).toEqual([
      { path: 'p', message: 'The block {{#if}} is closed by {{/each}}.', line: 1, column: 4 },
    ]);
    expect(faults('x\n{{/if}}')[0]).toMatchObject({
      line: 2,
      message: expect.stringContaining('not opened') as string,
    });
    expect(faults('{{customer.firstName')[0]?.message).toMatch(/not finished|too early/);
    expect(faults('{{}}')[0]?.message).toMatch(/too early/);
  });

  it('lists what is read and what is written, by full name', () => {
    const check = checkHandlebars(
      '{{#if coupon.code}}{{coupon.discount}}{{/if}}{{#each order.lines as |l|}}{{l.name}}{{/each}}{{links.unsubscribe}}',
      'p',
    );
    expect(check.variables).toEqual([
      'coupon.code',
      'coupon.discount',
      'links.unsubscribe',
      'order.lines',
      'order.lines[].name',
    ]);
    expect([...check.always]).toEqual(['links.unsubscribe']);
    expect([...check.written].sort()).toEqual(['coupon.discount', 'links.unsubscribe', 'order.lines[].name']);
  });

  it('bounds tags and nesting', () => {
    expect(messages('{{locale}}'.repeat(2_100))).toEqual(['The template has too many tags.']);
    expect(messages('{{locale}}'.repeat(50_000))).toEqual(['The template has too many tags.']);
    for (const depth of [25, 60, 10_000]) {
      const blocks = '{{#if locale}}'.repeat(depth) + '{{/if}}'.repeat(depth);
      expect(messages(blocks)).toEqual(['Blocks are nested too deep.']);
      const expression = `{{#if ${'(not '.repeat(depth)}locale${')'.repeat(depth)}}}x{{/if}}`;
      expect(messages(expression)).toEqual(['Expressions are nested too deep.']);
      const chain = `{{#if locale}}a${'{{else if locale}}b'.repeat(depth)}{{/if}}`;
      expect(messages(chain)).toEqual(['Blocks are nested too deep.']);
    }
    expect(messages(`{{locale}} ${'('.repeat(1_000)}`)).toEqual([]);
  });
});
