import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Triggers that the clock sets off: where each campaign's clock stands, what came of its times, who has an anniversary. */
export class CreateCampaignClocks1764100060000 implements MigrationInterface {
  name = 'CreateCampaignClocks1764100060000';

  async up(q: QueryRunner): Promise<void> {
    // One row a campaign. All that lies in (since, done_until] was worked off; next_at is the next time (null: none), and
    // up_to the last customer of it that was taken, null before the first.
    await q.query(`
      create table campaign_clocks (
        campaign_id uuid primary key references campaigns (id),
        version int not null,
        trigger jsonb not null,
        since timestamptz not null,
        done_until timestamptz not null,
        next_at timestamptz,
        up_to uuid,
        entered int not null default 0,
        refused int not null default 0
      )`);
    await q.query(`
      create table campaign_occurrences (
        id uuid primary key,
        campaign_id uuid not null references campaigns (id),
        version int not null,
        at timestamptz not null,
        first_at timestamptz not null,
        times int not null,
        status text not null check (status in ('done', 'missed', 'cancelled')),
        reason text,
        entered int not null,
        refused int not null,
        finished_at timestamptz not null,
        constraint campaign_occurrences_reason check ((status = 'done') = (reason is null))
      )`);
    await q.query(`create index campaign_occurrences_campaign on campaign_occurrences (campaign_id, id)`);

    // Month and day in UTC: the customer's own calendar differs by a day at the most, so a look at three of them finds
    // all, of one zone alone. The same index lists the zones that there are.
    await q.query(`
      create index customers_zone_created_day on customers (timezone, (
        (date_part('month', created_at at time zone 'UTC') * 100 + date_part('day', created_at at time zone 'UTC'))))`);
    await q.query(`
      create index customer_orders_first_day on customer_orders ((
        (date_part('month', first_at at time zone 'UTC') * 100 + date_part('day', first_at at time zone 'UTC'))))
        where first_at is not null`);

    // Attributes that hold a date, whatever they are called, as 'birthday=03-02'. Who has none is not in the index.
    await q.query(`
      create function attribute_days(attributes jsonb) returns text[] language sql immutable strict parallel safe as $$
        select coalesce(array_agg(a.key || '=' || substr(a.value, 6, 5) order by a.key), '{}')
        from jsonb_each_text(attributes) a where a.value ~ '^\\d{4}-\\d{2}-\\d{2}($|[T ])'
      $$`);
    await q.query(`
      create index customers_attribute_days on customers using gin (attribute_days(attributes))
        where attribute_days(attributes) <> '{}'`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
