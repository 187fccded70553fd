import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';
import { applyMarks } from './data/apply-marks.sql';
import { type MessageMark } from './messages.types';

/** Command for modules downstream: what came back stands on the message. */
@Injectable()
export class MessageMarks {
  /**
   * Marks messages, the earliest time of each kind winning; marks of messages that do not exist are left out. Whatever
   * came back proves that the mail had arrived: an `uncertain` message becomes `sent`; a bounced one becomes `bounced`.
   * Any number of marks, one statement. Callers that mark concurrently keep one order of messages.
   */
  async apply(tx: Tx, marks: readonly MessageMark[]): Promise<void> {
    if (marks.length > 0) await tx.execute(applyMarks(marks));
  }
}
