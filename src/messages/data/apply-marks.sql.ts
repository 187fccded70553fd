import { type Sql } from '../../platform/database/database';
import { statusesBefore } from '../domain/message-states';
import { type MessageMark } from '../messages.types';

/** See `MessageMarks.apply`. `least` ignores nulls, so the first time of each kind stays. */
export function applyMarks(marks: readonly MessageMark[]): Sql {
  return {
    text: `
      with mark as (
        select message_id,
          min(at) filter (where kind = 'open' and not machine) as opened_at,
          min(at) filter (where kind = 'open' and machine) as machine_opened_at,
          min(at) filter (where kind = 'click' and not machine) as clicked_at,
          min(at) filter (where kind = 'click' and machine) as machine_clicked_at,
          min(at) filter (where kind = 'unsubscribe') as unsubscribed_at,
          min(at) filter (where kind = 'bounce') as bounced_at,
          min(at) filter (where kind = 'complaint') as complained_at
        from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[]) as u (message_id, kind, at, machine)
        group by message_id
      )
      update messages m set
        opened_at = least(m.opened_at, mark.opened_at),
        machine_opened_at = least(m.machine_opened_at, mark.machine_opened_at),
        clicked_at = least(m.clicked_at, mark.clicked_at),
        machine_clicked_at = least(m.machine_clicked_at, mark.machine_clicked_at),
        unsubscribed_at = least(m.unsubscribed_at, mark.unsubscribed_at),
        bounced_at = least(m.bounced_at, mark.bounced_at),
        complained_at = least(m.complained_at, mark.complained_at),
        status = case when mark.bounced_at is not null and m.status = any($6::text[]) then 'bounced'
          when m.status = any($5::text[]) then 'sent' else m.status end,
        sent_at = case when m.status = any($5::text[]) then coalesce(m.sent_at, m.sending_at) else m.sent_at end
      from mark where m.id = mark.message_id`,
    values: [
      marks.map((mark) => mark.messageId),
      marks.map((mark) => mark.kind),
      marks.map((mark) => mark.at),
      marks.map((mark) => mark.machine),
      statusesBefore('prove', 'sent'),
      statusesBefore('bounce', 'bounced'),
    ],
  };
}
