import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { startTestApp } from '../../support/app';
import { givenCustomers } from '../../support/campaign-facts';
import { createTestDatabase } from '../../support/database';
import { deliverAll, givenEndpoint } from '../../support/endpoints';

const NOW = new Date('2026-03-02T08:00:00Z');
const EVENTS = 500;
const HALF = EVENTS / 2;

/** Two processes' worth of workers, transactions that are taken back among the others, leases that run out. */
it('two workers tell 500 events: none is lost, and only what was taken from a worker is told twice', async () => {
  const heard = new Map<string, number>();
  const receiver = http.createServer((request, reply) => {
    const id = String(request.headers['webhook-id']);
    heard.set(id, (heard.get(id) ?? 0) + 1);
    request.resume().on('end', () => reply.writeHead(204).end());
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const env = { ROLE: 'api', WEBHOOKS_TO_LOOPBACK: 'allow' };
  const shared = await createTestDatabase();
  const one = await startTestApp({ env, on: shared });
  const other = await startTestApp({ env, on: shared });
  try {
    const { id } = await givenEndpoint(one, url, ['customer.created']);
    const people = (count: number) =>
      givenCustomers(
        one.database,
        Array.from({ length: count }, () => ({})),
      );
    const takenBack = one.database.rehearse((tx) =>
      tx.execute(
        `insert into customers (id, created_at, recorded_at, updated_at)
        select gen_random_uuid(), $1, $1, $1 from generate_series(1, 100)`,
        [NOW],
      ),
    );
    await Promise.all([people(HALF), takenBack]);
    // Some come while the workers are at it, and once what they hold is taken from them.
    const more = people(HALF);
    const working = Promise.all([deliverAll(one, NOW), deliverAll(other, NOW)]);
    await new Promise((turn) => setTimeout(turn, 300));
    const taken = await one.database.execute(
      `update webhook_deliveries set lease_until = clock_timestamp() - interval '1 second'
       where status = 'queued' and lease_until is not null`,
    );
    await Promise.all([working, more]);
    await Promise.all([deliverAll(one, NOW), deliverAll(other, NOW)]);
    const rows = await one.database.query<{ status: string; count: number }>(
      'select status, count(*) from webhook_deliveries where endpoint_id = $1 group by status',
      [id],
    );
    expect(rows).toEqual([{ status: 'delivered', count: EVENTS }]);
    expect(heard.size).toBe(EVENTS);
    const twice = [...heard.values()].filter((times) => times > 1);
    expect(twice.every((times) => times === 2)).toBe(true);
    expect(twice.length).toBeLessThanOrEqual(taken);
    expect(await one.database.query('select 1 from webhook_outbox')).toEqual([]);
  } finally {
    await other.close();
    await one.close();
    await shared.close();
    receiver.closeAllConnections();
    receiver.close();
  }
});
