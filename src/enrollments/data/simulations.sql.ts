import { type Sql } from '../../platform/database/database';

export type SimulationStatus = 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface SimulationRow {
  id: string;
  campaignId: string;
  request: Record<string, unknown>;
  status: SimulationStatus;
  done: number;
  total: number;
  result: unknown;
  error: string | null;
  requestedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** Whoever runs a simulation says every few seconds that it lives; silent for so long it has died. */
const LOST_AFTER = `interval '60 seconds'`;

/** Notes a simulation, and forgets those asked for before `keepFrom`. */
export function insertSimulation(
  row: { id: string; campaignId: string; request: unknown },
  now: Date,
  keepFrom: Date,
): Sql {
  return {
    text: `with forgotten as (delete from simulations where requested_at < $5)
      insert into simulations (id, campaign_id, request, status, requested_at, seen_at)
      values ($1, $2, $3, 'waiting', $4, clock_timestamp())`,
    values: [row.id, row.campaignId, JSON.stringify(row.request), now, keepFrom],
  };
}

/** One simulation. */
export function findSimulation(id: string): Sql {
  return {
    text: `select id, campaign_id as "campaignId", request, status, customers_done as done, customers_total as total,
        result, error, requested_at as "requestedAt", started_at as "startedAt", finished_at as "finishedAt"
      from simulations where id = $1`,
    values: [id],
  };
}

/** Gives up a simulation whose process has died. */
export function failIfLost(id: string, now: Date): Sql {
  return {
    text: `update simulations set status = 'failed', error = 'the process that ran it has died', finished_at = $2
      where id = $1 and status in ('waiting', 'running') and seen_at < clock_timestamp() - ${LOST_AFTER}`,
    values: [id, now],
  };
}

/** Begins it, unless it was cancelled meanwhile. */
export function beginSimulation(id: string, now: Date): Sql {
  return {
    text: `update simulations set status = 'running', started_at = $2, seen_at = clock_timestamp()
      where id = $1 and status = 'waiting'`,
    values: [id, now],
  };
}

/** Says of simulations that they live and how far they are; returns those that go on. */
export function keepSimulations(rows: ReadonlyArray<{ id: string; done: number; total: number }>): Sql {
  return {
    text: `update simulations s set customers_done = u.done, customers_total = u.total, seen_at = clock_timestamp()
      from unnest($1::uuid[], $2::int[], $3::int[]) as u (id, done, total)
      where s.id = u.id and s.status in ('waiting', 'running') returning s.id`,
    values: [rows.map(({ id }) => id), rows.map(({ done }) => done), rows.map(({ total }) => total)],
  };
}

/** Ends it, unless it has ended. */
export function endSimulation(
  id: string,
  end: { status: Exclude<SimulationStatus, 'waiting' | 'running'>; result?: unknown; error?: string },
  now: Date,
): Sql {
  return {
    text: `update simulations set status = $2, result = $3, error = $4, finished_at = $5,
        customers_done = case when $2 = 'completed' then customers_total else customers_done end
      where id = $1 and status in ('waiting', 'running')`,
    values: [id, end.status, end.result === undefined ? null : JSON.stringify(end.result), end.error ?? null, now],
  };
}
