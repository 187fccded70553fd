/**
 * `stageOn` (stage.ts) in SQL: `count` and `lastDay` (a date) are expressions, the others placeholders or expressions.
 */
export function stageSql(e: {
  count: string;
  lastDay: string;
  day: string;
  thresholdDays: string;
  repeatMinOrders: string;
}): string {
  return `case when coalesce(${e.count}, 0) = 0 then 'prospect'
      when ${e.day} - ${e.lastDay} > ${e.thresholdDays} then 'lapsed'
      when ${e.count} < ${e.repeatMinOrders} then 'recent' else 'repeat' end`;
}

/**
 * The setting in force at the instant `at` (an expression), as a subquery with `effective_days` and
 * `repeat_min_orders`: the last one made by then, before the first the first.
 */
export function lifecycleInForceSql(at: string): string {
  return `select effective_days, repeat_min_orders from lifecycle_settings
    order by (at <= ${at}) desc, case when at <= ${at} then id else -id end desc limit 1`;
}
