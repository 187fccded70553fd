import { Injectable } from '@nestjs/common';
import { type CampaignStatus } from '../campaigns/campaign.types';
import { Campaigns } from '../campaigns/campaigns.service';
import { CampaignActions } from '../enrollments/campaign-actions';
import { type Tx } from '../platform/database/database';
import { etagOf } from '../platform/http/etag';
import { Segments } from '../segments/segments.service';
import { Surveys } from '../surveys/surveys.service';
import { type PreparedTemplate, Templates } from '../templates/templates.service';
import {
  type CampaignBlueprint,
  type PlanItem,
  type SegmentBlueprint,
  type SurveyBlueprint,
  type TemplateBlueprint,
} from './blueprint.types';
import { diffValues } from './domain/diff-values';
import { type FaultCollector } from './domain/fault-collector';
import { handOvers, namedIn, nameByKey } from './domain/name-by-key';
import { circleOf, orderByReference } from './domain/order-by-reference';
import { type Placed, type ReadBlueprint } from './domain/read-blueprint';
import { type StatusAction, statusActions } from './domain/status-actions';
import { type PresentCampaign, type PresentShop, surveyContent } from './present-shop';

/** Everything that a run of changes works on; `items` and `faults` are what comes of it. */
export interface ChangeRun {
  tx: Tx;
  read: ReadBlueprint;
  present: PresentShop;
  /** Templates that differ, compiled before the transaction was opened. */
  prepared: ReadonlyMap<string, PreparedTemplate>;
  faults: FaultCollector;
  items: PlanItem[];
}

interface StatusChange {
  placed: Placed<CampaignBlueprint>;
  item: PlanItem;
  before: CampaignStatus | null;
  actions: readonly StatusAction[];
}

type Definition = Record<string, unknown>;

const conditionRefs = ({ item }: Placed<SegmentBlueprint>): string[] => namedIn(item.condition, 'segment');

/**
 * Makes the shop what a blueprint says, by the services that own each part, in one transaction: segments and templates
 * before the campaigns that name them, definitions before statuses. What is refused is gathered and the rest goes on, so
 * that all faults are known at once; whoever opened the transaction takes it back if there are any.
 */
@Injectable()
export class BlueprintChanges {
  constructor(
    private readonly surveys: Surveys,
    private readonly templates: Templates,
    private readonly segments: Segments,
    private readonly campaigns: Campaigns,
    private readonly actions: CampaignActions,
  ) {}

  async run(run: ChangeRun): Promise<void> {
    for (const placed of run.read.surveys) await this.changeSurvey(run, placed);
    await this.changeSegments(run);
    for (const placed of run.read.templates) await this.changeTemplate(run, placed);
    await this.changeCampaigns(run);
  }

  private async changeSurvey(
    { tx, present, faults, items }: ChangeRun,
    { path, item: wanted }: Placed<SurveyBlueprint>,
  ): Promise<void> {
    const before = present.surveys.get(wanted.key);
    const read = await faults.try(path, wanted, () => Promise.resolve().then(() => this.surveys.read(wanted)));
    if (!read) return;
    const changes = before ? diffValues(surveyContent(before), surveyContent(read)) : [];
    if (before?.archived) changes.push({ path: 'archived', kind: 'removed', before: true });
    const item = itemOf('survey', wanted.key, before, changes);
    items.push(item);
    if (item.action === 'unchanged') return;
    const view = await faults.try(path, wanted, () =>
      before
        ? this.surveys.replaceIn(tx, before.id, wanted, etagOf(before.revision))
        : this.surveys.createIn(tx, wanted),
    );
    if (view) item.version = { before: before?.revision ?? null, after: view.version };
  }

  private async changeSegments(run: ChangeRun): Promise<void> {
    const keyed = run.read.segments.map((placed) => ({ ...placed, key: placed.item.key }));
    const circle = circleOf(keyed, conditionRefs);
    if (circle) {
      const first = keyed.find(({ key }) => key === circle[0]);
      const message = `leads back to itself: ${circle.join(' > ')}`;
      if (first) run.faults.add(`${first.path}.condition`, first.item, message);
    }
    for (const placed of orderByReference(keyed, conditionRefs)) {
      if (!circle?.includes(placed.key)) await this.changeSegment(run, placed);
    }
  }

  private async changeSegment(
    { tx, present, faults, items }: ChangeRun,
    placed: Placed<SegmentBlueprint>,
  ): Promise<void> {
    const { item: wanted, path } = placed;
    const before = present.segments.get(wanted.key);
    const written = { key: wanted.key, name: wanted.name, condition: wanted.condition };
    const changes = before
      ? diffValues(
          { name: before.name, condition: before.condition },
          { name: wanted.name, condition: nameByKey(wanted.condition, present.keys) },
        )
      : [];
    const item = itemOf('segment', wanted.key, before, changes);
    items.push(item);
    if (item.action === 'unchanged') return;
    const view = await faults.try(path, wanted, () =>
      before
        ? this.segments.replaceIn(tx, before.id, written, etagOf(before.revision))
        : this.segments.createIn(tx, written),
    );
    if (view) item.version = { before: before?.revision ?? null, after: view.version };
  }

  private async changeTemplate(run: ChangeRun, { path, item: wanted }: Placed<TemplateBlueprint>): Promise<void> {
    const before = run.present.templates.get(wanted.key);
    const item = itemOf('template', wanted.key, before, before ? templateChanges(before, wanted) : []);
    run.items.push(item);
    if (item.action === 'unchanged') return;
    const prepared = run.prepared.get(wanted.key);
    // It did not compile, which is told already.
    if (!prepared) return;
    const view = await run.faults.try(path, wanted, () =>
      before
        ? this.templates.replaceIn(run.tx, before.id, prepared, etagOf(before.revision))
        : this.templates.createIn(run.tx, prepared),
    );
    if (!view) return;
    item.version = { before: before?.revision ?? null, after: view.version };
    item.warnings = view.warnings.map((message) => ({ path: '', message }));
  }

