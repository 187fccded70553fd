import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Database } from '../../platform/database/database';
import { AppLogger } from '../../platform/logging/logger';
import { type SendOutcome } from '../../platform/mail/send-outcome';
import { BounceBook, isEffective } from '../bounce-book';
import { readRefusal } from '../bounce-mail';

/**
 * What our own connection heard at RCPT: proof enough that an address is gone, because nobody else speaks on it. What is
 * lost between the outcome and this (a crash) is heard again at the next mail to the address.
 */
@Injectable()
export class RefusalBook {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly book: BounceBook,
    private readonly logger: AppLogger,
  ) {}

  /** Records a final refusal of the recipient; every other outcome is none of its business. Never throws. */
  async note(messageId: string, outcome: Extract<SendOutcome, { kind: 'refused' }>): Promise<void> {
    if (!outcome.permanent || !outcome.ofRecipient) return;
    const { reply, code } = outcome;
    const found = readRefusal(/^\d{3}/.test(reply) ? reply : `${code} ${reply}`);
    if (!isEffective(found.class)) return;
    const at = this.clock.now();
    const note = {
      messageId,
      address: null,
      class: found.class,
      reason: found.reason,
      status: found.status,
      said: found.said,
      source: 'smtp',
      proof: 'connection',
      eventKey: null,
      at,
    } as const;
    await this.database
      .transaction((tx) => this.book.record(tx, [note], at))
      .catch((error: unknown) => this.logger.failure('a refusal could not be recorded', error, { message: messageId }));
  }
}
