import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { newId } from '../kernel/ids';
import { LinkTokens } from '../messages/link-tokens';
import { Database } from '../platform/database/database';
import { type ExitQuestion, ExitQuestions } from '../tracking/exit-questions';
import { type PageLanguage } from '../tracking/page-language';
import { keepAnswer, type LeaverRow, leaverOf } from './data/exit-answers.sql';
import { type ExitAnswer } from './domain/exit-reason';
import { questionCard } from './http/exit-pages';

/**
 * Asks who has left for the reason, once in a person's life with the shop. The first answer stays: links are passed on
 * with mails, and nobody's word is to be replaced by somebody else's.
 */
@Injectable()
export class ExitDesk implements ExitQuestion, OnModuleInit {
  constructor(
    private readonly questions: ExitQuestions,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly tokens: LinkTokens,
  ) {}

  onModuleInit(): void {
    this.questions.register(this);
  }

  /** @see ExitQuestion */
  async ask(messageId: string, language: PageLanguage): Promise<string> {
    const leaver = await this.find(messageId);
    if (!leaver?.unsubscribed || leaver.answered) return '';
    return questionCard(language, this.pathOf(messageId));
  }

  /** Where the question is answered, below whatever path the service is reached by. */
  pathOf(messageId: string): string {
    return `${new URL(this.tokens.of(messageId).unsubscribe).pathname}/why`;
  }

  /** Who left by a mail; undefined: it was a test, or the person is gone. */
  async find(messageId: string): Promise<LeaverRow | undefined> {
    const [row] = await this.database.query<LeaverRow>(leaverOf(messageId));
    return row;
  }

  /** Keeps what was said. False: the person had answered before, and that stays. */
  async keep(messageId: string, answer: ExitAnswer, language: PageLanguage): Promise<boolean> {
    const at = this.clock.now();
    return this.database.transaction(
      async (tx) => (await tx.execute(keepAnswer(newId(at), messageId, answer, language, at))) > 0,
    );
  }
}
