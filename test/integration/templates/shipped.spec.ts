import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { compileTemplate } from '../../../src/templates/domain/compile-template';
import { MjmlLayouter } from '../../../src/templates/mjml-layouter';
import { type CompiledLocale } from '../../../src/templates/domain/compile-locale';
import { localeRenderer } from '../../../src/templates/domain/render-locale';
import { rewriteLinks } from '../../../src/templates/domain/rewrite-links';
import { missingVariables } from '../../../src/templates/missing-variables';
import { loadShipped } from '../../../src/blueprints/shipped-content';
import { shippedFolder } from '../../../src/templates/shipped-folder';

const layouter = new MjmlLayouter();
afterAll(() => layouter.onApplicationShutdown());

interface Step {
  kind: string;
  template?: string;
  recommend?: object;
  survey?: string;
  at?: string;
  then?: Step[];
  else?: Step[];
}

/** E-mail steps of a campaign, in any depth, each with the step before it. */
function mailsOf(list: readonly Step[], before?: Step): Array<{ step: Step; before: Step | undefined }> {
  return list.flatMap((step, i) => [
    ...(step.kind === 'email' ? [{ step, before: list[i - 1] ?? before }] : []),
    ...mailsOf(step.then ?? [], step),
    ...mailsOf(step.else ?? [], step),
  ]);
}

const shipped = loadShipped();
const settings = { locale: 'it', currency: 'EUR', timezone: 'Europe/Rome' };
const links = {
  unsubscribe: 'https://mail.test/u/1',
  preferences: 'https://mail.test/p/1',
  viewInBrowser: 'https://mail.test/v/1',
  assets: 'https://mail.test/assets/mails',
};
const store = { name: 'Bottega', address: 'Via Roma 1', url: 'https://shop.test', currency: 'EUR', locale: 'it' };
const full = {
  customer: { firstName: 'Zoë', orders: { count: 1, total: '10.00', lastAt: '2026-01-12T10:00:00.000Z' } },
  event: {
    type: 'checkout.started',
    properties: { externalId: 'C', url: 'https://shop.test/checkout/C', total: '31.50', currency: 'EUR' },
    lines: [
      { name: 'Moka', productExternalId: 'm', quantity: 2, unitPrice: '15.75', imageUrl: 'https://shop.test/m.png' },
    ],
  },
  survey: {
    question: 'How likely?',
    url: 'https://shop.test/s/all',
    scores: [0, 10].map((value) => ({ value, label: String(value), url: `https://shop.test/s/${value}` })),
  },
  order: { externalId: 'A', lines: [{ name: 'Moka', quantity: 1, url: 'https://shop.test/moka' }] },
  recommendations: [1, 2, 3].map((n) => ({
    name: `P${n}`,
    price: '9.90',
    url: `https://shop.test/p${n}`,
    imageUrl: `https://shop.test/p${n}.png`,
  })),
  store,
  links,
};
const bare = { customer: { orders: { count: 0 } }, store, links };

const mails = new Map<string, Record<string, CompiledLocale>>();

beforeAll(async () => {
  for (const template of shipped.templates) {
    const result = await compileTemplate(
      template.locales,
      template.defaultLocale,
      template.kind ?? 'marketing',
      layouter.layOut,
    );
    if (!result.ok) throw new Error(`${template.key}: ${JSON.stringify(result.faults)}`);
    mails.set(template.key, result.locales);
  }
});

const marketing = shipped.templates.filter(({ kind }) => kind !== 'transactional');
const each = marketing.flatMap((template) => Object.keys(template.locales).map((locale) => [template.key, locale]));
const compiledOf = (key: string, locale: string): CompiledLocale => {
  const compiled = mails.get(key)?.[locale];
  if (!compiled) throw new Error(`${key} ${locale} is missing`);
  return compiled;
};

