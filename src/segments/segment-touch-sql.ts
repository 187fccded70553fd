/**
 * The part of a statement that tells of changed facts where the facts are written in one statement without a transaction
 * of its own around it: who is named by `source`, a relation with `customer_id`, is queued to be judged anew, if some
 * segment of the shop asks about such facts. Everybody else uses `FactChanges`.
 *
 * @param facts the name of a source of facts
 * @param at an expression for the clock's now
 */
export function queueTouchesSql(source: string, facts: string, at: string): string {
  return `insert into segment_touches (customer_id, facts, cause, starts, at)
      select distinct customer_id, '${facts}', 'event', true, ${at} from ${source}
      where customer_id is not null and exists (select 1 from segment_fills where asks @> array['${facts}'])`;
}
