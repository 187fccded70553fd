import { type Sql } from '../../platform/database/database';
import { queueTouchesSql } from '../../segments/segment-touch-sql';
import { markMessages } from '../mark-messages.sql-fragments';
import { type MessageMark } from '../messages.types';

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
