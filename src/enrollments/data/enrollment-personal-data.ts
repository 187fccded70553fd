import { Injectable } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';
import { type Arm } from '../domain/decide-entry';
import { planMerge } from '../domain/merge-enrollments';
import { heldOutByHashSql } from '../holdout-draw-sql';
import { exitCustomer, exitEnrollments } from './people-in-campaign.sql';

interface MergingRow {
  id: string;
  customer_id: string;
  campaign_id: string;
  entry_key: string;
  arm: Arm;
  entered_at: Date;
  active: boolean;
}

/** What enrollments keep of a person: arms and times stay for the figures of past experiments. */
@Injectable()
export class EnrollmentPersonalData extends PersonalDataOwner {
  readonly name = 'enrollments';
  readonly tables = ['enrollments', 'enrollment_refusals', 'enrollment_decisions', 'contacts', 'global_holdout_draws'];

  async export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    const enrollments = await db.query(
      `select e.id, c.key as campaign, e.arm, e.status, e.entered_at as "enteredAt", e.ended_at as "endedAt",
         e.exit_reason as "exitReason", e.attributes
       from enrollments e join campaigns c on c.id = e.campaign_id where e.customer_id = $1 order by e.entered_at, e.id`,
      [customerId],
    );
    const refusals = await db.query(
      `select c.key as campaign, r.at, r.reason from enrollment_refusals r join campaigns c on c.id = r.campaign_id
       where r.customer_id = $1 order by r.at, r.id`,
      [customerId],
    );
    const contacts = await db.query(
      `select c.key as campaign, t.at, t.step, t.state from contacts t join campaigns c on c.id = t.campaign_id
       where t.customer_id = $1 order by t.at, t.id`,
      [customerId],
    );
    const decisions = await db.query(
      `select c.key as campaign, d.at, d.step, d.kind, d.outcome, d.reason, d.values
       from enrollments e join enrollment_decisions d on d.enrollment_id = e.id join campaigns c on c.id = e.campaign_id
       where e.customer_id = $1 order by d.id`,
      [customerId],
    );
    const globalHoldout = await db.query(
      `select p.number as period, d.arm, d.drawn_at as "drawnAt" from global_holdout_draws d
       join global_holdout_periods p on p.id = d.period_id where d.customer_id = $1 order by p.number`,
      [customerId],
    );
    return { enrollments, refusals, contacts, decisions, globalHoldout };
  }

  async erase(tx: Tx, { customerId }: PersonalSubject, at: Date): Promise<void> {
    await tx.execute(exitCustomer(customerId, 'erased', at));
    await tx.execute(`update enrollments set context = '{}' where customer_id = $1`, [customerId]);
    await tx.execute(
      `delete from enrollment_decisions where enrollment_id in (select id from enrollments where customer_id = $1)`,
      [customerId],
    );
    await tx.execute(`update enrollment_refusals set detail = '{}' where customer_id = $1`, [customerId]);
  }

  /** The earlier enrollment stays; see `planMerge`. */
  async merge(tx: Tx, merges: readonly CustomerMerge[], at: Date): Promise<void> {
    const rows = await tx.query<MergingRow>(
      `select id, customer_id, campaign_id, entry_key, arm, entered_at, status = 'active' as active from enrollments
       where customer_id = any($1::uuid[]) order by id for no key update`,
      [merges.flatMap(({ from, into }) => [from, into])],
    );
    const remove: string[] = [];
    const exclude: string[] = [];
    for (const { from, into } of merges) {
      const both = rows.filter((row) => row.customer_id === from || row.customer_id === into);
      const plan = planMerge(
        both.map((row) => ({
          id: row.id,
          leaving: row.customer_id === from,
          campaignId: row.campaign_id,
          entryKey: row.entry_key,
          arm: row.arm,
          enteredAt: row.entered_at,
          active: row.active,
        })),
      );
      remove.push(...plan.remove);
      exclude.push(...plan.exclude);
      // The next record that becomes the same one meets what this one has left.
      for (const row of both) row.customer_id = into;
      for (const row of both) row.active &&= !plan.remove.includes(row.id);
    }
    if (remove.length > 0) await tx.execute(exitEnrollments(remove, 'removed', at));
    if (exclude.length > 0) {
      await tx.execute(`update enrollments set excluded = 'merged' where id = any($1::uuid[])`, [exclude]);
    }
    await this.handOver(tx, merges);
    await mergeDraws(tx, merges);
  }

  private async handOver(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    // The decisions have no index by customer; they are found by their enrollments, before these are handed over.
    await tx.execute(
      `update enrollment_decisions d set customer_id = m.into_id
       from unnest($1::uuid[], $2::uuid[]) as m (from_id, into_id) join enrollments e on e.customer_id = m.from_id
       where d.enrollment_id = e.id`,
      [merges.map(({ from }) => from), merges.map(({ into }) => into)],
    );
    await handOverRows(
      tx,
      merges,
      this.tables.filter((name) => name !== 'enrollment_decisions' && name !== 'global_holdout_draws'),
    );
  }
}

/**
 * Draws of the global holdout. Who stays belongs to it by its own id; a draw of the record that leaves is kept where there
 * was none, and where the two do not say the same the person leaves the period's analysis.
 */
async function mergeDraws(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
  for (const { from, into } of merges) {
    await tx.execute(
      `insert into global_holdout_draws (period_id, customer_id, arm, drawn_at, trigger_order_id, excluded)
       select d.period_id, $2, own.arm, d.drawn_at, d.trigger_order_id, case when own.arm <> d.arm then 'merged' else d.excluded end
       from global_holdout_draws d join global_holdout_periods p on p.id = d.period_id,
         lateral (select case when ${heldOutByHashSql('p.salt', '$2::uuid', 'p.drawn_below')} then 'holdout' else 'treatment' end
           as arm) own
       where d.customer_id = $1
       on conflict (period_id, customer_id) do update set
         excluded = coalesce(excluded.excluded, global_holdout_draws.excluded),
         drawn_at = least(excluded.drawn_at, global_holdout_draws.drawn_at)`,
      [from, into],
    );
    await tx.execute('delete from global_holdout_draws where customer_id = $1', [from]);
  }
}
