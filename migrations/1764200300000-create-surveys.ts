import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Questions to customers, what mails asked, and what was answered. */
export class CreateSurveys1764200300000 implements MigrationInterface {
  name = 'CreateSurveys1764200300000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table surveys (
        id uuid primary key,
        key text not null unique,
        name text not null,
        kind text not null check (kind in ('nps', 'csat', 'choice', 'number', 'loyalty')),
        question jsonb not null,
        questions jsonb,
        scale jsonb,
        choices jsonb,
        follow_up jsonb,
        version int not null default 1,
        archived_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        constraint surveys_choices check ((kind = 'choice') = (choices is not null)),
        constraint surveys_scale check ((kind = 'choice') = (scale is null))
      )`);
    // A link in a mail names a place among the scores or choices that the mail showed: what was asked never changes.
    await q.query(`
      create table survey_versions (
        survey_id uuid not null references surveys (id),
        version int not null,
        definition jsonb not null,
        created_at timestamptz not null,
        primary key (survey_id, version)
      )`);
    // Without a default: no row is touched. What a mail asks is decided when its step comes due, like its template.
    await q.query('alter table messages add column survey_id uuid, add column survey_version int');
    // customer_id without a foreign key, like the other logs: erasing keeps the figures, a merge hands them over.
    await q.query(`
      create table survey_responses (
        id uuid primary key,
        survey_id uuid not null references surveys (id),
        survey_version int not null,
        customer_id uuid not null,
        message_id uuid not null,
        enrollment_id uuid not null,
        campaign_id uuid not null,
        step text not null,
        order_id uuid,
        kind text not null check (kind in ('nps', 'csat', 'choice', 'number', 'loyalty')),
        score numeric,
        choice text,
        answers jsonb,
        scale jsonb,
        comment text,
        follow_up_answer text,
        locale text not null,
        answered_at timestamptz not null,
        updated_at timestamptz not null,
        changes int not null default 0,
        constraint survey_responses_message unique (message_id),
        constraint survey_responses_answer check ((kind = 'choice') = (choice is not null) and (kind = 'choice') = (score is null)),
        constraint survey_responses_loyalty check ((kind = 'loyalty') = (answers is not null))
      )`);
    await q.query('create index survey_responses_survey on survey_responses (survey_id, id)');
    await q.query('create index survey_responses_time on survey_responses (survey_id, answered_at)');
    await q.query('create index survey_responses_customer on survey_responses (customer_id, survey_id, answered_at)');
    await q.query(`
      create index survey_responses_words on survey_responses (survey_id, id)
        where comment is not null or follow_up_answer is not null`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
