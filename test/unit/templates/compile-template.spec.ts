import { CONFIRMATION_TEMPLATE, confirmationFaults } from '../../../src/templates/confirmation-mail';
import { compileTemplate } from '../../../src/templates/domain/compile-template';
import { MjmlLayouter } from '../../../src/templates/mjml-layouter';
import { missingVariables } from '../../../src/templates/missing-variables';
import type { LocaleSource } from '../../../src/templates/domain/compile-locale';

const layouter = new MjmlLayouter();
afterAll(() => layouter.onApplicationShutdown());

const LEAVE = '<mj-text><a href="{{links.unsubscribe}}">leave</a></mj-text>';
const mjml = (body: string) =>
  `<mjml><mj-body><mj-section><mj-column>${body}${LEAVE}</mj-column></mj-section></mj-body></mjml>`;

async function faultsOf(source: Partial<LocaleSource>, kind: 'marketing' | 'transactional' = 'marketing') {
  const result = await compileTemplate(
    { en: { subject: 's', mjml: mjml(''), ...source } },
    'en',
    kind,
    layouter.layOut,
  );
  return result.ok ? [] : result.faults;
}
async function compiledOf(source: Partial<LocaleSource>, locale = 'en') {
  const result = await compileTemplate(
    { [locale]: { subject: 's', mjml: mjml(''), ...source } },
    locale,
    'marketing',
    layouter.layOut,
  );
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  const compiled = result.locales[locale];
  if (!compiled) throw new Error('not compiled');
  return compiled;
}

