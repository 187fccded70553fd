import { Injectable } from '@nestjs/common';
import { Topics } from '../customers/topics';
import { type Fault } from '../kernel/errors';
import { AppConfig } from '../platform/config/config';
import { type Queryable, type Tx } from '../platform/database/database';
import { mayBeAsked } from '../platform/outbox/receiver-address';
import { SegmentConditions } from '../segments/segment-conditions';
import { SegmentFills } from '../segments/segment-fills';
import { type CampaignDefinition, type CampaignStatus } from './campaign.types';
import { type Reference } from './domain/definition-references';
import { type ReadDefinition } from './domain/read-definition';

interface TemplateRow {
  id: string;
  key: string;
  kind: 'marketing' | 'transactional';
}

interface SegmentNameRow {
  id: string;
  key: string;
  builtIn: boolean;
}

interface SurveyNameRow {
  id: string;
  key: string;
  archived: boolean;
}

interface CampaignNameRow {
  id: string;
  key: string;
  status: CampaignStatus;
}

/** What a definition refers to, looked up: from what the steps name (key or id) to ids. */
export interface Resolved {
  faults: Fault[];
  templateIds: Map<string, string>;
  campaignIds: Map<string, string>;
  surveyIds: Map<string, string>;
  couponPoolIds: Map<string, string>;
}

/** Looks up what a definition names: templates, segments, campaigns, surveys, coupon pools, and what its conditions ask. */
@Injectable()
export class CampaignReferences {
  constructor(
    private readonly config: AppConfig,
    private readonly conditions: SegmentConditions,
    private readonly topics: Topics,
    private readonly fills: SegmentFills,
  ) {}

  /** A campaign is about to begin by what it names: from now on that is heard of. @param at the clock's now */
  async prepare(tx: Tx, { trigger }: CampaignDefinition, at: Date): Promise<void> {
    if (trigger.on === 'segment') await this.fills.keepFor(tx, trigger.segment, at);
  }

  /** Faults of everything that does not exist or does not fit, each with its path. */
  async resolve(db: Queryable, { references, conditions, definition }: ReadDefinition): Promise<Resolved> {
    const named = references.filter((reference) => reference.kind === 'template');
    const templates = await this.templates(db, named);
    const campaigns = await this.campaigns(
      db,
      references.filter((reference) => reference.kind === 'campaign'),
    );
    const surveys = await this.surveys(
      db,
      references.filter((reference) => reference.kind === 'survey'),
    );
    const couponPools = await this.couponPools(
      db,
      references.filter((reference) => reference.kind === 'couponPool'),
    );
    const faults = [
      ...couponPools.faults,
      ...(await this.topicFaults(db, definition.topic)),
      ...templateFaults(named, templates, definition.basis),
      ...(await this.segmentFaults(db, references)),
      ...campaignFaults(references, campaigns),
      ...surveyFaults(references, surveys),
      ...hostFaults(references, this.config.webhooksToLoopback),
    ];
    for (const { path, json } of conditions) faults.push(...(await this.conditions.validate(json, path, db)));
    return {
      faults,
      templateIds: idsOf(templates),
      campaignIds: idsOf(campaigns),
      surveyIds: idsOf(surveys),
      couponPoolIds: couponPools.ids,
    };
  }

  private async templates(db: Queryable, wanted: readonly Reference[]): Promise<Map<string, TemplateRow>> {
    const refs = refsOf(wanted);
    if (refs.length === 0) return new Map();
    return byRef(
      refs,
      await db.query<TemplateRow>(
        'select id, key, kind from templates where key = any($1::text[]) or id::text = any($1::text[])',
        [refs],
      ),
    );
  }

  private async campaigns(db: Queryable, wanted: readonly Reference[]): Promise<Map<string, CampaignNameRow>> {
    const refs = refsOf(wanted);
    if (refs.length === 0) return new Map();
    return byRef(
      refs,
      await db.query<CampaignNameRow>(
        'select id, key, status from campaigns where key = any($1::text[]) or id::text = any($1::text[])',
        [refs],
      ),
    );
  }

  /** Held until the transaction ends: none can be deleted before what names it is written. */
  private async surveys(db: Queryable, wanted: readonly Reference[]): Promise<Map<string, SurveyNameRow>> {
    const refs = refsOf(wanted);
    if (refs.length === 0) return new Map();
    return byRef(
      refs,
      await db.query<SurveyNameRow>(
        `select id, key, archived_at is not null as archived from surveys
         where key = any($1::text[]) or id::text = any($1::text[]) order by id for share`,
        [refs],
      ),
    );
  }

