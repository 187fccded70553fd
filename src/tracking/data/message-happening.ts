import { type FactHappening, type HappeningFilter, type HappeningsSql, type SqlReading } from '../../customers/facts';
import { KEY_PATTERN } from '../../kernel/ids';

const DEEDS = ['sent', 'opened', 'clicked'] as const;
type Deed = (typeof DEEDS)[number];

/** `{ "message": "opened", "campaign": "welcome", "step": "hello" }`: mails of campaigns, and what people did with them. */
export const MESSAGE: FactHappening = {
  name: 'message',
  form: '{ "message": "sent" | "opened" | "clicked", "campaign"?: "welcome", "step"?: "hello", "within"?: "P14D", "atLeast"?: 3 }',
  about:
    'Mails of campaigns to the customer, of that campaign (key or id) and that e-mail step where they are named: `sent` ' +
    'when the server has accepted them (a later bounce changes nothing; held-out and skipped ones were never sent), ' +
    '`opened` and `clicked` when a human did so, however often before; hits by machines, test mails and confirmations ' +
    'are left out. A campaign or step that does not exist (yet) has sent nothing. The time is that of sending, opening or ' +
    'clicking.',
  keys: ['campaign', 'step', 'within', 'atLeast'],

  read({ message, campaign, step }, fault) {
    const wrong = [
      ...(DEEDS.includes(message as Deed) ? [] : [['message', `must be one of ${DEEDS.join(', ')}`] as const]),
      ...(isKey(campaign) ? [] : [['campaign', 'must be the key or the id of a campaign'] as const]),
      ...(isKey(step) ? [] : [['step', 'must be the key of an e-mail step'] as const]),
    ];
    for (const [at, text] of wrong) fault(at, text);
    if (wrong.length > 0) return undefined;
    return {
      deed: message as Deed,
      ...(campaign === undefined ? {} : { campaign: campaign as string }),
      ...(step === undefined ? {} : { step: step as string }),
    };
  },

  label: ({ deed, campaign, step }) =>
    [`message ${deed ?? ''}`, ...(campaign ? [`of ${campaign}`] : []), ...(step ? [`step ${step}`] : [])].join(' '),

  sql: (filter, { param }) => (filter.deed === 'sent' ? sentSql(filter, param) : hitSql(filter, param)),
};

type Param = SqlReading['param'];

function sentSql(filter: HappeningFilter, param: Param): HappeningsSql {
  return {
    from: 'messages m',
    where: ['m.sent_at is not null', ...messageTests(filter, param)].join(' and '),
    customer: 'm.customer_id',
    at: 'm.sent_at',
  };
}

function hitSql(filter: HappeningFilter, param: Param): HappeningsSql {
  const kind = filter.deed === 'clicked' ? 'click' : 'open';
  return {
    from: 'hits h join messages m on m.id = h.message_id',
    where: [`h.kind = '${kind}'`, 'not h.machine', ...messageTests(filter, param)].join(' and '),
    customer: 'h.customer_id',
    at: 'h.at',
  };
}

function messageTests({ campaign, step }: HappeningFilter, param: Param): string[] {
  return [
    `m.origin = 'enrollment'`,
    ...(campaign === undefined
      ? []
      : [
          `m.campaign_id in (select k.id from campaigns k
            where k.key = ${param(campaign, 'text')} or k.id::text = ${param(campaign, 'text')})`,
        ]),
    ...(step === undefined ? [] : [`m.step = ${param(step, 'text')}`]),
  ];
}

function isKey(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && KEY_PATTERN.test(value));
}
