import { type Sql } from '../../platform/database/database';
import { queueTouchesSql } from '../../segments/segment-touch-sql';
import { markMessages } from '../mark-messages.sql-fragments';
import { type MessageEngagement, type MessageMark } from '../messages.types';

const GIVEN = 'unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[]) as u (message_id, kind, at, machine)';

/** See `MessageMarks.apply`. */
export function applyMarks(marks: readonly MessageMark[]): Sql {
  return {
    text: `with marked as (${markMessages(GIVEN)}) ${queueTouchesSql('marked', 'engagement', 'at')}`,
    values: [
      marks.map((mark) => mark.messageId),
      marks.map((mark) => mark.kind),
      marks.map((mark) => mark.at),
      marks.map((mark) => mark.machine),
    ],
  };
}

/** See `MessageMarks.recount`. */
export function recountMarks(engagements: readonly MessageEngagement[], at: Date): Sql {
  return {
    text: `
      with marked as (
        update messages m set opened_at = e.opened_at, machine_opened_at = e.machine_opened_at, clicked_at = e.clicked_at,
          machine_clicked_at = e.machine_clicked_at
        from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
          as e (id, opened_at, machine_opened_at, clicked_at, machine_clicked_at)
        where m.id = e.id
        returning m.customer_id
      ) ${queueTouchesSql('marked', 'engagement', '$6::timestamptz')}`,
    values: [
      engagements.map((one) => one.messageId),
      engagements.map((one) => one.openedAt),
      engagements.map((one) => one.machineOpenedAt),
      engagements.map((one) => one.clickedAt),
      engagements.map((one) => one.machineClickedAt),
      at,
    ],
  };
}
