import { Injectable } from '@nestjs/common';
import { Campaigns } from '../campaigns/campaigns.service';
import { CampaignActions } from '../enrollments/campaign-actions';
import { Refusal } from '../kernel/errors';
import { type Tx } from '../platform/database/database';
import { etagOf } from '../platform/http/etag';
import { Segments } from '../segments/segments.service';
import { Surveys } from '../surveys/surveys.service';
import { type PlanItem } from './blueprint.types';
import { namedIn } from './domain/name-by-key';
import { orderByReference } from './domain/order-by-reference';
import { type ReadBlueprint } from './domain/read-blueprint';
import { type PresentCampaign, type PresentSegment, type PresentShop, type PresentSurvey } from './present-shop';

const TEMPLATES_STAY = 'templates are not deleted: mails that were sent are shown with them';

/** What the shop has and a blueprint does not. It is told; taken away only when that was asked for, and only if it may. */
@Injectable()
export class BlueprintPruning {
  constructor(
    private readonly surveys: Surveys,
    private readonly segments: Segments,
    private readonly campaigns: Campaigns,
    private readonly actions: CampaignActions,
  ) {}

  /**
   * Adds an item for each. With `prune` drafts are deleted, other campaigns archived (which ends everybody in them), and
   * segments and surveys deleted that nothing uses any more.
   */
  async run(tx: Tx, read: ReadBlueprint, present: PresentShop, items: PlanItem[]): Promise<void> {
    const { prune } = read;
    const named = (list: ReadonlyArray<{ item: { key: string } }>): Set<string> =>
      new Set(list.map(({ item }) => item.key));
    const surveys = named(read.surveys);
    const [segments, templates, campaigns] = [named(read.segments), named(read.templates), named(read.campaigns)];
    for (const campaign of present.campaigns.values()) {
      if (campaigns.has(campaign.key) || campaign.status === 'archived') continue;
      items.push(prune ? await this.endCampaign(tx, campaign) : missing('campaign', campaign.key));
    }
    const left = [...present.segments.values()].filter(({ key }) => !segments.has(key));
    // Those that refer to others go before them.
    for (const segment of orderByReference(left, ({ condition }) => namedIn(condition, 'segment')).reverse()) {
      items.push(prune ? await this.deleteSegment(tx, segment) : missing('segment', segment.key));
    }
    for (const survey of present.surveys.values()) {
      if (surveys.has(survey.key) || survey.archived) continue;
      items.push(prune ? await this.deleteSurvey(tx, survey) : missing('survey', survey.key));
    }
    for (const { key } of present.templates.values()) {
      if (templates.has(key)) continue;
      items.push({ ...missing('template', key), ...(prune ? { kept: TEMPLATES_STAY } : {}) });
    }
  }

  private async endCampaign(tx: Tx, { id, key, status, revision }: PresentCampaign): Promise<PlanItem> {
    const item = missing('campaign', key);
    if (status === 'draft') {
      await this.campaigns.removeIn(tx, id, etagOf(revision));
      return { ...item, action: 'delete' };
    }
    await this.actions.archiveIn(tx, id);
    return { ...item, action: 'archive', status: { before: status, after: 'archived' } };
  }

  /** One that was ever asked is archived instead: its answers stay. */
  private async deleteSurvey(tx: Tx, { id, key, revision }: PresentSurvey): Promise<PlanItem> {
    const item = missing('survey', key);
    try {
      const kept = await this.surveys.removeIn(tx, id, etagOf(revision));
      return { ...item, action: kept ? 'archive' : 'delete' };
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'conflict') return { ...item, kept: error.message };
      throw error;
    }
  }

  private async deleteSegment(tx: Tx, { id, key, revision }: PresentSegment): Promise<PlanItem> {
    const item = missing('segment', key);
    try {
      await this.segments.removeIn(tx, id, etagOf(revision));
      return { ...item, action: 'delete' };
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'conflict') return { ...item, kept: error.message };
      throw error;
    }
  }
}

function missing(kind: PlanItem['kind'], key: string): PlanItem {
  return { kind, key, action: 'missing', changes: [], warnings: [] };
}
