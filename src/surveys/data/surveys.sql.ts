import { type Sql } from '../../platform/database/database';
import { type SurveyDefinition } from '../surveys.types';

export interface SurveyRow extends SurveyDefinition {
  id: string;
  version: number;
  archivedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS = `id, key, name, kind, question, questions, scale, choices, follow_up as "followUp", version,
  archived_at as "archivedAt", created_at as "createdAt", updated_at as "updatedAt"`;

export function surveyByRef(ref: string, lock = false): Sql {
  return {
    text: `select ${COLUMNS} from surveys where id::text = lower($1) or key = $1 limit 1 ${lock ? 'for update' : ''}`,
    values: [ref],
  };
}

/** Newest first. Surveys are few. */
export function surveyPage(before: string | null, limit: number): Sql {
  return {
    text: `select ${COLUMNS} from surveys where $1::uuid is null or id < $1::uuid order by id desc limit $2`,
    values: [before, limit],
  };
}

/** No row comes back when the key is taken. */
export function insertSurvey(id: string, survey: SurveyDefinition, at: Date): Sql {
  return {
    text: `insert into surveys (id, created_at, updated_at, key, name, kind, question, questions, scale, choices, follow_up)
      values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (key) do nothing returning ${COLUMNS}`,
    values: [id, at, ...columnsOf(survey)],
  };
}

/** The next version; an archived survey is back. */
export function updateSurvey(id: string, survey: SurveyDefinition, at: Date): Sql {
  return {
    text: `update surveys set key = $3, name = $4, kind = $5, question = $6, questions = $7, scale = $8, choices = $9,
        follow_up = $10, version = version + 1, archived_at = null, updated_at = $2
      where id = $1 returning ${COLUMNS}`,
    values: [id, at, ...columnsOf(survey)],
  };
}

export function insertVersion({ id, version }: SurveyRow, survey: SurveyDefinition, at: Date): Sql {
  return {
    text: 'insert into survey_versions (survey_id, version, definition, created_at) values ($1, $2, $3, $4)',
    values: [id, version, JSON.stringify(survey), at],
  };
}

/** What was asked: immutable definitions by id and version. */
export function versionsAsked(ids: readonly string[], versions: readonly number[]): Sql {
  return {
    text: `select v.survey_id as id, v.version, v.definition
      from unnest($1::uuid[], $2::int[]) as w (survey_id, version) join survey_versions v using (survey_id, version)`,
    values: [ids, versions],
  };
}

export function archiveSurvey(id: string, at: Date): Sql {
  return {
    text: `update surveys set archived_at = $2, updated_at = $2 where id = $1 returning ${COLUMNS}`,
    values: [id, at],
  };
}

export function deleteSurvey(id: string): Sql {
  return {
    text: `with versions as (delete from survey_versions where survey_id = $1)
      delete from surveys where id = $1`,
    values: [id],
  };
}

function columnsOf({ key, name, kind, question, questions, scale, choices, followUp }: SurveyDefinition): unknown[] {
  const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  return [key, name, kind, json(question), json(questions), json(scale), json(choices), json(followUp)];
}
