/** What a statement on two arms tells of whom it drew: `enrolled` may name the arm `a.arm`. Both are sub-selects. */
interface Drawn {
  /** The window as an interval. */
  window: string;
  /** How many were drawn into the arm, mature or not. */
  enrolled: string;
  /** `reason` and `n` of those who were left out. */
  excluded: string;
}

/**
 * The end of a statement on two arms, behind a relation `watched` (`t0`) and the open parenthesis of a relation `brought`
 * with a row a person (`arm`, `mature`, `t0`, `orders`, `other_currency`, `revenue`, `over_refunded`): a row an arm, as of
 * $2. `spans` are the stretches in which anybody was watched, merged, the same in both rows.
 */
export function armCountsSql({ window, enrolled, excluded }: Drawn): string {
  return `), counts as (
        select arm, count(*) filter (where mature) as customers, count(*) filter (where not mature) as immature,
          count(*) filter (where orders > 0) as repurchasers, sum(orders)::bigint as orders,
          sum(other_currency)::bigint as other_currency,
          array_agg(revenue::float8) filter (where revenue > 0) as spent,
          sum(over_refunded)::bigint as over_refunded, max(t0) as last_start
        from brought group by arm
      ), edges as (
        select t0, t0 - lag(t0) over (order by t0) > ${window} as opens from watched
      ), islands as (
        select min(t0) as start, least(max(t0) + ${window}, $2) as stop
        from (select t0, count(*) filter (where opens) over (order by t0) as island from edges) numbered
        group by island
      )
      select a.arm, coalesce(c.customers, 0)::int as customers, coalesce(c.immature, 0)::int as immature,
        coalesce(c.repurchasers, 0)::int as repurchasers, coalesce(c.orders, 0)::bigint as orders,
        coalesce(c.other_currency, 0)::bigint as "otherCurrency", coalesce(c.spent, '{}'::float8[]) as spent,
        coalesce(c.over_refunded, 0)::bigint as "overRefunded", c.last_start as "lastStart",
        (${enrolled}) as enrolled,
        (select coalesce(json_agg(json_build_object('from', start, 'to', stop) order by start), '[]') from islands) as spans,
        (select coalesce(json_object_agg(excluded, n), '{}') from (${excluded}) out) as excluded
      from (values ('treatment'), ('holdout')) a (arm) left join counts c on c.arm = a.arm`;
}
