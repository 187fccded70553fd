import { type Keepable } from './kept-databases';
import { CUSTOMERS, draw, type Filling, filledShop, id, ORDERS } from './shop-rows';

/** Half of the base is in the campaign that the reports are about; as many are in another one, beside it. */
export const ENROLLED = CUSTOMERS / 2;
export const CAMPAIGN = 'bench-lift';
/** Five million messages: two a person of the one campaign, eight a person of the other. */
const STEPS = 2;
const OTHER_STEPS = 8;
const MESSAGES = ENROLLED * (STEPS + OTHER_STEPS);
export const HITS = CUSTOMERS * 10;

const MEASURED = id('c000', '2');
const OTHER = id('c000', '3');
/** Entered in the course of the 200 days that ended 40 days before the shop was made: all are mature. */
const ENTERED = (n: string): string =>
  `$1::timestamptz - interval '40 days' - ((${ENROLLED} - ${n}) / ${ENROLLED}.0) * interval '200 days'`;

const step = (n: string): object => ({ op: 'email', path: `steps[${n}]`, key: `mail-${n}`, templateId: UNUSED });
const UNUSED = '0195c000-0000-7000-8000-00000000000f';
const DEFINITION = { key: CAMPAIGN, name: CAMPAIGN, trigger: { on: 'manual' }, holdout: 0.1, steps: [] };
const PROGRAM = { instructions: Array.from({ length: OTHER_STEPS }, (_, i) => step(String(i))) };

const CAMPAIGN_ROWS: Filling = {
  table: 'campaigns',
  text: `
    insert into campaigns (id, key, name, status, version, live_version, salt, epoch, priority, activated_at, created_at,
      updated_at)
    select c.id, c.key, c.key, 'active', 1, 1, 'salt', 1, 50, $1, $1, $1
    from (values (${MEASURED}, '${CAMPAIGN}'), (${OTHER}, 'bench-other')) c (id, key)`,
};

const VERSION_ROWS: Filling = {
  table: 'campaign_versions',
  text: `
    insert into campaign_versions (campaign_id, version, epoch, definition, program, created_at, published_at)
    select id, 1, 1, '${JSON.stringify(DEFINITION)}'::jsonb, '${JSON.stringify(PROGRAM)}'::jsonb, $1, $1 from campaigns`,
};

const ENROLLMENT_ROWS: Filling = {
  table: 'enrollments',
  text: `
    insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, entry_key, status, position,
      entered_at, ended_at)
    select ${id('e000', 'n')}, ${id('a000', `case when n <= ${ENROLLED} then n else n - ${ENROLLED} end`)},
      case when n <= ${ENROLLED} then ${MEASURED} else ${OTHER} end, 1, 1,
      case when ${draw('n', 20)} < 0.1 then 'holdout' else 'treatment' end, 'drawn', n::text, 'completed', ${STEPS},
      ${ENTERED(`(n % ${ENROLLED})`)}, ${ENTERED(`(n % ${ENROLLED})`)} + interval '10 days'
    from generate_series(1, ${ENROLLED * 2}) n`,
};

const MESSAGE_ROWS: Filling = {
  table: 'messages',
  text: `
    insert into messages (id, origin, origin_id, enrollment_id, campaign_id, customer_id, step, status, basis, template_key,
      template_version, locale, recipient, subject, due_at, queued_at, expires_at, sent_at, opened_at, clicked_at,
      attempts, message_id_header)
    select ${id('f100', 'n')}, 'enrollment', e.id, e.id, e.campaign_id, e.customer_id, 'mail-' || m.step,
      case when e.arm = 'holdout' then 'held_out' else 'sent' end, 'consent', 'mail', 1, 'it',
      'c' || e.k || '@example.com', 'A mail', m.due, m.due, m.due + interval '1 day',
      case when e.arm = 'treatment' then m.due end,
      case when e.arm = 'treatment' and ${draw('n', 21)} < 0.3 then m.due + interval '2 hours' end,
      case when e.arm = 'treatment' and ${draw('n', 22)} < 0.05 then m.due + interval '3 hours' end,
      case when e.arm = 'treatment' then 1 else 0 end, case when e.arm = 'treatment' then '<' || n || '@shop.test>' end
    from (select *, row_number() over (order by id) as k from enrollments) e
    cross join lateral (
      select e.k * ${OTHER_STEPS} + s as n, s as step, e.entered_at + s * interval '1 day' as due
      from generate_series(0, case when e.campaign_id = ${MEASURED} then ${STEPS} else ${OTHER_STEPS} end - 1) s) m`,
};

/** Two a message on the average, of the messages in the order of their ids: every fifth a click, every tenth by a machine. */
const HIT_ROWS: Filling = {
  table: 'hits',
  text: `
    insert into hits (id, message_id, customer_id, kind, link_index, url, at, machine, rule, rule_version, method)
    select ${id('9000', 'h.n')}, m.id, m.customer_id, case when h.n % 5 = 0 then 'click' else 'open' end,
      case when h.n % 5 = 0 then 0 end, case when h.n % 5 = 0 then 'https://shop.test/p/' || h.n % 500 end,
      m.due_at + (${draw('h.n', 23)} * 3) * interval '1 day', h.n % 10 = 0, case when h.n % 10 = 0 then 'user_agent' end, 2,
      'GET'
    from (select id, customer_id, due_at, row_number() over (order by id) as k from messages) m
    cross join lateral (select m.k * 2 + i as n from generate_series(0, ${HITS / MESSAGES} - 1) i) h`,
};

const OUTCOME_ROWS: Filling = {
  table: 'outcomes',
  text: `
    insert into outcomes (enrollment_id, order_id, campaign_id, entered_at, placed_at, counting, amount_minor)
    select e.id, o.id, e.campaign_id, e.entered_at, o.placed_at, true, o.store_total_minor
    from enrollments e join orders o on o.customer_id = e.customer_id
      and o.placed_at > e.entered_at and o.placed_at <= e.entered_at + interval '8760 hours'`,
};

/** The big shop with two campaigns, a million enrollments, five million messages and ten million hits. */
export function reportedShop(): Keepable {
  return filledShop('reported', [CAMPAIGN_ROWS, VERSION_ROWS, ENROLLMENT_ROWS, MESSAGE_ROWS, HIT_ROWS, OUTCOME_ROWS]);
}

/** What the table beside says of its size. */
export const SIZES = `${CUSTOMERS} customers, ${ORDERS} orders, ${MESSAGES} messages, ${HITS} hits`;
