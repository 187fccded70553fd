import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';

/** Port: a module that asks surveys. Register in `onModuleInit` with {@link SurveyUses}. */
export interface SurveyUse {
  /** What asks the survey now, each as a person would name it: `campaign feedback`. Empty: it may go. */
  usesOf(db: Queryable, surveyId: string): Promise<string[]>;
  /** Whether it was ever asked, so that mails that are out, or answers, may refer to it. */
  everAsked(db: Queryable, surveyId: string): Promise<boolean>;
}

/** All that may ask a survey: one that is in use cannot be deleted, one that was asked is kept. */
@Injectable()
export class SurveyUses {
  private readonly list: SurveyUse[] = [];

  register(use: SurveyUse): void {
    this.list.push(use);
  }

  async usesOf(db: Queryable, surveyId: string): Promise<string[]> {
    const uses: string[] = [];
    for (const use of this.list) uses.push(...(await use.usesOf(db, surveyId)));
    return uses;
  }

  async everAsked(db: Queryable, surveyId: string): Promise<boolean> {
    for (const use of this.list) if (await use.everAsked(db, surveyId)) return true;
    return false;
  }
}
