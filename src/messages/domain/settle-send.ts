import { type SendOutcome } from '../../platform/mail/send-outcome';
import { type MessageStatus } from './message-states';
import { retriesEndAt, waitAfterLoss, waitAfterRefusal } from './retry-schedule';

/** What the decision needs to know of a message that was tried. */
export interface Tried {
  id: string;
  /** Tries that the server judged, this one not counted. */
  attempts: number;
  /** Connections in a row that broke under it, this one not counted. */
  losses: number;
  firstTriedAt: Date;
  expiresAt: Date;
}

/** What is written back. `nextTryAt` is set for what will be tried again. */
export interface Settlement {
  status: Extract<MessageStatus, 'sent' | 'deferred' | 'failed' | 'uncertain'>;
  nextTryAt: Date | null;
  attempts: number;
  losses: number;
  /** The server's words, or ours about the connection. */
  reply: string;
}

/**
 * What becomes of a message after a try. Pure. A refusal costs an attempt and waits by the schedule; a connection that
 * broke before the final dot costs none. What would be refused again after its usefulness has ended has failed.
 *
 * A 421 counts as lost: it backs off the destination, and costs the mail no attempt.
 *
 * `withheld` does not come here: the gate has written already what becomes of the message. Nor does `withdrawn`: nothing has
 * happened to it.
 */
export function settleSend(
  message: Tried,
  outcome: Exclude<SendOutcome, { kind: 'withheld' | 'withdrawn' }>,
  now: Date,
): Settlement {
  const { attempts, losses } = message;
  switch (outcome.kind) {
    case 'accepted':
      return { status: 'sent', nextTryAt: null, attempts: attempts + 1, losses: 0, reply: outcome.reply };
    case 'uncertain':
      return { status: 'uncertain', nextTryAt: null, attempts: attempts + 1, losses, reply: outcome.detail };
    case 'refused': {
      const tried = attempts + 1;
      if (outcome.permanent)
        return { status: 'failed', nextTryAt: null, attempts: tried, losses: 0, reply: outcome.reply };
      return afterRefusal(message, tried, outcome.reply, now);
    }
    case 'unsent': {
      // Past its usefulness it is claimed once more, and skipped there with the reason.
      const nextTryAt = new Date(Math.min(now.getTime() + waitAfterLoss(losses + 1), message.expiresAt.getTime() + 1));
      return { status: 'deferred', nextTryAt, attempts, losses: losses + 1, reply: outcome.detail };
    }
    default:
      return outcome satisfies never;
  }
}

function afterRefusal(message: Tried, attempts: number, reply: string, now: Date): Settlement {
  const nextTryAt = new Date(now.getTime() + waitAfterRefusal(message.id, attempts));
  if (nextTryAt > retriesEndAt(message.firstTriedAt, message.expiresAt)) {
    return { status: 'failed', nextTryAt: null, attempts, losses: 0, reply };
  }
  return { status: 'deferred', nextTryAt, attempts, losses: 0, reply };
}
