import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadShipped } from '../../../src/blueprints/shipped-content';
import { newId } from '../../../src/kernel/ids';
import { type ClaimedRow } from '../../../src/messages/data/claim-messages.sql';
import { LinkTokens } from '../../../src/messages/link-tokens';
import { MailAssembly } from '../../../src/messages/mail-assembly';
import { ReturnPaths } from '../../../src/messages/return-path';
import { AppConfig } from '../../../src/platform/config/config';
import { compileTemplate } from '../../../src/templates/domain/compile-template';
import { localeRenderer } from '../../../src/templates/domain/render-locale';
import { insertPixel, rewriteLinks } from '../../../src/templates/domain/rewrite-links';
import { MjmlLayouter } from '../../../src/templates/mjml-layouter';
import { testKey, verifyDkim } from '../../support/dkim';

const INSTALLED = existsSync('/usr/bin/spamassassin');
const SCRIPT = path.join(__dirname, '../../../scripts/spam-rules.pl');
const AT = new Date('2026-03-02T09:30:00.000Z');

/** Rules that a shipped mail may meet, and why: none of them is about form, MIME or headers. A thousandth of a point each. */
const ALLOWED: Readonly<Record<string, string>> = {
  HTML_MESSAGE: 'says that there is HTML beside the text',
  HTML_IMAGE_RATIO_06:
    'says that the picture on top is large for so few words; it is to be, and has an alternative text',
};

const key = testKey('bottega.example', 's2026a', 'rsa');
const config = AppConfig.from({
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://mail.bottega.example',
  MAIL_FROM: 'Bottega Müller <ciao@bottega.example>',
  BOUNCE_DOMAIN: 'rimbalzi.bottega.example',
  DKIM_DOMAIN: 'bottega.example',
  DKIM_SELECTOR: 's2026a',
  DKIM_PRIVATE_KEY_FILE: key.file,
  SECRET_KEY: 'test-secret-key-of-32-bytes-or-more!',
  STORE_NAME: 'Bottega Müller',
  STORE_URL: 'https://www.bottega.example',
});
const tokens = new LinkTokens(config);
const assembly = new MailAssembly(config, new ReturnPaths(config));
const layouter = new MjmlLayouter();
afterAll(() => layouter.onApplicationShutdown());

const WORDS = {
  it: ['Moka da tre tazze', 'Caffè in grani «Mattino», 500 g', 'Quanto è probabile che ci consigli?'],
  en: ['Moka pot for three', '“Morning” coffee beans, 500 g', 'How likely are you to recommend us?'],
} as const;

function variables(id: string, locale: 'it' | 'en'): object {
  const urls = tokens.of(id);
  const [first, second, question] = WORDS[locale];
  const product = (name: string, at: number) => ({
    name,
    productExternalId: `p${at}`,
    quantity: at,
    unitPrice: '15.75',
    price: '15.75',
    url: `https://www.bottega.example/${locale}/p${at}`,
    imageUrl: `https://www.bottega.example/p${at}.png`,
  });
  const lines = [product(first, 1), product(second, 2)];
  const score = (value: number) => ({ value, label: String(value), url: urls.survey(value) });
  return {
    customer: {
      firstName: 'Zoë',
      email: 'zoe@example.com',
      locale,
      orders: { count: 2, total: '84.00', lastAt: '2026-01-12T10:00:00.000Z' },
      referral: { code: 'ZOE-7K2M', url: 'https://www.bottega.example/?ref=ZOE-7K2M' },
    },
    order: { externalId: '1042', placedAt: '2026-02-27T10:00:00.000Z', total: '47.25', currency: 'EUR', lines },
    event: {
      type: 'checkout.started',
      properties: { url: 'https://www.bottega.example/checkout/C', total: '47.25', currency: 'EUR' },
      lines,
    },
    recommendations: [...lines, product(first, 3)],
    coupon: { code: 'GRAZIE-8H2K', discount: '10 %', expiresAt: '2026-03-16T22:59:59.000Z' },
    survey: { question, url: urls.survey(null), scores: Array.from({ length: 11 }, (_, value) => score(value)) },
    store: {
      name: 'Bottega Müller',
      address: 'Via Roma 1, 10121 Torino',
      url: 'https://www.bottega.example',
      currency: 'EUR',
      locale,
    },
    links: {
      unsubscribe: urls.unsubscribe,
      preferences: urls.preferences,
      viewInBrowser: urls.view,
      assets: 'https://mail.bottega.example/assets/mails',
    },
    locale,
  };
}

