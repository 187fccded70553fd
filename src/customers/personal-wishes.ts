import { Injectable } from '@nestjs/common';
import { type Queryable, type Tx } from '../platform/database/database';
import { CustomerEvents } from './customer-events';
import { topicOnSql } from './customer.sql-fragments';
import { type Wish, type Wishes } from './wishes';

/** What somebody decided on the preference page: by name, as in `Wishes`. */
export type NewWishes = Readonly<Record<string, Wish['value']>>;

/** Keeps what people decide themselves about the mails they get, beside consent as such. */
@Injectable()
export class PersonalWishes {
  constructor(private readonly events: CustomerEvents) {}

  /**
   * The person's word, now: it replaces what they said before about the same, and is kept as history. Like an
   * unsubscribe it holds for the address, so that every record which has it gets it. Saying the same again changes
   * nothing. Returns how many records changed. That the person was there is an event: it ends the silence of the sunset,
   * also for those whose clicks are not recorded.
   */
  async keep(tx: Tx, customerId: string, wishes: NewWishes, at: Date): Promise<number> {
    const said = Object.fromEntries(
      Object.entries(wishes).map(([name, value]): [string, Wish] => [name, { value, at: at.toISOString() }]),
    );
    const rows = await tx.query<{ id: string }>(
      `with people as (
         select c.id, c.wishes from customers c
         where c.erased_at is null and (c.id = $1 or c.email = (select email from customers where id = $1))
         order by c.id for no key update
       ), said as (
         select p.id, w.key, w.value, p.wishes from people p cross join lateral jsonb_each($2::jsonb) w
         where p.wishes->w.key->'value' is distinct from w.value->'value'
       ), kept as (
         update customers c set wishes = coalesce(c.wishes, '{}') || s.said, updated_at = $3
         from (select id, jsonb_object_agg(key, value) as said from said group by id) s where c.id = s.id
         returning c.id
       ), history as (
         insert into customer_statements (customer_id, at, recorded_at, field, value, event_id)
         select id, $3, $3, 'wishes.' || key, value->'value', 'person' from said
       )
       select id from kept`,
      [customerId, JSON.stringify(said), at],
    );
    await this.events.record(tx, [{ customerId, type: 'preferences.saved', occurredAt: at, starts: false }], at);
    return rows.length;
  }

  /** Everything that a person decided, as it stands. */
  async of(db: Queryable, customerId: string): Promise<Wishes> {
    const [row] = await db.query<{ wishes: Wishes | null }>('select wishes from customers where id = $1', [customerId]);
    return row?.wishes ?? {};
  }

  /** Those of the topics that are on for a person, as it holds now. */
  async topicsOn(db: Queryable, customerId: string, topics: readonly string[]): Promise<Set<string>> {
    const rows = await db.query<{ topic: string }>(
      `select t.topic from customers c cross join unnest($2::text[]) as t (topic)
       where c.id = $1 and ${topicOnSql('c', 't.topic')}`,
      [customerId, topics],
    );
    return new Set(rows.map(({ topic }) => topic));
  }
}
