import { type Sql } from '../../platform/database/database';
import { markMessages } from '../mark-messages.sql-fragments';
import { type MessageMark } from '../messages.types';

/** See `MessageMarks.apply`. */
export function applyMarks(marks: readonly MessageMark[]): Sql {
  return {
    text: markMessages(
      'unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[]) as u (message_id, kind, at, machine)',
    ),
    values: [
      marks.map((mark) => mark.messageId),
      marks.map((mark) => mark.kind),
      marks.map((mark) => mark.at),
      marks.map((mark) => mark.machine),
    ],
  };
}
