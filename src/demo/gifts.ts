import { type ShippedContent } from '../blueprints/shipped-content';

/** Codes for the second mail of the welcome campaign: ten percent off. */
export const POOL = {
  key: 'ciao',
  name: 'Ten percent to begin with',
  generate: { prefix: 'CIAO-', count: 2_000 },
  discount: { kind: 'percent', value: 10 },
  expiresAfter: 'P21D',
  whenExhausted: 'send_without',
};
/** Share of an order's total that a code of the pool takes off. */
export const POOL_SHARE = 0.1;

/** A point for each euro, and fifty for both when a friend is brought. */
export const loyalty = (shopUrl: string): object => ({
  points: { perCurrencyUnit: 1, expireAfter: 'P1Y' },
  tiers: [
    { key: 'silver', name: 'Silver', atYearlyRevenue: '150.00' },
    { key: 'gold', name: 'Gold', atYearlyRevenue: '400.00' },
  ],
  referral: { url: `${shopUrl}/?friend={code}`, rewardPoints: { referrer: 50, referred: 50 } },
});

const STEP_WITH_CODE = 'how-we-choose';
const TEMPLATE_WITH_CODE = 'welcome-2';
const WORDS: Readonly<Record<string, string>> = {
  it: 'Per cominciare: <strong>{{coupon.discount}}</strong> con il codice <strong>{{coupon.code}}</strong>, fino al {{date coupon.expiresAt}}.',
  en: 'To begin with: <strong>{{coupon.discount}}</strong> with the code <strong>{{coupon.code}}</strong>, until {{date coupon.expiresAt}}.',
};

type Named = ShippedContent['campaigns'][number];

/** The welcome campaign as this shop runs it: its second mail gives a code of {@link POOL}. */
export function withGift(campaign: Named): Named {
  const steps = (campaign.steps as Array<Record<string, unknown>>).map((step) =>
    step.key === STEP_WITH_CODE ? { ...step, coupon: POOL.key } : step,
  );
  return campaign.key === 'welcome' ? { ...campaign, steps } : campaign;
}

/** Its template: the code stands before the button. */
export function withGiftText(template: ShippedContent['templates'][number]): ShippedContent['templates'][number] {
  if (template.key !== TEMPLATE_WITH_CODE) return template;
  const locales = Object.entries(template.locales as Record<string, { mjml: string }>).map(([locale, content]) => {
    const button = content.mjml.lastIndexOf('<mj-button');
    const text = `{{#if coupon.code}}<mj-text>${WORDS[locale] ?? WORDS.en}</mj-text>{{/if}}`;
    return [locale, { ...content, mjml: content.mjml.slice(0, button) + rawIf(text) + content.mjml.slice(button) }];
  });
  return { ...template, locales: Object.fromEntries(locales) as typeof template.locales };
}

/** A block around a section of MJML stands in `mj-raw` on both sides. */
function rawIf(text: string): string {
  return text
    .replace('{{#if coupon.code}}', '<mj-raw>{{#if coupon.code}}</mj-raw>')
    .replace('{{/if}}', '<mj-raw>{{/if}}</mj-raw>');
}
