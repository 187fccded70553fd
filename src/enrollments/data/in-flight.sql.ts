import { type StepMove } from '../../campaigns/in-flight';
import { plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';

/**
 * Locks everybody active in a campaign and counts where they stand. The rows are locked before they are counted: claims
 * under way are waited for, and what they did is seen. Plan: index scan on enrollments_campaign.
 */
export function lockStanding(campaignId: string): Sql {
  return {
    text: `with locked as materialized (
        select version, position from enrollments where campaign_id = $1 and status = 'active'
        order by id for no key update)
      select version, position, count(*)::int as people from locked group by version, position order by version, position`,
    values: [campaignId],
  };
}

/** A move that leads to a step. */
export interface MoveOn extends StepMove {
  to: Exclude<StepMove['to'], 'exit'>;
}

/**
 * Moves people to another version, by the positions at which they stand. The plan (`next_run_at`) is kept, and with it
 * the timer; only who is to be looked at again is due now, unless frozen.
 */
export function moveOn(campaignId: string, version: number, moves: readonly MoveOn[], now: Date): Sql {
  return {
    text: `with m as (
        select * from unnest($4::int[], $5::int[], $6::int[], $7::text[], $8::boolean[], $9::text[], $10::boolean[])
          as m (version, position, to_position, step, goes_on, waits_for, again)),
      old as materialized (
        select e.id, e.due_at, m.*, m.again and e.waiting_since is not null and e.due_at > $3 as woken
        from m join enrollments e
          on e.campaign_id = $1 and e.status = 'active' and e.version = m.version and e.position = m.position),
      gone as (
        delete from enrollment_timers t using old where old.woken and t.due_at = old.due_at and t.enrollment_id = old.id),
      moved as (
        update enrollments e set version = $2, position = old.to_position, step = old.step,
          waiting_since = case when old.goes_on then e.waiting_since end,
          waiting_for = case when e.waiting_since is not null then old.waits_for end,
          due_at = case when old.woken then $3 else e.due_at end
        from old where e.id = old.id)
      insert into enrollment_timers (due_at, enrollment_id) select $3, id from old where woken`,
    values: [
      campaignId,
      version,
      now,
      plainArray(moves.map((move) => move.version)),
      plainArray(moves.map((move) => move.position)),
      plainArray(moves.map((move) => move.to.position)),
      textArray(moves.map((move) => move.to.step)),
      plainArray(moves.map((move) => move.to.goesOnWaiting)),
      textArray(moves.map((move) => move.to.waitsFor)),
      plainArray(moves.map((move) => move.to.looksAgain)),
    ],
  };
}

/** The ids of who stands at one of these places. */
export function standingAt(campaignId: string, moves: readonly StepMove[]): Sql {
  return {
    text: `select e.id from unnest($2::int[], $3::int[]) as m (version, position)
      join enrollments e on e.campaign_id = $1 and e.status = 'active' and e.version = m.version and e.position = m.position`,
    values: [campaignId, plainArray(moves.map((move) => move.version)), plainArray(moves.map((move) => move.position))],
  };
}

/** The versions that somebody is in, of campaigns that are not archived. */
export const VERSIONS_IN_USE: Sql = {
  text: `select distinct e.campaign_id as "campaignId", e.version from campaigns c
    join enrollments e on e.campaign_id = c.id and e.status = 'active' and e.version <> c.live_version
    where c.status in ('active', 'paused')`,
};
