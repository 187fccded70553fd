// Takes the screenshots of the shipped mails: every mail in every locale at 360 and 600 px, into docs/images/mails.
//   npm run build && node scripts/mail-screenshots.mjs [the beginning of the mails' keys]
// Samples stand in for a customer, an order, a cart and recommendations; nothing is sent and no service is needed.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = path.join(import.meta.dirname, '..');
const built = path.resolve(process.env.BUILT ?? path.join(root, 'dist'), 'src', 'templates');
const require = createRequire(import.meta.url);
const { loadShipped } = require(path.join(built, '..', 'blueprints', 'shipped-content.js'));
const { compileTemplate } = require(path.join(built, 'domain', 'compile-template.js'));
const { MjmlLayouter } = require(path.join(built, 'mjml-layouter.js'));
const { localeRenderer } = require(path.join(built, 'domain', 'render-locale.js'));

const out = path.join(root, 'docs', 'images', 'mails');
const WIDTHS = [360, 600];
const LIMIT = 120_000;

/** A picture of a product: a shape on a coloured square. */
const picture = (ground, shape) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 88 88"><rect width="88" height="88" fill="${ground}"/>${shape}</svg>`)}`;
const pictures = [
  picture('#dce9e4', '<path d="M26 26h36l-5 40H31z" fill="#2f6f6b"/><path d="M30 20h28v6H30z" fill="#1f4f4c"/>'),
  picture(
    '#f8e6bd',
    '<path d="M22 34h38q0 30-19 30T22 34z" fill="#c4512d"/><path d="M60 38q14 0 10 12-4 6-14 5" fill="none" stroke="#c4512d" stroke-width="5"/>',
  ),
  picture(
    '#e7ecd8',
    '<path d="M36 66V38l4-8V18h8v12l4 8v28z" fill="#5f8a4c"/><path d="M37 46h14v12H37z" fill="#fffaf2"/>',
  ),
];
const words = {
  it: {
    products: ['Caffè in grani «Mattino», 500 g', 'Tazza in ceramica, fatta a mano', 'Olio extravergine, 0,5 l'],
    order: ['Moka da tre tazze', 'Presine in lino'],
  },
  en: {
    products: ['“Morning” coffee beans, 500 g', 'Handmade ceramic cup', 'Extra virgin olive oil, 0.5 l'],
    order: ['Moka pot for three', 'Linen pot holders'],
  },
};

/** What a mail asks, as a sender would give it: the shipped surveys. */
function surveyOf(template, locale) {
  const { surveys } = loadShipped();
  const { question, choices } = surveys.find(({ key }) => key === (template === 'win-back-3' ? 'why-left' : 'nps'));
  const marks = choices ?? Array.from({ length: 11 }, (_, value) => ({ value }));
  const scores = marks.map(({ value, label }) => ({ value, label: label?.[locale] ?? String(value), url: '#score' }));
  return { question: question[locale], url: '#survey', scores };
}

function sample(key, locale) {
  const { products, order } = words[locale];
  return {
    customer: {
      firstName: 'Chiara',
      referral: { code: 'CHIARA-7K2M', url: 'https://bottega.example/?ref=CHIARA-7K2M' },
      locale,
      orders: { count: 2, total: '84.00', lastAt: '2026-01-12T10:00:00.000Z' },
    },
    order: {
      externalId: '1042',
      placedAt: '2026-03-02T10:00:00.000Z',
      lines: order.map((name, i) => ({ name, quantity: 1 + i, url: `https://bottega.example/${i}` })),
    },
    event: {
      type: 'checkout.started',
      properties: { url: 'https://bottega.example/checkout', total: '43.60', currency: 'EUR' },
      lines: products.slice(0, 2).map((name, i) => ({
        name,
        quantity: [2, 1][i],
        unitPrice: ['9.80', '24.00'][i],
        imageUrl: pictures[i],
      })),
    },
    recommendations: products.map((name, i) => ({
      name,
      price: ['9.80', '24.00', '14.50'][i],
      url: `https://bottega.example/p${i}`,
      imageUrl: pictures[i],
    })),
    survey: surveyOf(key, locale),
    store: { name: 'Bottega Aurora', address: 'Via Roma 1, 10123 Torino', url: 'https://bottega.example' },
    links: {
      unsubscribe: '#unsubscribe',
      preferences: '#preferences',
      viewInBrowser: '#view',
      assets: pathToFileURL(path.join(root, 'templates', 'images')).href,
    },
    locale,
  };
}

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
const layouter = new MjmlLayouter();
let failed = false;
const wanted = process.argv[2] ?? '';
for (const template of loadShipped().templates.filter(({ key }) => key.startsWith(wanted))) {
  const compiled = await compileTemplate(template.locales, template.defaultLocale, template.kind, layouter.layOut);
  if (!compiled.ok) throw new Error(`${template.key}: ${JSON.stringify(compiled.faults)}`);
  for (const [locale, source] of Object.entries(compiled.locales)) {
    const settings = { locale, currency: 'EUR', timezone: 'Europe/Rome' };
    const file = path.join(tmpdir(), `mail-${process.pid}.html`);
    writeFileSync(file, localeRenderer(source)(sample(template.key, locale), settings).html);
    for (const width of WIDTHS) {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      await page.goto(pathToFileURL(file).href);
      const target = path.join(out, `${template.key}.${locale}.${width}.jpg`);
      await page.screenshot({ path: target, fullPage: true, type: 'jpeg', quality: 82 });
      const { size } = statSync(target);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      const missing = await page.evaluate(() => [...document.images].some((image) => image.naturalWidth === 0));
      if (wide || missing || size > LIMIT) failed = true;
      console.log(
        `${path.basename(target)} ${Math.round(size / 1000)} kB${wide ? ' TOO WIDE' : ''}${missing ? ' PICTURE MISSING' : ''}`,
      );
      await page.close();
    }
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