  private async changeCampaigns(run: ChangeRun): Promise<void> {
    const keyed = run.read.campaigns.map((placed) => ({ ...placed, key: placed.item.key }));
    const later: StatusChange[] = [];
    for (const placed of orderByReference(keyed, ({ item }) => handOvers(item))) {
      const change = await this.changeDefinition(run, placed);
      if (change) later.push(change);
    }
    // What ends goes last, so that nothing is handed over to it any more.
    const ends = ({ actions }: StatusChange): boolean => actions.includes('archive');
    for (const change of [...later.filter((one) => !ends(one)), ...later.filter(ends)]) {
      await this.changeStatus(run, change);
    }
  }

  private async changeDefinition(run: ChangeRun, placed: Placed<CampaignBlueprint>): Promise<StatusChange | undefined> {
    const { item: wanted, path } = placed;
    const { status, ...body } = wanted;
    const before = run.present.campaigns.get(wanted.key);
    const actions = statusActions(before?.status ?? null, status);
    if (before?.status === 'archived' && status === undefined) {
      run.faults.add(path, wanted, 'the campaign is archived, which is for good; give the file another name');
      return undefined;
    }
    if (typeof actions === 'string') {
      run.faults.add(`${path}.status`, wanted, actions);
      return undefined;
    }
    const written = before?.status === 'archived' ? undefined : await this.writeDefinition(run, placed, body, before);
    const item = itemOf('campaign', wanted.key, before, written?.changes ?? []);
    run.items.push(item);
    if (before?.status === 'archived') return undefined;
    if (!written) return undefined;
    Object.assign(item, written.told);
    return { placed, item, before: before?.status ?? null, actions };
  }

  /** Creates or replaces it; undefined when it was refused. */
  private async writeDefinition(
    { tx, present, faults }: ChangeRun,
    { path, item: wanted }: Placed<CampaignBlueprint>,
    body: Definition,
    before: PresentCampaign | undefined,
  ): Promise<{ changes: PlanItem['changes']; told: Partial<PlanItem> } | undefined> {
    // What stands there as it is stored is not judged again: an announcement may be over, a rule may have become stricter.
    if (before && diffValues(before.definition, nameByKey(body, present.keys)).length === 0)
      return { changes: [], told: {} };
    return faults.try(path, wanted, async () => {
      if (!before) {
        const { campaign } = await this.campaigns.createIn(tx, body);
        return {
          changes: [],
          told: { version: { before: null, after: campaign.version }, warnings: campaign.warnings },
        };
      }
      const { definition } = await this.campaigns.read(tx, body);
      const changes = diffValues(before.definition, nameByKey(definition, present.keys));
      if (changes.length === 0) return { changes, told: {} };
      const { campaign } = await this.campaigns.replaceIn(tx, before.id, body, etagOf(before.revision));
      const told: Partial<PlanItem> = { warnings: campaign.warnings };
      if (campaign.version !== before.version) told.version = { before: before.version, after: campaign.version };
      if (campaign.epoch !== before.epoch) told.epoch = { before: before.epoch, after: campaign.epoch };
      return { changes, told };
    });
  }

  private async changeStatus(run: ChangeRun, { placed, item, before, actions }: StatusChange): Promise<void> {
    const { key } = placed.item;
    for (const action of actions) {
      const done = await run.faults.try(placed.path, placed.item, () => this.act(run.tx, key, action));
      if (!done) return;
      item.status = { before, after: done };
      if (item.action === 'unchanged') item.action = action === 'archive' ? 'archive' : 'update';
    }
  }

  /** Does it, and answers the status that came of it. */
  async act(tx: Tx, ref: string, action: StatusAction): Promise<CampaignStatus> {
    switch (action) {
      case 'activate':
        return (await this.actions.activateIn(tx, ref, false)).campaign.status;
      case 'pause':
        return (await this.actions.pauseIn(tx, ref)).campaign.status;
      case 'resume':
        return (await this.actions.resumeIn(tx, ref)).campaign.status;
      case 'archive':
        return (await this.actions.archiveIn(tx, ref)).campaign.status;
      default:
        return action satisfies never;
    }
  }
}

/** What leads from a template as it is sent to the one that is wanted. */
export function templateChanges(
  before: Omit<TemplateBlueprint, 'key'>,
  wanted: Omit<TemplateBlueprint, 'key'>,
): PlanItem['changes'] {
  const content = ({ name, kind, defaultLocale, locales }: Omit<TemplateBlueprint, 'key'>): unknown => ({
    name,
    kind: kind ?? 'marketing',
    defaultLocale,
    locales: withoutNulls(locales),
  });
  return diffValues(content(before), content(wanted));
}

/** A preheader or a text that is null is one that is not there. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value) as Array<[string, unknown]>;
  return Object.fromEntries(
    entries.filter(([, inner]) => inner !== null).map(([field, inner]) => [field, withoutNulls(inner)]),
  );
}

function itemOf(
  kind: PlanItem['kind'],
  key: string,
  before: { revision: number } | undefined,
  changes: PlanItem['changes'],
): PlanItem {
  const action = !before ? 'create' : changes.length > 0 ? 'update' : 'unchanged';
  return { kind, key, action, changes, warnings: [] };
}
