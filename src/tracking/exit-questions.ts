import { Injectable } from '@nestjs/common';
import { type PageLanguage } from './page-language';

/** Port: what is asked of somebody who has just left. Register in `onModuleInit` with {@link ExitQuestions}. */
export interface ExitQuestion {
  /** A block of the page below "you are unsubscribed"; empty: nothing is asked, or it was asked before. */
  ask(messageId: string, language: PageLanguage): Promise<string>;
}

/** Who asks those who leave for their reason. */
@Injectable()
export class ExitQuestions {
  private question: ExitQuestion | undefined;

  register(question: ExitQuestion): void {
    this.question = question;
  }

  ask(messageId: string, language: PageLanguage): Promise<string> {
    return this.question?.ask(messageId, language) ?? Promise.resolve('');
  }
}