describe('faults of a template, each with its place', () => {
  it.each<[string, Partial<LocaleSource>, RegExp, number | undefined]>([
    ['no unsubscribe link', { mjml: '<mjml><mj-body></mj-body></mjml>' }, /unsubscribe/, undefined],
    ['an unknown tag', { mjml: mjml('\n<mj-txt>oops</mj-txt>') }, /mj-txt/, 2],
    ['an unclosed block', { mjml: mjml('<mj-text>{{#if customer.firstName}}</mj-text>') }, /#if.*not closed/, 1],
    ['an unknown variable', { mjml: mjml('\n\n<mj-text>{{customer.frstName}}</mj-text>') }, /frstName/, 3],
    ['an unknown helper', { mjml: mjml('<mj-text>{{shout customer.firstName}}</mj-text>') }, /shout/, 1],
    ['an include', { mjml: mjml('<mj-include path="/etc/passwd" />') }, /mj-include/, 1],
    ['a way to JavaScript', { mjml: mjml('<mj-text>{{constructor.constructor "x"}}</mj-text>') }, /constructor/, 1],
    ['unescaped output', { mjml: mjml('<mj-text>{{{customer.firstName}}}</mj-text>') }, /\{\{\{/, 1],
    ['a partial', { mjml: mjml('<mj-text>{{> footer}}</mj-text>') }, /footer/, 1],
    ['an unknown attribute', { mjml: mjml('\n<mj-text colour="red">x</mj-text>') }, /colour.*illegal/, 2],
    ['a value of the wrong kind', { mjml: mjml('<mj-text font-size="big">x</mj-text>') }, /font-size/, 1],
    ['an element in the wrong place', { mjml: '<mjml><mj-body><mj-text>x</mj-text></mj-body></mjml>' }, /mj-text/, 1],
    ['no body', { mjml: '<mjml></mjml>' }, /mj-body/, 1],
    ['no MJML', { mjml: '<html></html>' }, /no MJML/, 1],
    ['nothing', { mjml: '' }, /no MJML/, 1],
  ])('%s', async (_, source, message, line) => {
    const faults = await faultsOf(source);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.every((fault) => fault.path === 'locales.en.mjml')).toBe(true);
    expect(faults.map((fault) => fault.message).join(' ')).toMatch(message);
    if (line !== undefined) expect(faults.map((fault) => fault.line)).toContain(line);
    expect(JSON.stringify(faults)).not.toContain(process.cwd());
    expect(JSON.stringify(faults)).not.toMatch(/node_modules|[\s"'(]\/(?!etc)[a-z]+\/[a-z]/i);
  });

  it('tells the faults of all parts and locales at once', async () => {
    const result = await compileTemplate(
      {
        it: {
          subject: '{{nope}}',
          preheader: '{{#if}}',
          mjml: mjml('<mj-text>{{boh}}</mj-text>'),
          text: '{{{locale}}}',
        },
        en: { subject: 'a\r\nBcc: x@example.com', mjml: mjml('') },
      },
      'it',
      'marketing',
      layouter.layOut,
    );
    expect(result.ok ? [] : result.faults.map((fault) => fault.path)).toEqual([
      'locales.it.subject',
      'locales.it.mjml',
      'locales.it.preheader',
      'locales.it.text',
      'locales.en.subject',
    ]);
  });

  it('refuses what cannot be stored, empty subjects, and more than a template may hold', async () => {
    expect((await faultsOf({ subject: 'a\0b' }))[0]?.path).toBe('locales.en.subject');
    expect((await faultsOf({ text: '\ud800' }))[0]?.path).toBe('locales.en.text');
    expect((await faultsOf({ subject: '  ' }))[0]?.message).toMatch(/subject/i);
    expect((await faultsOf({ mjml: mjml('x'.repeat(200_001)) }))[0]?.message).toMatch(/200000/);
  });

  // In anything but linear time these take minutes.
  it('takes the most awkward sources in linear time', async () => {
    const raw = (text: string) => mjml(`<mj-raw>${text}</mj-raw>`);
    expect(await faultsOf({ mjml: raw(`<pre>${' \t'.repeat(90_000)}x</pre>`) })).toEqual([]);
    expect((await faultsOf({ mjml: raw('<div>'.repeat(30_000)) }))[0]?.message).toMatch(/too many HTML tags/);
    expect((await faultsOf({ mjml: raw('{{#if locale}}'.repeat(12_000)) }))[0]?.message).toMatch(/too deep/);
    expect((await faultsOf({ text: `${' '.repeat(90_000)}x` }))[0]).toBeUndefined();
  });

  it('knows locales, and wants the default among them', async () => {
    const source = { subject: 's', mjml: mjml('') };
    for (const [locales, fallback, path] of [
      [{}, 'en', 'locales'],
      [{ 'not a locale': source }, 'not a locale', 'locales.not a locale'],
      [{ en: source, EN: source }, 'en', 'locales.EN'],
      [{ en: source }, 'it', 'defaultLocale'],
    ] as const) {
      const result = await compileTemplate(locales, fallback, 'marketing', layouter.layOut);
      expect(result.ok ? '' : result.faults[0]?.path).toBe(path);
    }
  });

  it('wants the unsubscribe link in every locale of a marketing template, not of a transactional one', async () => {
    const bare = { subject: 's', mjml: '<mjml><mj-body></mj-body></mjml>' };
    const both = { en: { subject: 's', mjml: mjml('') }, it: bare };
    const result = await compileTemplate(both, 'en', 'marketing', layouter.layOut);
    expect(result.ok ? [] : result.faults.map((fault) => fault.path)).toEqual(['locales.it.mjml']);
    expect((await compileTemplate(both, 'en', 'transactional', layouter.layOut)).ok).toBe(true);
    const onlyAsked = mjml('').replace(LEAVE, '<mj-text>{{#if links.unsubscribe}}x{{/if}}</mj-text>');
    expect((await faultsOf({ mjml: onlyAsked }))[0]?.message).toMatch(/unsubscribe/);
  });

  it('finds a variable that the layout moves out of its block', async () => {
    const moved = `<mjml><mj-body><mj-raw>{{#each order.lines as |line|}}</mj-raw><mj-section css-class="x"><mj-column>
      <mj-carousel><mj-carousel-image src="{{line.imageUrl}}" thumbnails-src="{{line.imageUrl}}" /></mj-carousel>
      </mj-column></mj-section><mj-raw>{{/each}}</mj-raw><mj-section><mj-column>${LEAVE}</mj-column></mj-section></mj-body></mjml>`;
    const faults = await faultsOf({ mjml: moved });
    for (const fault of faults)
      expect(fault).toMatchObject({ path: 'locales.en.mjml', message: expect.stringMatching(/layout/) as string });
  });
});

describe('what is made of a template', () => {
  it('puts language, title and preheader into the HTML, and keeps fonts of third parties out', async () => {
    const { html } = await compiledOf({ subject: 'A & {{customer.firstName}}', preheader: 'B < {{locale}}' }, 'it-IT');
    expect(html).toContain('<html lang="it-IT"');
    expect(html).toContain('<title>A &amp; {{customer.firstName}}</title>');
    expect(html).toMatch(/<body[^>]*><div style="display:none[^>]*>B &lt; \{\{locale\}\}&#847;/);
    expect(html).not.toContain('fonts.googleapis.com');
    expect(html).toContain('@media');
  });

  it('makes a text part with merge tags, links, unwrapped lines and headings as they are', async () => {
    const long = 'word '.repeat(60).trim();
    const { text } = await compiledOf({
      preheader: 'hidden line',
      mjml: mjml(
        `<mj-text><h1>Hello {{customer.firstName}}</h1><p>${long}</p>{{#each order.lines as |line|}}<p>{{line.name}}: {{money line.unitPrice}}</p>{{/each}}</mj-text>
         <mj-button href="{{order.lines.[0].url}}">See it</mj-button><mj-image src="a.png" alt="picture" />`,
      ),
    });
    expect(text).toContain('Hello {{customer.firstName}}');
    expect(text).toContain(long);
    expect(text).toContain('{{#each order.lines as |line|}}');
    expect(text).toContain('See it <{{order.lines.[0].url}}>');
    expect(text).toContain('leave <{{links.unsubscribe}}>');
    expect(text).not.toMatch(/hidden line|picture|HELLO/);
  });

  it('warns when mails may go out without the way to leave', async () => {
    const guarded = mjml('').replace(
      LEAVE,
      `<mj-text>{{#if locale}}<a href="{{links.unsubscribe}}">x</a>{{/if}}</mj-text>`,
    );
    expect((await compiledOf({ mjml: guarded })).warnings.join(' ')).toMatch(/inside of a block/);
    expect((await compiledOf({ text: 'Hello' })).warnings.join(' ')).toMatch(/text part/);
    expect((await compiledOf({})).warnings).toEqual([]);
  });

  it('says which variables it reads, so that a campaign can say which it does not provide', async () => {
    const { variables } = await compiledOf({
      subject: '{{coupon.code}}',
      mjml: mjml('<mj-text>{{#each recommendations}}{{name}}{{/each}}{{order.total}}{{store.name}}</mj-text>'),
    });
    expect(missingVariables(variables, new Set(['order']))).toEqual([
      'coupon.code',
      'recommendations',
      'recommendations[].name',
    ]);
  });
});

describe('the template that asks to confirm a subscription', () => {
  const faults = async (
    body: string,
    kind: 'marketing' | 'transactional' = 'transactional',
    key = CONFIRMATION_TEMPLATE,
  ) => {
    const text = `<mjml><mj-body><mj-section><mj-column><mj-text>${body}</mj-text></mj-column></mj-section></mj-body></mjml>`;
    const source = { en: { subject: 's', mjml: text } };
    const result = await compileTemplate(source, 'en', 'transactional', layouter.layOut);
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    return confirmationFaults(key, kind, result.locales).map(({ path }) => path);
  };
  const link = '<a href="{{links.confirm}}">yes</a>';

  it('shows its link whatever the variables, and is no marketing', async () => {
    expect(await faults(link)).toEqual([]);
    expect(await faults('Please confirm.')).toEqual(['locales.en.mjml']);
    expect(await faults(`{{#if customer.firstName}}${link}{{/if}}`)).toEqual(['locales.en.mjml']);
    expect(await faults(link, 'marketing')).toEqual(['kind']);
    expect(await faults('Hello', 'marketing', 'hello')).toEqual([]);
  });
});