  private async couponPools(
    db: Queryable,
    wanted: readonly Reference[],
  ): Promise<{ ids: Map<string, string>; faults: Fault[] }> {
    const refs = refsOf(wanted);
    if (refs.length === 0) return { ids: new Map(), faults: [] };
    const rows = await db.query<{ id: string; key: string }>(
      'select id, key from coupon_pools where key = any($1::text[]) or id::text = any($1::text[])',
      [refs],
    );
    const ids = idsOf(byRef(refs, rows));
    const unknown = wanted.filter(({ ref }) => !ids.has(ref));
    return {
      ids,
      faults: unknown.map(({ path, ref }) => ({ path, message: `the coupon pool ${ref} does not exist` })),
    };
  }

  /** Held until the transaction ends: a topic cannot be removed before what names it is written. */
  private async topicFaults(db: Queryable, topic: string | undefined): Promise<Fault[]> {
    if (topic === undefined) return [];
    const { topics } = await this.topics.view(db, 'for share');
    return topics.some(({ key }) => key === topic)
      ? []
      : [{ path: 'topic', message: `the topic ${topic} does not exist` }];
  }

  private async segmentFaults(db: Queryable, references: readonly Reference[]): Promise<Fault[]> {
    const wanted = references.filter(({ kind }) => kind === 'segment');
    const refs = refsOf(wanted);
    if (refs.length === 0) return [];
    const rows = await db.query<SegmentNameRow>(
      `select id, key, built_in as "builtIn" from segments where key = any($1::text[]) or id::text = any($1::text[])`,
      [refs],
    );
    const segments = byRef(refs, rows);
    return wanted.flatMap(({ path, ref }) => {
      const segment = segments.get(ref);
      if (!segment) return [{ path, message: `the segment ${ref} does not exist` }];
      // What enters a built-in segment is told by its name.
      if (segment.builtIn && segment.key !== ref) return [{ path, message: `name it by its key, ${segment.key}` }];
      return [];
    });
  }
}

function refsOf(references: readonly Reference[]): string[] {
  return [...new Set(references.map((reference) => reference.ref))];
}

/** By what was asked for: an id goes before a key that looks like one. */
function byRef<Row extends { id: string; key: string }>(
  refs: readonly string[],
  rows: readonly Row[],
): Map<string, Row> {
  return new Map(
    refs.flatMap((ref): Array<[string, Row]> => {
      const row = rows.find((one) => one.id === ref.toLowerCase()) ?? rows.find((one) => one.key === ref);
      return row ? [[ref, row]] : [];
    }),
  );
}

function idsOf(rows: ReadonlyMap<string, { id: string }>): Map<string, string> {
  return new Map([...rows].map(([ref, { id }]) => [ref, id]));
}

function campaignFaults(references: readonly Reference[], campaigns: ReadonlyMap<string, CampaignNameRow>): Fault[] {
  return references.flatMap(({ path, kind, ref }) => {
    if (kind !== 'campaign') return [];
    const target = campaigns.get(ref);
    if (!target) return [{ path, message: `the campaign ${ref} does not exist` }];
    return target.status === 'archived' ? [{ path, message: `the campaign ${ref} is archived` }] : [];
  });
}

function surveyFaults(references: readonly Reference[], surveys: ReadonlyMap<string, SurveyNameRow>): Fault[] {
  return references.flatMap(({ path, kind, ref }) => {
    if (kind !== 'survey') return [];
    const survey = surveys.get(ref);
    if (!survey) return [{ path, message: `the survey ${ref} does not exist` }];
    return survey.archived ? [{ path, message: `the survey ${ref} is archived` }] : [];
  });
}

/** Hosts that are private by what is written; what a name leads to is looked at when it is called. */
function hostFaults(references: readonly Reference[], toLoopback: boolean): Fault[] {
  return references.flatMap(({ path, kind, ref }) => {
    if (kind !== 'host') return [];
    if (mayBeAsked(ref, toLoopback)) return [];
    return [{ path, message: `${ref} is not an address of the public internet` }];
  });
}

function templateFaults(
  wanted: readonly Reference[],
  templates: ReadonlyMap<string, TemplateRow>,
  basis: CampaignDefinition['basis'],
): Fault[] {
  return wanted.flatMap(({ path, ref }) => {
    const template = templates.get(ref);
    if (!template) return [{ path, message: `the template ${ref} does not exist` }];
    if (basis === 'transactional' && template.kind !== 'transactional') {
      return [{ path, message: `${ref} is a marketing template; the basis transactional wants a transactional one` }];
    }
    if (basis !== 'transactional' && template.kind === 'transactional') {
      return [{ path, message: `${ref} is a transactional template; this campaign wants a marketing one` }];
    }
    return [];
  });
}
