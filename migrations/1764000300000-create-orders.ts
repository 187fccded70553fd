import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was bought and refunded, as facts in time. */
export class CreateOrders1764000300000 implements MigrationInterface {
  name = 'CreateOrders1764000300000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table orders (
        id uuid primary key,
        external_id text not null,
        customer_id uuid references customers (id),
        placed_at timestamptz not null,
        version_at timestamptz not null,
        version_event text not null,
        versions jsonb not null default '{}',
        status text not null check (status in ('pending', 'paid', 'cancelled', 'refunded')),
        origin text not null default 'shop' check (origin in ('shop', 'renewal')),
        currency text not null,
        total_minor bigint not null,
        store_total_minor bigint,
        said_store_total_minor bigint,
        discount_minor bigint not null default 0,
        coupon_codes text[] not null default '{}',
        refunded_minor bigint not null default 0,
        counting boolean not null,
        first_counted_at timestamptz,
        fulfilled_at timestamptz,
        delivered_at timestamptz,
        silent boolean not null default false,
        recorded_at timestamptz not null,
        constraint orders_external_id_key unique (external_id)
      )`);
    await q.query(`create index orders_customer on orders (customer_id, placed_at)`);
    await q.query(`create index orders_placed_at on orders (placed_at)`);

    await q.query(`
      create table order_lines (
        order_id uuid not null references orders (id),
        position int not null,
        product_external_id text not null,
        name text,
        category text,
        quantity numeric not null,
        unit_price numeric(14, 4) not null,
        primary key (order_id, position)
      )`);
    await q.query(`create index order_lines_product on order_lines (product_external_id)`);

    // order_id is null while the order has not come yet: the refund is parked.
    await q.query(`
      create table refunds (
        id uuid primary key,
        event_key text not null,
        order_external_id text not null,
        order_id uuid references orders (id),
        amount numeric not null,
        amount_minor bigint,
        at timestamptz not null,
        recorded_at timestamptz not null,
        constraint refunds_event_key_key unique (event_key)
      )`);
    await q.query(`create index refunds_order on refunds (order_id)`);
    await q.query(`create index refunds_parked on refunds (order_external_id) where order_id is null`);

    // Fulfilments and deliveries of orders that have not come yet.
    await q.query(`
      create table parked_order_marks (
        event_key text primary key,
        order_external_id text not null,
        kind text not null check (kind in ('fulfilled', 'delivered')),
        at timestamptz not null,
        occurred_at timestamptz not null,
        silent boolean not null,
        recorded_at timestamptz not null
      )`);
    await q.query(`create index parked_order_marks_order on parked_order_marks (order_external_id)`);

    // Counting orders per customer, kept in the transaction that changes the orders. Money in the store's currency, net.
    await q.query(`
      create table customer_orders (
        customer_id uuid primary key references customers (id),
        count int not null,
        total_minor bigint not null,
        first_at timestamptz,
        last_at timestamptz,
        last_day date
      )`);
    await q.query(`create index customer_orders_last_day on customer_orders (last_day) where count > 0`);

    // A queue: whoever works off a change deletes its row.
    await q.query(`
      create table order_changes (
        id bigint generated always as identity primary key,
        order_id uuid not null,
        customer_id uuid,
        at timestamptz not null
      )`);

    // One row; its revision goes up with every transaction that changes an order, so that caches know they are stale.
    await q.query(`
      create table orders_state (
        only_row boolean primary key default true check (only_row),
        revision bigint not null
      )`);
    await q.query(`insert into orders_state (revision) values (0)`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
