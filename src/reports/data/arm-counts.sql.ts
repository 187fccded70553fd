/**
 * Rows of `ArmRow`: of a relation of all who were drawn, `people` (a query), with `arm`, `excluded`, `drawn` (counts as
 * enrolled), `t0` (from when on the person is watched; null: is not), `mature`, and of mature people `orders`,
 * `other_currency`, `revenue`, `over_refunded` (null: nothing). Starts are told apart by stretches as long as the window, so
 * that the times in which anybody was watched follow from a few rows.
 */
export function armRowsSql(people: string, window: string): string {
  return `select arm, excluded, count(*)::int as people, count(*) filter (where drawn)::int as enrolled,
        count(*) filter (where mature)::int as customers, count(*) filter (where not mature)::int as immature,
        min(t0) as "firstStart", max(t0) as "lastStart", count(*) filter (where orders > 0)::int as repurchasers,
        coalesce(sum(orders), 0)::int as orders, coalesce(sum(other_currency), 0)::int as "otherCurrency",
        coalesce(array_agg(revenue::float8) filter (where revenue > 0), '{}'::float8[]) as spent,
        coalesce(sum(over_refunded), 0)::bigint as "overRefunded"
      from (${people}) p group by arm, excluded, date_bin(${window}, t0, '2000-01-01')`;
}
