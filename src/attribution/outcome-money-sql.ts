/**
 * What was refunded of order `o` beyond its total, in store money: left out of the revenue, which is never below 0, and
 * reported apart. Where the shop gave no store money it is 0.
 */
export function overRefundedSql(o: string, refunded: string): string {
  return `case when ${o}.store_total_minor is null then 0 when ${o}.total_minor > 0
      then greatest(0, round(${refunded}::numeric * ${o}.store_total_minor / ${o}.total_minor) - ${o}.store_total_minor)
      else ${refunded} end::bigint`;
}
