import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';
import { applyMarks, recountMarks } from './data/apply-marks.sql';
import { type MessageEngagement, type MessageMark } from './messages.types';

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

  /**
   * Sets the marks of opens and clicks to what the hits now say: the one way by which a mark is taken back. The caller
   * holds locks on these messages since before it looked at their hits. What an open had proven (`uncertain` to `sent`)
   * stays proven, whoever opened it.
   */
  async recount(tx: Tx, engagements: readonly MessageEngagement[], at: Date): Promise<void> {
    if (engagements.length > 0) await tx.execute(recountMarks(engagements, at));
  }
}
