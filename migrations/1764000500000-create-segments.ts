import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Stages with their history, the lifecycle setting with its history, segments, and how attributes are compared. */
export class CreateSegments1764000500000 implements MigrationInterface {
  name = 'CreateSegments1764000500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(BUILT_IN_SEGMENTS);
    await runner.query(ATTRIBUTE_FUNCTIONS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}

const TABLES = `
  -- One row a change of the setting, for reports as of a day in the past.
  create table lifecycle_settings (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    lapsed_after text not null,
    effective_days integer not null check (effective_days > 0),
    repeat_min_orders integer not null check (repeat_min_orders > 0),
    basis jsonb,
    computed_at timestamptz
  );

  -- The default counts as a setting, the first.
  insert into lifecycle_settings (at, lapsed_after, effective_days, repeat_min_orders) values ('epoch', 'P90D', 90, 2);

  create table customer_stages (
    customer_id uuid primary key references customers (id),
    stage text not null check (stage in ('prospect', 'recent', 'repeat', 'lapsed')),
    since timestamptz not null,
    order_count integer not null,
    last_day date,
    check ((stage = 'prospect') = (order_count = 0)),
    check ((order_count = 0) = (last_day is null))
  );
  create index customer_stages_members on customer_stages (stage, customer_id);
  -- The sweep reads who crosses the lapse threshold next, and only those.
  create index customer_stages_sweep on customer_stages (last_day) where stage in ('recent', 'repeat');

  create table stage_transitions (
    id bigint generated always as identity primary key,
    customer_id uuid not null references customers (id),
    at timestamptz not null,
    from_stage text,
    to_stage text not null,
    cause text not null check (cause in ('order', 'refund', 'time', 'threshold', 'import', 'merge'))
  );
  create index stage_transitions_customer on stage_transitions (customer_id, at, id);

  create table segments (
    id uuid primary key,
    key text not null unique,
    name text not null,
    condition jsonb not null,
    built_in boolean not null default false,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );
`;

const BUILT_IN_SEGMENTS = `
  insert into segments (id, key, name, condition, built_in, created_at, updated_at)
  select id::uuid, key, name, condition::jsonb, true, 'epoch', 'epoch' from (values
    ('00000000-0000-7000-8000-000000000001', 'prospect', 'Prospects: no order yet',
      '{"field":"stage","op":"eq","value":"prospect"}'),
    ('00000000-0000-7000-8000-000000000002', 'recent', 'Recent: a first order, not long ago',
      '{"field":"stage","op":"eq","value":"recent"}'),
    ('00000000-0000-7000-8000-000000000003', 'repeat', 'Repeat: came back, not long ago',
      '{"field":"stage","op":"eq","value":"repeat"}'),
    ('00000000-0000-7000-8000-000000000004', 'lapsed', 'Lapsed: silent for longer than the threshold',
      '{"field":"stage","op":"eq","value":"lapsed"}'),
    ('00000000-0000-7000-8000-000000000005', 'subscribed', 'Subscribed: consent in force',
      '{"field":"consent.status","op":"eq","value":"subscribed"}')
  ) as built_in (id, key, name, condition);
`;

/**
 * Twins of src/segments/domain/attribute-value.ts and instant-text.ts; a property test holds them together. The casts
 * stand behind patterns in a CASE, so that no text a shop has stored can make a query fail.
 */
const ATTRIBUTE_FUNCTIONS = `
  create function attribute_elements(value jsonb) returns setof jsonb language sql immutable as $$
    select element from jsonb_array_elements(
      case jsonb_typeof(value) when 'array' then value else jsonb_build_array(value) end) element
  $$;

  create function attribute_texts(value jsonb) returns text[] language sql immutable as $$
    select coalesce(array_agg(element #>> '{}'), '{}') from attribute_elements(value) element
    where jsonb_typeof(element) = 'string'
  $$;

  create function attribute_numbers(value jsonb) returns double precision[] language sql immutable as $$
    select coalesce(array_agg(number) filter (where number is not null), '{}') from (
      select case
        when jsonb_typeof(element) = 'string' and element #>> '{}' ~ '^-?[0-9]{1,15}(\\.[0-9]{1,15})?$'
          then (element #>> '{}')::double precision
        when jsonb_typeof(element) = 'number' then case
          when abs((element #>> '{}')::numeric) < '1e-300' then 0
          when abs((element #>> '{}')::numeric) < '1e300' then (element #>> '{}')::double precision end
        end as number
      from attribute_elements(value) element) numbers
  $$;

  create function attribute_truths(value jsonb) returns boolean[] language sql immutable as $$
    select coalesce(array_agg(element #>> '{}' = 'true'), '{}') from attribute_elements(value) element
    where jsonb_typeof(element) in ('boolean', 'string') and element #>> '{}' in ('true', 'false')
  $$;

  create function attribute_present(value jsonb) returns boolean language sql immutable as $$
    select value is not null and value not in ('null'::jsonb, '[]'::jsonb)
  $$;

  create function attribute_contains(value jsonb, part text) returns boolean language sql immutable as $$
    select case jsonb_typeof(value)
      when 'string' then position(part in value #>> '{}') > 0
      when 'array' then part = any(attribute_texts(value))
      else false end
  $$;

  create function attribute_instant(value jsonb, zone text) returns timestamptz language sql stable as $$
    select case
      when jsonb_typeof(value) <> 'string' then null
      when not value #>> '{}' ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])($|T)' then null
      when substr(value #>> '{}', 9, 2)::int > extract(day from
        make_date(substr(value #>> '{}', 1, 4)::int, substr(value #>> '{}', 6, 2)::int, 1)
          + interval '1 month' - interval '1 day') then null
      when length(value #>> '{}') = 10 then (value #>> '{}')::date::timestamp at time zone zone
      when substr(value #>> '{}', 11) ~
        '^T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$'
        then date_trunc('milliseconds', (value #>> '{}')::timestamptz)
      end
  $$;
`;
