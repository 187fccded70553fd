import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The counting orders of all customers in a form that is read as a whole in a fraction of a second: reports on calendar
 * periods and cohorts look at every order of the shop. `order_histories` has some thousand customers a row, in the order
 * of their ids; `order_history_changes` names those whose orders it does not tell any more. Every change of orders and
 * refunds names them, whoever makes it: a report reads these customers' orders as they are.
 *
 * The triggers come first, so that no change is missed while those who are there already are named.
 */
export class KeepOrderHistories1764200610000 implements MigrationInterface {
  name = 'KeepOrderHistories1764200610000';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...FUNCTIONS, ...triggers()]) await runner.query(statement);
    await runner.query('truncate order_history_changes');
    await runner.query(
      'insert into order_history_changes select distinct customer_id from orders where customer_id is not null',
    );
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}

const TABLES = [
  `create table if not exists order_histories (
     from_customer uuid primary key,
     customers integer not null,
     body bytea not null)`,
  // Compressing saves a third of the room and takes longer than all the reading.
  `alter table order_histories alter column body set storage external`,
  `create table if not exists order_history_changes (customer_id uuid not null)`,
  `create index if not exists order_history_changes_customer on order_history_changes (customer_id)`,
];

/** A report must never miss a change, so the triggers fire for loads, too, that switch others off. */
const FUNCTIONS = [
  functionOf('orders_added', `select distinct customer_id from added where customer_id is not null`),
  functionOf('orders_gone', `select distinct customer_id from gone where customer_id is not null`),
  functionOf(
    'orders_changed',
    `select customer_id from added where customer_id is not null
     union select customer_id from gone where customer_id is not null`,
  ),
  functionOf('refunds_added', ofOrders('select order_id from added')),
  functionOf('refunds_gone', ofOrders('select order_id from gone')),
  functionOf('refunds_changed', ofOrders('select order_id from added union select order_id from gone')),
];

function ofOrders(orderIds: string): string {
  return `select distinct customer_id from orders where id in (${orderIds}) and customer_id is not null`;
}

function functionOf(name: string, customers: string): string {
  return `create or replace function order_history_${name}() returns trigger language plpgsql as $$
    begin
      insert into order_history_changes ${customers};
      return null;
    end $$`;
}

function triggers(): string[] {
  const events = {
    added: 'after insert on TABLE referencing new table as added',
    gone: 'after delete on TABLE referencing old table as gone',
    changed: 'after update on TABLE referencing old table as gone new table as added',
  };
  return ['orders', 'refunds'].flatMap((table) =>
    Object.entries(events).flatMap(([event, when]) => [
      `drop trigger if exists history_${event} on ${table}`,
      `create trigger history_${event} ${when.replace('TABLE', table)}
         for each statement execute function order_history_${table}_${event}()`,
      `alter table ${table} enable always trigger history_${event}`,
    ]),
  );
}
