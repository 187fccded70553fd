const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{customer.firstName}},
  <a href="https://shop.test/">the shop</a>, <a href="{{links.unsubscribe}}">no more mails</a>
  </mj-text></mj-column></mj-section></mj-body></mjml>`;

export const HELLO = {
  key: 'hello',
  name: 'Hello',
  defaultLocale: 'en',
  locales: { en: { subject: 'Hello', mjml: MJML } },
};

export const RECEIPT = {
  key: 'receipt',
  name: 'Receipt',
  kind: 'transactional',
  defaultLocale: 'en',
  locales: { en: { subject: 'Thank you', mjml: MJML.replace(/, <a href="\{\{.*<\/a>/, '') } },
};

export const POLICY = {
  maxMessages: 2,
  per: 'P7D',
  quietHours: { from: '21:00', to: '08:00', timezone: 'customer' },
  blackout: ['2026-03-19'],
  holdMarketingWhen: { field: 'tags', op: 'contains', value: 'complaint' },
};

export const SEGMENTS = [
  { key: 'vips', name: 'Important', condition: { field: 'attributes.vip', op: 'eq', value: true } },
  { key: 'buyers', name: 'Bought lately', condition: { field: 'orders.count', op: 'gte', value: 1, within: 'P10D' } },
];

const POOL = { discount: { kind: 'percent', value: 10 }, expiresAfter: 'P30D' };

/** One that never runs dry, and two without a code: the mails of one stay behind, those of the other go without. */
export const POOLS = [
  { key: 'plenty', ...POOL, generate: { prefix: 'P-', count: 300 }, whenExhausted: 'skip' },
  { key: 'none', ...POOL, whenExhausted: 'skip' },
  { key: 'none-without', ...POOL, whenExhausted: 'send_without' },
];

const email = (key: string) => ({ kind: 'email', key, template: 'hello' });

/** Campaigns that use every step and every way in, and get into each other's way. */
export const CAMPAIGNS = [
  {
    key: 'aftercare',
    name: 'After the welcome',
    basis: 'soft_opt_in',
    trigger: { on: 'manual' },
    entry: { limit: 'once' },
    holdout: 0.2,
    priority: 20,
    steps: [{ kind: 'wait', for: 'PT6H' }, email('still-there')],
  },
  {
    key: 'hello-you',
    name: 'Welcome',
    purpose: 'welcome',
    trigger: { on: 'event', event: 'consent.subscribed' },
    holdout: 0.3,
    priority: 60,
    goal: { event: 'order.placed', within: 'P20D', exit: true },
    sendWindow: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:30', timezone: 'customer' },
    steps: [
      email('welcome'),
      { kind: 'wait', for: 'P1D', at: '09:10' },
      {
        kind: 'waitFor',
        event: 'page.viewed',
        within: 'P3D',
        then: [email('you-looked')],
        else: [{ kind: 'tag', add: ['quiet'] }, email('look-here')],
      },
      {
        kind: 'split',
        key: 'tone',
        arms: [
          { name: 'warm', weight: 2, steps: [{ kind: 'wait', for: 'P2D' }, email('warm')] },
          { name: 'plain', weight: 1, steps: [{ kind: 'wait', for: 'P2D', days: ['mon', 'thu'] }, email('plain')] },
        ],
      },
      { kind: 'enroll', campaign: 'aftercare' },
    ],
  },
  {
    key: 'looked',
    name: 'Looked at something',
    basis: 'soft_opt_in',
    trigger: { on: 'event', event: 'page.viewed' },
    audience: { not: { field: 'stage', op: 'eq', value: 'lapsed' } },
    entry: { limit: { every: 'P9D' } },
    holdout: 0.1,
    priority: 40,
    exitWhen: { field: 'orders.count', op: 'gte', value: 5 },
    steps: [
      { kind: 'wait', for: 'PT95M' },
      email('as-you-looked'),
      { kind: 'wait', for: 'P2DT3H' },
      {
        kind: 'branch',
        if: {
          any: [
            { field: 'orders.count', op: 'gte', value: 1, within: 'P5D' },
            { field: 'tags', op: 'contains', value: 'quiet' },
          ],
        },
        then: [{ kind: 'tag', add: ['keen'], remove: ['quiet'] }, { kind: 'exit' }],
        else: [
          {
            kind: 'branch',
            if: { message: 'clicked', campaign: 'looked', step: 'as-you-looked' },
            then: [email('you-clicked')],
            else: [email('last-call')],
          },
        ],
      },
    ],
  },
  {
    key: 'come-back',
    name: 'Win back',
    basis: 'soft_opt_in',
    trigger: { on: 'segment', segment: 'lapsed' },
    entry: { limit: 'unlimited' },
    holdout: 0.2,
    priority: 55,
    goal: { event: 'order.placed', within: 'P30D', exit: true },
    maxLateness: 'P4D',
    steps: [
      email('we-miss-you'),
      {
        kind: 'waitFor',
        event: 'order.placed',
        within: 'P5D',
        then: [email('welcome-back')],
        else: [email('second-try'), { kind: 'wait', for: 'P6D', at: '17:05' }, email('third-try')],
      },
    ],
  },
  {
    key: 'receipt',
    name: 'Receipt',
    purpose: 'transactional',
    basis: 'transactional',
    trigger: { on: 'order' },
    entry: { limit: 'unlimited', key: 'order' },
    holdout: 0,
    steps: [{ kind: 'email', key: 'receipt', template: 'receipt' }],
  },
  {
    key: 'tuesday-news',
    name: 'News',
    purpose: 'announcement',
    basis: 'soft_opt_in',
    trigger: { on: 'schedule', cron: '20 10 * * 2', timezone: 'Europe/Rome', segment: 'buyers' },
    entry: { limit: 'unlimited' },
    priority: 10,
    maxLateness: 'P1D',
    steps: [email('news')],
  },
  {
    key: 'birthday',
    name: 'Birthday',
    trigger: { on: 'anniversary', field: 'attributes.birthday', at: '09:40' },
    entry: { limit: { every: 'P300D' } },
    priority: 70,
    steps: [email('happy-birthday')],
  },
  {
    key: 'gifts',
    name: 'Gifts',
    basis: 'soft_opt_in',
    trigger: { on: 'order' },
    entry: { limit: 'unlimited', key: 'order' },
    holdout: 0.2,
    priority: 30,
    steps: [
      { ...email('gift'), coupon: 'plenty' },
      { ...email('no-gift'), coupon: 'none' },
      { kind: 'wait', for: 'P5D' },
      { ...email('gift-or-not'), coupon: 'none-without' },
    ],
  },
  {
    key: 'refill',
    name: 'Refill',
    purpose: 'replenishment',
    basis: 'soft_opt_in',
    trigger: { on: 'order' },
    entry: { limit: 'unlimited', key: 'order' },
    holdout: 0.2,
    priority: 35,
    goal: { event: 'order.placed', within: 'P30D', exit: true },
    steps: [
      { kind: 'wait', until: 'replenish', at: '09:25' },
      email('refill'),
      { kind: 'wait', until: 'replenish', fallback: 'exit', days: ['tue', 'fri'] },
      email('refill-now'),
    ],
  },
  {
    key: 'vip-leaves',
    name: 'No longer important',
    trigger: { on: 'segment', segment: 'vips', when: 'leaves' },
    entry: { limit: 'unlimited' },
    priority: 45,
    steps: [{ kind: 'wait', for: 'PT20M' }, email('sorry')],
  },
];
