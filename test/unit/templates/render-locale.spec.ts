import { compileTemplate } from '../../../src/templates/domain/compile-template';
import { MjmlLayouter } from '../../../src/templates/mjml-layouter';
import { localeRenderer, RenderBoundExceeded } from '../../../src/templates/domain/render-locale';
import type { CompiledLocale } from '../../../src/templates/domain/compile-locale';

const layouter = new MjmlLayouter();
afterAll(() => layouter.onApplicationShutdown());

const settings = { locale: 'en', currency: 'EUR', timezone: 'Europe/Rome' };
const compiled = (html: string, subject = 's', text = 't'): CompiledLocale => ({
  subject,
  html,
  text,
  variables: [],
  warnings: [],
});
const render = (html: string, variables: object, locale = 'en') =>
  localeRenderer(compiled(html))(variables, { ...settings, locale }).html;

const LEAVE = '<mj-text><a href="{{links.unsubscribe}}">x</a></mj-text>';

describe('rendering', () => {
  it('escapes HTML, not subject and text; the subject stays one line', () => {
    const name = 'Zoë <b>\r\nBcc: x@example.com';
    const mail = localeRenderer(compiled('<p>{{n}}</p>', 'Hi {{n}}', 'Dear {{n}}'))({ n: name }, settings);
    expect(mail.html).toBe('<p>Zoë &lt;b&gt;\r\nBcc: x@example.com</p>');
    expect(mail.subject).toBe('Hi Zoë <b> Bcc: x@example.com');
    expect(mail.text).toBe('Dear Zoë <b>\nBcc: x@example.com');
  });

  it('renders a block around a whole section', async () => {
    const section = (text: string) => `<mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section>`;
    const source = `<mjml><mj-body><mj-raw>{{#if customer.firstName}}</mj-raw>${section('named')}<mj-raw>{{else}}</mj-raw>${section('nameless')}<mj-raw>{{/if}}</mj-raw><mj-raw>{{#each order.lines as |line|}}</mj-raw>${section('{{line.name}}')}<mj-raw>{{/each}}</mj-raw><mj-section><mj-column>${LEAVE}</mj-column></mj-section></mj-body></mjml>`;
    const result = await compileTemplate({ en: { subject: 's', mjml: source } }, 'en', 'marketing', layouter.layOut);
    if (!result.ok || !result.locales['en']) throw new Error(JSON.stringify(result));
    const renderer = localeRenderer(result.locales['en']);
    const mail = renderer(
      { customer: { firstName: 'Ada' }, order: { lines: [{ name: 'Moka' }, { name: 'Mug' }] } },
      settings,
    );
    expect(mail.html).toContain('>named<');
    expect(mail.html).not.toContain('nameless');
    expect(mail.html.indexOf('>Moka<')).toBeLessThan(mail.html.indexOf('>Mug<'));
    expect(mail.html).not.toContain('{{');
    expect(mail.html.match(/<table/g)?.length).toBe(mail.html.match(/<\/table>/g)?.length);
    expect(mail.text).toBe('named\n\nMoka\n\nMug\n\nx');
    expect(renderer({ customer: {} }, settings).html).toContain('nameless');
  });

  it('understands block parameters, ../, @index, @last and this', () => {
    const lines = { order: { lines: [{ name: 'Moka' }, { name: 'Beans' }] }, customer: { firstName: 'Zoë <b>' } };
    const html =
      '{{#each order.lines as |line|}}<p>{{@index}}: {{line.name}} for {{../customer.firstName}}</p>{{/each}}{{#each order.lines}}{{#if @last}}at last {{this.name}}{{/if}}{{/each}}';
    expect(render(html, lines)).toBe('<p>0: Moka for Zoë &lt;b&gt;</p><p>1: Beans for Zoë &lt;b&gt;</p>at last Beans');
  });

  it('compares, decides and falls back', () => {
    const v = { a: 2, b: '2', c: 'x', zero: 0, none: null, list: [] };
    const html = [
      '{{#if (eq a b)}}1{{/if}}{{#if (ne a c)}}2{{/if}}{{#if (gt b 1)}}3{{/if}}{{#if (lt c "y")}}4{{/if}}',
      '{{#if (and a c)}}5{{/if}}{{#if (or none list)}}no{{else}}6{{/if}}{{#if (not list)}}7{{/if}}',
      '{{#eq c "x"}}8{{else}}no{{/eq}}{{default none "9"}}{{default zero 1}}{{#if (gt none 1)}}no{{/if}}{{lookup list 3}}',
    ].join('');
    expect(render(html, v)).toBe('1234567890');
  });

  it("writes money and dates as the locale does, in the shop's currency and zone", () => {
    const v = { p: '1234.5', c: 'JPY', d: '2026-03-29T22:30:00.000Z', day: '2026-03-29', junk: 'x' };
    const spaces = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
    expect(spaces(render('{{money p}}|{{money p c}}|{{money junk}}', v, 'it'))).toBe('1234,50 €|1235 JPY|');
    expect(spaces(render('{{money p}}', v, 'en'))).toBe('€1,234.50');
    expect(render('{{date d}}|{{date day}}|{{date junk}}', v, 'it')).toBe('30 marzo 2026|29 marzo 2026|');
    expect(render('{{date d "short"}}|{{date d "time"}}', v, 'en')).toMatch(/^3\/30\/26\|12:30/);
  });

  it('gives what is missing as nothing, and reaches no prototype', () => {
    const error = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(render('[{{a.b.c}}{{a.toString}}{{lookup a "constructor"}}{{#each none}}x{{/each}}]', { a: {} })).toBe('[]');
    error.mockRestore();
  });

  it('is bounded in turns, in what they produce and in size', () => {
    const list = Array.from({ length: 150 }, (_, i) => ({ i }));
    expect(() => render('{{#each l}}{{#each ../l}}x{{/each}}{{/each}}', { l: list })).toThrow(RenderBoundExceeded);
    const wide = `{{#each l}}${'y'.repeat(20_000)}{{/each}}`;
    expect(() => render(wide, { l: list })).toThrow(RenderBoundExceeded);
    expect(() => render('{{a}}'.repeat(300), { a: 'z'.repeat(10_000) })).toThrow(RenderBoundExceeded);
  });
});
