import { Injectable } from '@nestjs/common';
import { type CampaignWarning, type CampaignView } from '../campaigns/campaign-view';
import { CampaignLifecycle } from '../campaigns/campaign-lifecycle';
import { type Tagged } from '../campaigns/campaigns.service';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { Database, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { exitCampaign, freeze, frozen, type FrozenRow, thaw } from './data/people-in-campaign.sql';
import { resumeAt } from './domain/spread-resume';

const PAGE = 5_000;

/** A campaign just activated, with what its author should know. */
export type ActivatedCampaign = CampaignView & { warnings: CampaignWarning[] };

/** Activate, pause, resume, archive: the campaign's status and the people in it, changed in one transaction. */
@Injectable()
export class CampaignActions {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lifecycle: CampaignLifecycle,
  ) {}

  /**
   * Publishes a draft. With `includeCurrent` a segment campaign also takes those who are in the segment now; they enter
   * by the same rules, page by page, as due work.
   * @throws Refusal 404, 409, 422.
   */
  async activate(ref: string, includeCurrent: boolean): Promise<Tagged<ActivatedCampaign>> {
    return this.database.transaction((tx) => this.activateIn(tx, ref, includeCurrent));
  }

  /** As {@link activate}, in the transaction of somebody else. */
  async activateIn(tx: Tx, ref: string, includeCurrent: boolean): Promise<Tagged<ActivatedCampaign>> {
    const { row, tagged } = await this.lifecycle.change(tx, ref, 'activate');
    if (includeCurrent) {
      const { trigger } = row.definition;
      if (trigger.on !== 'segment' || trigger.when === 'leaves') {
        const message = 'is for campaigns that start when a segment is entered';
        throw Refusal.invalid([{ path: 'includeCurrent', message }]);
      }
      const now = this.clock.now();
      await tx.execute('insert into enrollment_intakes (id, campaign_id, requested_at) values ($1, $2, $3)', [
        newId(now),
        row.id,
        now,
      ]);
      await notifyDue(tx);
    }
    const warnings = await this.lifecycle.warningsOf(tx, row);
    return { ...tagged, campaign: { ...tagged.campaign, warnings } };
  }

  /** Freezes the people in it where they stand. @throws Refusal 404, 409. */
  async pause(ref: string): Promise<Tagged<CampaignView>> {
    return this.database.transaction((tx) => this.pauseIn(tx, ref));
  }

  /** As {@link pause}. */
  async pauseIn(tx: Tx, ref: string): Promise<Tagged<CampaignView>> {
    const { row, tagged } = await this.lifecycle.change(tx, ref, 'pause');
    await tx.execute(freeze(row.id));
    return tagged;
  }

  /** Lets them go on: what is overdue over at most an hour, the rest as planned. @throws Refusal 404, 409. */
  async resume(ref: string): Promise<Tagged<CampaignView>> {
    return this.database.transaction((tx) => this.resumeIn(tx, ref));
  }

  /** As {@link resume}. */
  async resumeIn(tx: Tx, ref: string): Promise<Tagged<CampaignView>> {
    const { row, tagged } = await this.lifecycle.change(tx, ref, 'resume');
    await this.thaw(tx, row.id);
    await notifyDue(tx);
    return tagged;
  }

  /** Ends the campaign and everybody in it. @throws Refusal 404, 409. */
  async archive(ref: string): Promise<Tagged<CampaignView>> {
    return this.database.transaction((tx) => this.archiveIn(tx, ref));
  }

  /** As {@link archive}. */
  async archiveIn(tx: Tx, ref: string): Promise<Tagged<CampaignView>> {
    const { row, tagged } = await this.lifecycle.change(tx, ref, 'archive');
    const now = this.clock.now();
    await tx.execute(exitCampaign(row.id, 'archived', now));
    await tx.execute('update enrollment_intakes set finished_at = $2 where campaign_id = $1 and finished_at is null', [
      row.id,
      now,
    ]);
    return tagged;
  }

  private async thaw(tx: Tx, campaignId: string): Promise<void> {
    const now = this.clock.now();
    let after: string | null = null;
    for (;;) {
      const rows: FrozenRow[] = await tx.query<FrozenRow>(frozen(campaignId, after, PAGE));
      if (rows.length === 0) return;
      await tx.execute(
        thaw(rows.map((row) => ({ id: row.id, dueAt: resumeAt(row.id, row.waiting_since ?? row.next_run_at, now) }))),
      );
      after = rows.at(-1)?.id ?? null;
    }
  }
}
