import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Facts come out of the tables in which they are kept, by triggers, in the transaction that commits them: whatever path
 * of the program writes a fact, it is told exactly if it stands. Each function first looks whether there is any endpoint
 * at all; without one that look (a read of an empty table) is all that happens.
 *
 * Statement triggers where every row counts; row triggers with a condition where few rows of many do, because a
 * transition table would copy them all.
 */
export class CaptureEvents1764200340100 implements MigrationInterface {
  name = 'CaptureEvents1764200340100';

  async up(q: QueryRunner): Promise<void> {
    await q.query(WANTED);
    for (const capture of CAPTURES) await q.query(capture);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}

/** Whether an endpoint, switched off or not, wants events of a type: by its name, by its family, or all. */
const WANTED = `
  create function webhook_wanted(wanted text) returns boolean language plpgsql stable as $$
  begin
    return exists (
      select from webhook_endpoints where events && array[wanted, split_part(wanted, '.', 1) || '.*', '*']);
  end $$`;

/** A function that captures: nothing happens where nobody listens. */
const capture = (name: string, body: string): string => `
  create function ${name}() returns trigger language plpgsql as $$
  begin
    if not exists (select from webhook_endpoints) then return null; end if;
    ${body}
    return null;
  end $$`;

const CUSTOMERS = [
  capture(
    'webhook_capture_customers_created',
    `if webhook_wanted('customer.created') then
      insert into webhook_outbox (type, customer_id, at, data)
      select 'customer.created', id, recorded_at, jsonb_build_object('consent', consent_status)
      from fresh where erased_at is null and deleted_at is null;
    end if;`,
  ),
  `create trigger webhook_created after insert on customers referencing new table as fresh
    for each statement execute function webhook_capture_customers_created()`,
  // Before a merge the names of the record that goes are set free for the one that stays; that is nobody's news.
  capture(
    'webhook_capture_customers_changed',
    `insert into webhook_outbox (type, customer_id, at, data)
    select told.type, told.id, told.updated_at,
      case when told.type = 'customer.updated' then jsonb_build_object('fields', told.fields) else '{}' end
    from (
      select now.id, now.updated_at, array_remove(array[
          case when was.external_id is distinct from now.external_id
            and (now.external_id is not null or was.updated_at <> now.updated_at) then 'externalId' end,
          case when was.email is distinct from now.email then 'email' end,
          case when was.first_name is distinct from now.first_name then 'firstName' end,
          case when was.last_name is distinct from now.last_name then 'lastName' end,
          case when was.locale is distinct from now.locale then 'locale' end,
          case when was.timezone is distinct from now.timezone then 'timezone' end,
          case when was.tags <> now.tags then 'tags' end,
          case when (was.consent_status, was.consent_topics) is distinct from (now.consent_status, now.consent_topics)
            then 'consent' end,
          case when was.deleted_at is not null and now.deleted_at is null then 'deleted' end], null)
        || array(
          select 'attributes.' || key from jsonb_object_keys(was.attributes || now.attributes) key
          where was.attributes -> key is distinct from now.attributes -> key order by key) as fields,
        case
          when was.erased_at is null and now.erased_at is not null then 'customer.erased'
          when was.deleted_at is null and now.deleted_at is not null then 'customer.deleted'
          else 'customer.updated' end as type
      from before was join after now on now.id = was.id
      where now.erased_at is null or was.erased_at is null) told
    where (told.type <> 'customer.updated' or cardinality(told.fields) > 0) and webhook_wanted(told.type);
    if webhook_wanted('customer.unsubscribed') then
      insert into webhook_outbox (type, customer_id, at, data)
      select 'customer.unsubscribed', now.id, now.updated_at, jsonb_build_object('source', now.consent_source, 'by',
        case when now.consent_source in ('one_click', 'page', 'preferences', 'mailto', 'complaint')
          then 'person' else 'shop' end)
      from before was join after now on now.id = was.id
      where was.consent_status <> 'unsubscribed' and now.consent_status = 'unsubscribed'
        and not exists (select from address_optouts o where o.email = now.email and o.lifted_at is null);
    end if;`,
  ),
  `create trigger webhook_changed after update on customers referencing old table as before new table as after
    for each statement execute function webhook_capture_customers_changed()`,
  capture(
    'webhook_capture_merges',
    `if webhook_wanted('customer.merged') then
      insert into webhook_outbox (type, customer_id, at, data)
      values ('customer.merged', new.into_id, new.at, jsonb_build_object('mergedCustomerId', new.from_id));
    end if;`,
  ),
  `create trigger webhook_merged after insert on customer_merges
    for each row execute function webhook_capture_merges()`,
  capture(
    'webhook_capture_optouts',
    `if webhook_wanted('customer.unsubscribed') then
      insert into webhook_outbox (type, customer_id, at, data)
      select 'customer.unsubscribed', id, new.at,
        jsonb_build_object('by', 'person', 'source', new.source, 'messageId', new.message_id)
      from customers where email = new.email;
    end if;`,
  ),
  `create trigger webhook_unsubscribed after insert on address_optouts
    for each row execute function webhook_capture_optouts()`,
];

const STAGES_AND_EVENTS = [
  capture(
    'webhook_capture_stages',
    `if webhook_wanted('stage.changed') then
      insert into webhook_outbox (type, customer_id, at, data)
      select 'stage.changed', customer_id, at, jsonb_build_object('from', from_stage, 'to', to_stage, 'cause', cause)
      from fresh order by id;
    end if;`,
  ),
  `create trigger webhook_changed after insert on stage_transitions referencing new table as fresh
    for each statement execute function webhook_capture_stages()`,
  // Those that Ritorno itself finds out; what the shop has told us is no news to it. That a new customer is a prospect is
  // recorded only where a campaign hears it, so it is never told: customer.created says as much.
  capture(
    'webhook_capture_customer_events',
    `insert into webhook_outbox (type, customer_id, at, data)
    select told.type, told.customer_id, told.occurred_at, told.properties || told.more
    from (
      select case type when 'consent.subscribed' then 'customer.subscribed' else type end as type, id, customer_id,
        occurred_at, properties,
        case when reference is null then '{}' else jsonb_build_object('reference', reference) end as more
      from fresh
      where type in ('order.counted', 'segment.entered', 'segment.left', 'consent.subscribed', 'survey.answered',
          'survey.changed', 'coupon.expiring', 'tier.changed', 'referral.rewarded')
        and properties ->> 'cause' is distinct from 'created') told
    where webhook_wanted(told.type) order by told.id;`,
  ),
  `create trigger webhook_recorded after insert on customer_events referencing new table as fresh
    for each statement execute function webhook_capture_customer_events()`,
];

const ENROLLMENTS = [
  capture(
    'webhook_capture_entries',
    `if webhook_wanted('enrollment.entered') then
      insert into webhook_outbox (type, customer_id, at, data)
      select 'enrollment.entered', customer_id, entered_at, jsonb_build_object('enrollmentId', id, 'campaignId',
        campaign_id, 'arm', arm, 'orderId', trigger_order_id)
      from fresh;
    end if;`,
  ),
  `create trigger webhook_entered after insert on enrollments referencing new table as fresh
    for each statement execute function webhook_capture_entries()`,
  capture(
    'webhook_capture_ends',
    `if webhook_wanted('enrollment.' || new.status) then
      insert into webhook_outbox (type, customer_id, at, data)
      values ('enrollment.' || new.status, new.customer_id, new.ended_at, jsonb_build_object('enrollmentId', new.id,
        'campaignId', new.campaign_id, 'arm', new.arm, 'reason', new.exit_reason));
    end if;`,
  ),
  `create trigger webhook_ended after update of status on enrollments
    for each row when (old.status = 'active' and new.status <> 'active') execute function webhook_capture_ends()`,
  capture(
    'webhook_capture_refusals',
    `if webhook_wanted('enrollment.refused') then
      insert into webhook_outbox (type, customer_id, at, data)
      select 'enrollment.refused', customer_id, at, jsonb_build_object('campaignId', campaign_id, 'reason', reason)
      from fresh;
    end if;`,
  ),
  `create trigger webhook_refused after insert on enrollment_refusals referencing new table as fresh
    for each statement execute function webhook_capture_refusals()`,
];

const MESSAGES = [
  capture(
    'webhook_capture_messages',
    `if webhook_wanted('message.' || new.status) then
      insert into webhook_outbox (type, customer_id, at, data)
      values ('message.' || new.status, new.customer_id,
        case when new.status = 'sent' then new.sent_at when new.status = 'bounced' then new.bounced_at
          when tg_op = 'INSERT' then new.queued_at end,
        jsonb_build_object('messageId', new.id, 'reason', new.reason));
    end if;`,
  ),
  `create trigger webhook_skipped after insert on messages
    for each row when (new.status = 'skipped' and new.customer_id is not null)
    execute function webhook_capture_messages()`,
  `create trigger webhook_settled after update of status on messages
    for each row when (new.status <> old.status and new.customer_id is not null
      and new.status in ('sent', 'skipped', 'failed', 'uncertain', 'bounced'))
    execute function webhook_capture_messages()`,
  capture(
    'webhook_capture_complaints',
    `if webhook_wanted('message.complained') then
      insert into webhook_outbox (type, customer_id, at, data)
      values ('message.complained', new.customer_id, new.complained_at, jsonb_build_object('messageId', new.id));
    end if;`,
  ),
  `create trigger webhook_complained after update of complained_at on messages
    for each row when (old.complained_at is null and new.complained_at is not null and new.customer_id is not null)
    execute function webhook_capture_complaints()`,
  capture(
    'webhook_capture_hits',
    `insert into webhook_outbox (type, customer_id, at, data)
    select told.type, told.customer_id, told.at, told.data
    from (
      select case kind when 'open' then 'message.opened' else 'message.clicked' end as type, id, customer_id, at,
        jsonb_build_object('messageId', message_id)
          || case kind when 'click' then jsonb_build_object('link', link_index, 'url', url) else '{}' end as data
      from fresh where kind in ('open', 'click') and not machine and customer_id is not null) told
    where webhook_wanted(told.type) order by told.id;`,
  ),
  `create trigger webhook_hit after insert on hits referencing new table as fresh
    for each statement execute function webhook_capture_hits()`,
];

const CAPTURES = [...CUSTOMERS, ...STAGES_AND_EVENTS, ...ENROLLMENTS, ...MESSAGES];
