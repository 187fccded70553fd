import { Injectable } from '@nestjs/common';
import { CampaignPrograms, type PublishedVersion, versionKey } from '../campaigns/campaign-programs';
import { type Tx } from '../platform/database/database';
import { ContactPolicies } from './contact-policies';
import { claimDue, type ClaimedRow, claimSiblings, lockFreeCustomers, ONE_CLAIM_AT_A_TIME } from './data/claim.sql';
import { dropStaleTimers } from './data/timers.sql';
import { type Reach, reachOf } from './domain/program-reach';

/** An enrollment that a claim has taken, with its program and what the next run of it may ask for. */
export interface Claimed {
  row: ClaimedRow;
  published: PublishedVersion;
  reach: Reach;
}

/** Takes what is due, in sets, with the locks that its steps need. */
@Injectable()
export class EngineClaim {
  constructor(
    private readonly programs: CampaignPrograms,
    private readonly policies: ContactPolicies,
  ) {}

  /**
   * Up to `limit` due enrollments, locked until the transaction ends, and beside them the other due ones of the same
   * people where a marketing mail may come due: priority decides among all of them. Where a cap is set one such claim runs
   * at a time. Whose customer somebody else holds while tags or hand-overs are at stake is left for the next time.
   */
  async take(tx: Tx, now: Date, limit: number): Promise<Claimed[]> {
    const capped = (await this.policies.load(tx)).maxMessages !== null;
    if (capped) await tx.execute(ONE_CLAIM_AT_A_TIME);
    const due = await tx.query<ClaimedRow>(claimDue(now, limit));
    // Two timers for one moment would run it twice; the second is stale once the first has run.
    const rows = [...new Map(due.map((row) => [row.id, row])).values()];
    if (due.length < limit) await tx.execute(dropStaleTimers(now));
    if (rows.length === 0) return [];
    const claimed = await this.withPrograms(tx, rows);
    if (capped) claimed.push(...(await this.siblings(tx, claimed, now)));
    return this.withFreeCustomers(tx, claimed);
  }

  private async siblings(tx: Tx, claimed: readonly Claimed[], now: Date): Promise<Claimed[]> {
    const people = new Set(claimed.filter(mayWrite).map(({ row }) => row.customer_id));
    if (people.size === 0) return [];
    const ids = claimed.map(({ row }) => row.id);
    return this.withPrograms(tx, await tx.query<ClaimedRow>(claimSiblings([...people], ids, now)));
  }

  private async withPrograms(tx: Tx, rows: readonly ClaimedRow[]): Promise<Claimed[]> {
    const keys = rows.map((row) => versionKey(row.campaign_id, row.version));
    const wanted = new Map(rows.map((row, i) => [keys[i], { campaignId: row.campaign_id, version: row.version }]));
    const versions = await this.programs.load(tx, [...wanted.values()]);
    return rows.map((row, i) => {
      const published = versions.get(keys[i] ?? '');
      if (!published) throw new Error(`enrollment ${row.id} has no program`);
      return { row, published, reach: reachOf(published.program, row.position) };
    });
  }

  private async withFreeCustomers(tx: Tx, claimed: readonly Claimed[]): Promise<Claimed[]> {
    const wanted = new Set(claimed.filter(({ reach }) => reach.customer).map(({ row }) => row.customer_id));
    if (wanted.size === 0) return [...claimed];
    const rows = await tx.query<{ id: string }>(lockFreeCustomers([...wanted]));
    const free = new Set(rows.map(({ id }) => id));
    return claimed.filter(({ row, reach }) => !reach.customer || free.has(row.customer_id));
  }
}

/** Whether a mail that counts may come due. */
export function mayWrite({ reach, published, row }: Claimed): boolean {
  return reach.mail && published.program.basis !== 'transactional' && row.arm === 'treatment';
}
