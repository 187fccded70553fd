/**
 * Rows of `PeopleRow`: of a relation of all who were drawn, `people` (a query), with `arm`, `excluded`, `drawn` (counts as
 * enrolled), `t0` (from when on the person is watched; null: is not) and `mature`. Starts are told apart by stretches as
 * long as the window, so that the times in which anybody was watched follow from a few rows.
 */
export function peopleCountsSql(people: string, window: string): string {
  return `select arm, excluded, count(*)::int as people, count(*) filter (where drawn)::int as enrolled,
        count(*) filter (where mature)::int as customers, count(*) filter (where not mature)::int as immature,
        min(t0) as "firstStart", max(t0) as "lastStart"
      from (${people}) p group by arm, excluded, date_bin(${window}, t0, '2000-01-01')`;
}

/**
 * Rows of `BroughtRow`: of a relation of mature people, `people` (a query), with `arm` and what each brought: `orders`,
 * `other_currency`, `revenue`, `over_refunded`. Who brought nothing may be missing.
 */
export function broughtSql(people: string): string {
  return `select arm, count(*) filter (where orders > 0)::int as repurchasers, sum(orders)::int as orders,
        sum(other_currency)::int as "otherCurrency",
        coalesce(array_agg(revenue::float8) filter (where revenue > 0), '{}'::float8[]) as spent,
        sum(over_refunded)::bigint as "overRefunded"
      from (${people}) p group by arm`;
}
