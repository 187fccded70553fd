import { type Client } from 'pg';
import { type Bench, type Measured, type Row } from '../row';
import { customerEvent, Service } from '../service';

const EVENTS = 50_000;

/**
 * Bulk events end to end: from the first post to the last customer in place, one process taking them in and one working
 * them off; against bare `unnest` inserts.
 */
async function run(bench: Bench): Promise<Measured> {
  const service = await Service.start(await bench.database(), bench.sinkPort, { ROLE: 'api' });
  try {
    await service.startWorker();
    const at = new Date().toISOString();
    const events = Array.from({ length: EVENTS }, (_, i) => customerEvent(i, at));
    const cpu = service.cpu();
    const started = Date.now();
    for (let from = 0; from < EVENTS; from += 1000) {
      await service.call('POST', '/api/v1/events', events.slice(from, from + 1000));
    }
    await service.untilCustomers(EVENTS);
    const seconds = (Date.now() - started) / 1000;
    const used = service.cpu() - cpu;
    return {
      perSecond: EVENTS / seconds,
      limitPerSecond: await service.withSql((sql) => bareInserts(sql, events)),
      cpuSecondsPer1000: (used / EVENTS) * 1000,
    };
  } finally {
    await service.stop();
  }
}

async function bareInserts(sql: Client, events: readonly object[]): Promise<number> {
  await sql.query('create table bare (id text primary key, type text, body jsonb)');
  const started = Date.now();
  for (let from = 0; from < events.length; from += 1000) {
    const part = events.slice(from, from + 1000);
    await sql.query('insert into bare select * from unnest($1::text[], $2::text[], $3::jsonb[])', [
      part.map((_, i) => `event-${from + i}`),
      part.map(() => 'customer.created'),
      part.map((event) => JSON.stringify(event)),
    ]);
  }
  return events.length / ((Date.now() - started) / 1000);
}

export const bulk: Row = {
  name: 'bulk',
  unit: 'bulk events, end to end',
  limit: 'bare unnest inserts of the same events',
  target: 0.1,
  run,
};
