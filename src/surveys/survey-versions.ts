import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { versionsAsked } from './data/surveys.sql';
import { type SurveyDefinition } from './surveys.types';

/** A survey as a mail asked it. */
export interface SurveyVersion {
  id: string;
  version: number;
}

const CACHE_LIMIT = 500;

/** What mails ask. A version never changes, so those that were read are kept in memory. */
@Injectable()
export class SurveyVersions {
  private readonly cache = new Map<string, SurveyDefinition>();

  /** By {@link surveyVersionKey}; at most one statement. Read committed ones only: what is kept must not be taken back. */
  async load(db: Queryable, wanted: readonly SurveyVersion[]): Promise<Map<string, SurveyDefinition>> {
    const missing = new Map(
      wanted.filter((one) => !this.cache.has(surveyVersionKey(one))).map((one) => [surveyVersionKey(one), one]),
    );
    if (missing.size > 0) {
      const all = [...missing.values()];
      const rows = await db.query<SurveyVersion & { definition: SurveyDefinition }>(
        versionsAsked(
          all.map(({ id }) => id),
          all.map(({ version }) => version),
        ),
      );
      if (this.cache.size + rows.length > CACHE_LIMIT) this.cache.clear();
      for (const row of rows) this.cache.set(surveyVersionKey(row), row.definition);
    }
    return new Map(
      wanted.flatMap((one): Array<[string, SurveyDefinition]> => {
        const key = surveyVersionKey(one);
        const definition = this.cache.get(key);
        return definition ? [[key, definition]] : [];
      }),
    );
  }
}

/** The name of a version in what {@link SurveyVersions.load} returns. */
export function surveyVersionKey({ id, version }: SurveyVersion): string {
  return `${id}:${version}`;
}