describe('the mails that come with the product', () => {
  it('are there for each of the seven campaigns, and the one that asks to confirm, in Italian and English', () => {
    expect(shipped.templates.map((template) => template.key)).toEqual([
      'abandoned-cart-1',
      'abandoned-checkout-1',
      'abandoned-checkout-2',
      'confirm-subscription',
      'cross-sell-1',
      'cross-sell-2',
      'feedback-1',
      'feedback-2',
      'feedback-3',
      'feedback-4',
      'feedback-5',
      'last-chance-1',
      'welcome-1',
      'welcome-2',
      'win-back-1',
      'win-back-2',
      'win-back-3',
    ]);
    expect(shipped.templates.every((template) => Object.keys(template.locales).sort().join() === 'en,it')).toBe(true);
  });

  it('have their own subject, preheader, heading, picture and call to action', () => {
    const told = (find: (key: string, locale: string) => string | undefined): void => {
      const all = each.map(([key = '', locale = '']) => find(key, locale));
      expect(all.every((text) => text !== undefined && text !== '')).toBe(true);
      expect(new Set(all).size).toBe(all.length);
    };
    const source = (key: string, locale: string) => shipped.templates.find((one) => one.key === key)?.locales[locale];
    told((key, locale) => source(key, locale)?.subject);
    told((key, locale) => source(key, locale)?.preheader ?? undefined);
    told((key, locale) => /<h1>(.*?)<\/h1>/.exec(source(key, locale)?.mjml ?? '')?.[1]);
    told((key, locale) => /<mj-button [^>]*>(.*?)<\/mj-button>/.exec(source(key, locale)?.mjml ?? '')?.[1]);
    const pictures = each.map(
      ([key = '', locale = '']) => /assets\}\}\/([\w-]+\.png)/.exec(source(key, locale)?.mjml ?? '')?.[1],
    );
    expect(new Set(pictures).size).toBe(marketing.length);
    for (const name of pictures) {
      const file = path.join(shippedFolder(), 'images', name ?? '');
      expect(existsSync(file)).toBe(true);
      expect(statSync(file).size).toBeLessThan(60_000);
    }
  });

  it.each(each)(
    '%s in %s renders whole, with and without a name, an order and recommendations',
    (key = '', locale = '') => {
      const compiled = compiledOf(key, locale);
      expect(compiled.warnings).toEqual([]);
      const render = localeRenderer(compiled);
      for (const variables of [full, bare]) {
        const mail = render(variables, { ...settings, locale });
        expect(Buffer.byteLength(mail.html)).toBeLessThan(100_000);
        expect(mail.html + mail.text + mail.subject).not.toMatch(/\{\{|undefined|\[object|NaN/);
        expect(mail.subject).not.toBe('');
        expect(mail.text.length).toBeGreaterThan(300);
        expect(mail.text).toContain(links.unsubscribe);
        expect(mail.text).not.toMatch(/<>|\n{3}|[<>]{2}/);
        const found = rewriteLinks(mail.html, new Set(Object.values(links)));
        expect(found.links.length).toBeGreaterThan(0);
        for (const link of found.links) expect(link).toMatch(/^https:\/\/shop\.test/);
        expect(found.html).not.toContain('href="#"');
        expect(found.html).not.toContain('href=""');
        for (const image of found.html.matchAll(/<img [^>]*src="([^"]*)"/g)) expect(image[1]).toMatch(/^https:/);
      }
    },
  );

  it('ask to confirm with a link that always stands, and with nothing of marketing', () => {
    for (const locale of ['en', 'it']) {
      const confirm = 'https://mail.test/c/1';
      const { html, text } = localeRenderer(compiledOf('confirm-subscription', locale))(
        { store, links: { ...links, confirm } },
        { ...settings, locale },
      );
      expect(html).toContain(`href="${confirm}"`);
      expect(text).toContain(confirm);
      expect(html + text).not.toMatch(/\/u\/1|\/p\/1|\{\{|undefined/);
    }
  });

  it('show what was left behind, with its price and the way back to it', () => {
    const { html, text, subject } = localeRenderer(compiledOf('abandoned-checkout-1', 'it'))(full, settings);
    expect(subject).toBe('Ti manca solo un passo, Zoë');
    expect(text).toMatch(/Moka\s+2 × 15,75\s€/);
    expect(text).toMatch(/Totale 31,50\s€/);
    expect(html).toContain('href="https://shop.test/checkout/C"');
    expect(localeRenderer(compiledOf('abandoned-cart-1', 'en'))(full, { ...settings, locale: 'en' }).subject).toBe(
      'Still in your basket: Moka',
    );
  });

  it('read as text what they say as HTML', () => {
    const { text } = localeRenderer(compiledOf('cross-sell-1', 'it'))(full, settings);
    expect(text).toMatch(/^Bottega <https:\/\/shop\.test>\n/);
    expect(text).toContain('Fatti per stare insieme');
    expect(text).toContain('Ciao Zoë,');
    expect(text).toMatch(/P1\s+9,90\s€\s+Guarda da vicino <https:\/\/shop\.test\/p1>/);
  });
});

describe('the campaigns that come with the product', () => {
  const steps = (campaign: Record<string, unknown>): Step[] => campaign['steps'] as Step[];

  it('are seven, use every mail once, and hold out a tenth', () => {
    expect(shipped.campaigns.map((campaign) => campaign.key)).toEqual([
      'abandoned-cart',
      'abandoned-checkout',
      'cross-sell',
      'feedback',
      'last-chance',
      'welcome',
      'win-back',
    ]);
    const used = shipped.campaigns.flatMap((campaign) => mailsOf(steps(campaign)).map(({ step }) => step.template));
    expect(used.sort()).toEqual(marketing.map((template) => template.key).sort());
    expect(shipped.campaigns.map((campaign) => campaign['holdout'])).toEqual(Array(7).fill(0.1));
  });

  it('provide every variable that their mails name', () => {
    for (const campaign of shipped.campaigns) {
      const trigger = campaign['trigger'] as { on: string };
      for (const { step } of mailsOf(steps(campaign))) {
        const more = [...(step.recommend ? ['recommendations'] : []), ...(step.survey ? ['survey'] : [])];
        const provided = new Set([trigger.on, ...more]);
        for (const locale of ['it', 'en']) {
          expect(missingVariables(compiledOf(step.template ?? '', locale).variables, provided)).toEqual([]);
        }
      }
    }
  });

  it('ask what comes with them, and show every answer that can be given', () => {
    const asked = shipped.campaigns.flatMap((campaign) =>
      mailsOf(steps(campaign)).flatMap(({ step }) => step.survey ?? []),
    );
    expect(asked.sort()).toEqual(shipped.surveys.map(({ key }) => key).sort());
    for (const locale of ['it', 'en']) {
      for (const key of ['feedback-1', 'win-back-3']) {
        const { html } = localeRenderer(compiledOf(key, locale))(full, { ...settings, locale });
        for (const { url } of full.survey.scores) expect(html).toContain(`href="${url}"`);
        expect(html).toContain('How likely?');
      }
    }
  });

  it('write by day: every mail follows a wait until an hour between 9 and 20, or keeps to these hours', () => {
    for (const campaign of shipped.campaigns) {
      if (campaign['sendWindow']) {
        expect(campaign['sendWindow']).toEqual({ from: '09:00', to: '20:00', timezone: 'customer' });
        continue;
      }
      for (const { before } of mailsOf(steps(campaign))) {
        expect(before?.kind).toBe('wait');
        expect(before?.at).toMatch(/^(09|1\d):00$/);
      }
    }
  });
});
