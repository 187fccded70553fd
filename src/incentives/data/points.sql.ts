import { type Sql } from '../../platform/database/database';
import { type PointKind } from '../loyalty.types';

/** The customer under this id now, through merges; nothing for who is deleted or erased. */
export function presentCustomer(id: string): Sql {
  return {
    text: `select c.id from customers c
      where c.id = coalesce((select m.into_id from customer_merges m where m.from_id = $1), $1)
        and c.deleted_at is null and c.erased_at is null`,
    values: [id],
  };
}

export interface EntryRow {
  id: string;
  customerId: string;
  delta: number;
  kind: PointKind;
  reference: string;
  at: Date;
  expiresAt: Date | null;
  note: string | null;
}

const COLUMNS = `id, customer_id as "customerId", delta, kind, reference, at, expires_at as "expiresAt", note`;

/** The ledger of a customer, the newest first. */
export function entriesPage(customerId: string, after: readonly [string, string] | null, limit: number): Sql {
  return {
    text: `select ${COLUMNS} from point_entries
      where customer_id = $1 and ($2::timestamptz is null or (at, id) < ($2::timestamptz, $3::uuid))
      order by at desc, id desc limit $4`,
    values: [customerId, after?.[0] ?? null, after?.[1] ?? null, limit],
  };
}

/** What the shop did under an id of its own. */
export function entryOfRequest(reference: string): Sql {
  return {
    text: `select ${COLUMNS} from point_entries where reference = $1 and kind in ('spent', 'adjusted', 'fed')`,
    values: [reference],
  };
}

/** Its own code and what it brought: the people, and the points that stand in its owner's ledger. */
export function referralSummary(customerId: string): Sql {
  return {
    text: `select count(*)::int as referred,
        coalesce((select sum(e.delta) from point_entries e
          where e.customer_id = $1 and e.kind in ('reward', 'reversed')
            and e.reference in (select 'referral:' || r.id from referrals r where r.referrer_id = $1)), 0)::bigint as earned
      from referrals r
      where r.referrer_id = $1 and r.status = 'rewarded' and r.ended_at is null`,
    values: [customerId],
  };
}
