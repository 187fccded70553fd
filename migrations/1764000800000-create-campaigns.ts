import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The plan: campaigns and their versions. */
export class CreateCampaigns1764000800000 implements MigrationInterface {
  name = 'CreateCampaigns1764000800000';

  async up(q: QueryRunner): Promise<void> {
    // revision goes up with every change of the row and is its entity tag; version only with a new definition.
    await q.query(`
      create table campaigns (
        id uuid primary key,
        key text not null,
        name text not null,
        status text not null check (status in ('draft', 'active', 'paused', 'archived')),
        version int not null,
        live_version int,
        revision int not null default 1,
        salt text not null,
        holdout_group text,
        epoch int not null,
        priority int not null,
        activated_at timestamptz,
        paused_at timestamptz,
        archived_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        constraint campaigns_key_key unique (key)
      )`);
    await q.query(`create index campaigns_holdout_group on campaigns (holdout_group) where holdout_group is not null`);
    await q.query(`create index campaigns_running on campaigns (id) where status in ('active', 'paused')`);

    // A published version is immutable and keeps what was written (definition) and what runs (program).
    await q.query(`
      create table campaign_versions (
        campaign_id uuid not null references campaigns (id),
        version int not null,
        epoch int not null,
        definition jsonb not null,
        program jsonb not null,
        created_at timestamptz not null,
        published_at timestamptz,
        primary key (campaign_id, version)
      )`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
