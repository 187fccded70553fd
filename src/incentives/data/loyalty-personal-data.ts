import { Injectable } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';
import { notifyDue } from '../../platform/jobs/notify';
import { ERASED_CODE } from '../domain/referral-code';
import { HOLD_LOYALTY } from './loyalty.sql';

/** Points and tiers are figures without a name; the referral code and what a shop wrote beside points are personal. */
@Injectable()
export class LoyaltyPersonalData extends PersonalDataOwner {
  readonly name = 'loyalty';
  readonly tables = [
    'point_entries',
    'customer_loyalty',
    'customer_tiers',
    'loyalty_changes',
    'referral_codes',
    'referrals',
  ] as const;

  async export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    const values = [customerId];
    const [account] = await db.query(
      'select points as balance, owed, tier from customer_loyalty where customer_id = $1',
      values,
    );
    const entries = await db.query(
      `select at, delta, kind, reference, expires_at as "expiresAt", note from point_entries
       where customer_id = $1 order by at, id`,
      values,
    );
    const tiers = await db.query(
      `select at, from_tier as "from", to_tier as "to", cause from customer_tiers where customer_id = $1 order by at, id`,
      values,
    );
    const codes = await db.query<{ code: string }>(
      'select code from referral_codes where customer_id = $1 order by created_at',
      values,
    );
    const referrals = await db.query(
      `select at, case when customer_id = $1 then 'referred' else 'referrer' end as role, code, status, reason
       from referrals where customer_id = $1 or referrer_id = $1 order by at`,
      values,
    );
    return { account: account ?? null, entries, tiers, codes: codes.map(({ code }) => code), referrals };
  }

  async erase(tx: Tx, { customerId }: PersonalSubject): Promise<void> {
    await tx.execute('update point_entries set note = null where customer_id = $1 and note is not null', [customerId]);
    await tx.execute('delete from referral_codes where customer_id = $1', [customerId]);
    // What was judged while the code was known stands: see LoyaltyReferrals.
    await tx.execute('update referrals set code = $2 where customer_id = $1 or referrer_id = $1', [
      customerId,
      ERASED_CODE,
    ]);
  }

  /** Points add up, entries and history stand under one name; balance, tier and referrals are worked out anew, silently. */
  async merge(tx: Tx, merges: readonly CustomerMerge[], at: Date): Promise<void> {
    const from = merges.map((merge) => merge.from);
    const into = merges.map((merge) => merge.into);
    const known = await tx.query<{ id: string }>(
      `select customer_id as id from customer_loyalty where customer_id = any($1::uuid[])
       union select customer_id from referrals where customer_id = any($1::uuid[])
       union select customer_id from referral_codes where customer_id = any($1::uuid[])
       union select id from customers where id = any($1::uuid[]) and exists (select 1 from loyalty_fill)`,
      [[...from, ...into]],
    );
    if (known.length === 0) return;
    // Who reckons these accounts just now would write to a name that is gone.
    await tx.query(HOLD_LOYALTY);
    await handOverRows(tx, merges, ['point_entries', 'customer_tiers', 'loyalty_changes', 'referral_codes']);
    await handOverRows(tx, merges, ['referrals'], 'referrer_id');
    await tx.execute('delete from referrals where customer_id = any($1::uuid[])', [from]);
    await tx.execute('delete from customer_loyalty where customer_id = any($1::uuid[])', [from]);
    await tx.execute(
      `insert into loyalty_changes (customer_id, cause, starts, at)
       select distinct id, 'merge', false, $2::timestamptz from unnest($1::uuid[]) as t (id)`,
      [into, at],
    );
    await notifyDue(tx);
  }
}
