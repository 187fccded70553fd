import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { Database } from '../platform/database/database';
import { localeAsked, offered, questionAsked } from '../surveys/asked-survey';
import { type SurveyVersion, surveyVersionKey, SurveyVersions } from '../surveys/survey-versions';
import { TemplateRenderer } from '../templates/template-renderer';
import { type SurveyVariables } from '../templates/templates.types';
import { type ClaimedRow } from './data/claim-messages.sql';
import { LinkTokens } from './link-tokens';

type AskingRow = Pick<ClaimedRow, 'id' | 'templateId' | 'templateVersion' | 'locale' | 'surveyId' | 'surveyVersion'>;

/** The questions that mails ask, with a link for each score. */
@Injectable()
export class MailSurveys {
  constructor(
    private readonly config: AppConfig,
    private readonly database: Database,
    private readonly surveys: SurveyVersions,
    private readonly renderer: TemplateRenderer,
    private readonly tokens: LinkTokens,
  ) {}

  /** By message id, for the messages that ask one; in the locale that the mail is written in, where the survey has it. */
  async load(rows: readonly AskingRow[]): Promise<Map<string, SurveyVariables>> {
    const asking = rows.flatMap((row): Array<{ row: AskingRow; asked: SurveyVersion }> => {
      const { surveyId: id, surveyVersion: version } = row;
      return id !== null && version !== null ? [{ row, asked: { id, version } }] : [];
    });
    if (asking.length === 0) return new Map();
    const surveys = await this.surveys.load(
      this.database,
      asking.map(({ asked }) => asked),
    );
    const locales = await this.renderer.writtenIn(
      asking.map(({ row }) => ({ templateId: row.templateId, version: row.templateVersion, locale: row.locale })),
    );
    return new Map(
      asking.flatMap(({ row, asked }, at): Array<[string, SurveyVariables]> => {
        const survey = surveys.get(surveyVersionKey(asked));
        if (!survey) return [];
        const locale = localeAsked(survey, [locales[at], row.locale, this.config.store.locale]);
        const urls = this.tokens.of(row.id);
        const scores = offered(survey, locale).map((one, index) => ({ ...one, url: urls.survey(index) }));
        return [[row.id, { question: questionAsked(survey, locale), url: urls.survey(null), scores }]];
      }),
    );
  }
}
