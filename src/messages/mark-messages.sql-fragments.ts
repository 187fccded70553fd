import { statusesBefore } from './domain/message-states';

const quoted = (words: readonly string[]): string => `(${words.map((word) => `'${word}'`).join(', ')})`;

/** The marks and the aggregate of the hits that makes each; the earliest of each kind stays. */
const MARKS: Readonly<Record<string, string>> = {
  opened_at: "kind = 'open' and not machine",
  machine_opened_at: "kind = 'open' and machine",
  clicked_at: "kind = 'click' and not machine",
  machine_clicked_at: "kind = 'click' and machine",
  unsubscribed_at: "kind = 'unsubscribe'",
  bounced_at: "kind = 'bounce'",
  complained_at: "kind = 'complaint'",
};

/**
 * The update that marks messages, for a statement of whoever records what came back. `source` is a relation of that
 * statement with `message_id, kind, at, machine` (see `MessageMark`). What changes nothing writes nothing: most opens
 * are not the first. `least` ignores nulls. It returns whose messages it marked, and when: `customer_id, at`.
 */
export function markMessages(source: string): string {
  const names = Object.keys(MARKS);
  const earliest = names.map((name) => `least(m.${name}, mark.${name})`);
  const unproven = `m.status in ${quoted(statusesBefore('prove', 'sent'))}`;
  const bounces = `mark.bounced_at is not null and m.status in ${quoted(statusesBefore('bounce', 'bounced'))}`;
  return `update messages m set
      ${names.map((name, i) => `${name} = ${earliest[i] ?? ''}`).join(', ')},
      status = case when ${bounces} then 'bounced' when ${unproven} then 'sent' else m.status end,
      sent_at = case when ${unproven} then coalesce(m.sent_at, m.sending_at) else m.sent_at end
    from (
      select message_id, max(at) as at, ${names.map((name) => `min(at) filter (where ${MARKS[name] ?? ''}) as ${name}`).join(', ')}
      from ${source} group by message_id
    ) mark
    where m.id = mark.message_id
      and ((${earliest.join(', ')}) is distinct from (${names.map((name) => `m.${name}`).join(', ')})
        or ${unproven} or (${bounces}))
    returning m.customer_id, mark.at`;
}