/** A shipped mail as the sender hands it to the relay: every link and the pixel in it, looked over, signed. */
async function octetsOf(template: (typeof shipped)[number], locale: 'it' | 'en'): Promise<Buffer> {
  const kind = template.kind ?? 'marketing';
  const compiled = await compileTemplate(template.locales, template.defaultLocale, kind, layouter.layOut);
  const words = compiled.ok ? compiled.locales[locale] : undefined;
  if (!words) throw new Error(`${template.key} ${locale} does not compile`);
  const id = newId(AT);
  const urls = tokens.of(id);
  const settings = { locale, currency: 'EUR', timezone: 'Europe/Rome' };
  const parts = localeRenderer(words)(variables(id, locale), settings);
  const own = new Set(Object.values(urls).filter((one) => typeof one === 'string'));
  const { html, links } = rewriteLinks(parts.html, own, (url, index) => urls.click(index, url));
  const shown = { ...parts, html: insertPixel(html, urls.open), links, locale, warnings: [] };
  const mail = await assembly.assemble(row(id, template.key), urls, { ok: true, ...shown });
  if (!mail.ok) throw new Error(`${template.key} ${locale}: ${mail.detail ?? ''}`);
  const hops =
    `Return-Path: <${mail.from}>\r\n` +
    'Received: from relay.bottega.example (relay.bottega.example [93.184.215.14])\r\n' +
    '\tby mx.example.com (Postfix) with ESMTPS id 4T5x2N1Qz7z9\r\n' +
    '\tfor <zoe@example.com>; Mon,  2 Mar 2026 09:30:02 +0000 (UTC)\r\n';
  return Buffer.concat([Buffer.from(hops, 'latin1'), mail.octets]);
}

function row(id: string, step: string): ClaimedRow {
  const none = { customerId: null, enrollmentId: null, campaignId: null, triggerOrderId: null, triggerEventId: null };
  const plain = { topic: null, sender: null, utm: null, recommend: null, surveyId: null, surveyVersion: null };
  return {
    ...none,
    ...plain,
    ...{ id, origin: 'enrollment', campaignKey: step.replace(/-\d$/, ''), step, basis: 'consent' },
    ...{ trackOpens: true, trackClicks: true, templateId: id, templateVersion: 1, locale: null, couponId: null },
    ...{ recipient: 'zoe@example.com', messageIdHeader: `<${id}@bottega.example>`, dateHeader: AT, again: false },
    ...{ queuedAt: AT, expiresAt: AT, attempts: 0, losses: 0, lane: null, countedOn: null, refusal: null },
  };
}

const shipped = loadShipped().templates;

(INSTALLED ? describe : describe.skip)('SpamAssassin, offline, on the mails that come with the product', () => {
  let folder: string;
  const rules = new Map<string, Set<string>>();

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ritorno-spam-'));
    const files: string[] = [];
    for (const template of shipped) {
      for (const locale of ['it', 'en'] as const) {
        const octets = await octetsOf(template, locale);
        if (files.length === 0)
          expect(await verifyDkim(octets, [key])).toEqual([expect.objectContaining({ result: 'pass' })]);
        const file = path.join(folder, `${template.key}.${locale}.eml`);
        writeFileSync(file, octets);
        files.push(file);
      }
    }
    const broken = path.join(folder, 'broken.eml');
    writeFileSync(broken, 'From: x\nSubject: FREE!!! V1AGRA\n\nx\n');
    const answer = spawnSync('perl', [SCRIPT, ...files, broken], { encoding: 'utf8' });
    if (answer.status !== 0) throw new Error(answer.stderr);
    for (const line of answer.stdout.trim().split('\n')) {
      const [file = '', rule = ''] = line.split('\t');
      rules.set(rule, (rules.get(rule) ?? new Set()).add(path.basename(file, '.eml')));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const namesOf = (rule: string): string[] => [...(rules.get(rule) ?? [])].filter((name) => name !== 'broken');

  it('finds the faults of a mail that is broken', () => {
    expect(rules.get('MISSING_DATE')).toEqual(new Set(['broken']));
    expect(rules.get('MISSING_MID')).toEqual(new Set(['broken']));
  });

  it('meets no rule but those that are allowed by name', () => {
    expect(shipped.length).toBeGreaterThanOrEqual(15);
    const met = [...rules.keys()].filter((rule) => namesOf(rule).length > 0 && !(rule in ALLOWED));
    expect(Object.fromEntries(met.map((rule) => [rule, namesOf(rule)]))).toEqual({});
  });

  it('meets what is allowed, so that the list holds no more than it must', () => {
    for (const rule of Object.keys(ALLOWED)) expect([rule, namesOf(rule).length]).not.toEqual([rule, 0]);
  });
});
