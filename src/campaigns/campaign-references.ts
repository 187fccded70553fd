import { Injectable } from '@nestjs/common';
import { type Fault } from '../kernel/errors';
import { type Queryable } from '../platform/database/database';
import { SegmentConditions } from '../segments/segment-conditions';
import { type CampaignDefinition } from './campaign.types';
import { type Reference } from './domain/read-steps';

/** Segments that can start a campaign: who enters them is recorded as an event. */
const TRIGGER_SEGMENTS = ['prospect', 'recent', 'repeat', 'lapsed', 'subscribed'];

interface TemplateRow {
  id: string;
  key: string;
  kind: 'marketing' | 'transactional';
}

/** What a definition refers to, looked up. */
export interface Resolved {
  faults: Fault[];
  /** From what the steps name (key or id) to the template's id. */
  templateIds: Map<string, string>;
}

/** Looks up what a definition names: templates, segments, the fields of its audience. */
@Injectable()
export class CampaignReferences {
  constructor(private readonly conditions: SegmentConditions) {}

  /** Faults of everything that does not exist or does not fit, each with its path. */
  async resolve(
    db: Queryable,
    references: readonly Reference[],
    audience: unknown,
    basis: CampaignDefinition['basis'],
  ): Promise<Resolved> {
    const wanted = references.filter((reference) => reference.kind === 'template');
    const templates = await this.templates(db, wanted);
    const faults = [
      ...templateFaults(wanted, templates, basis),
      ...(await this.segmentFaults(db, references)),
      ...(audience === undefined ? [] : await this.conditions.validate(audience, 'audience', db)),
    ];
    return { faults, templateIds: new Map([...templates].map(([ref, row]) => [ref, row.id])) };
  }

  private async templates(db: Queryable, wanted: readonly Reference[]): Promise<Map<string, TemplateRow>> {
    const refs = [...new Set(wanted.map((reference) => reference.ref))];
    if (refs.length === 0) return new Map();
    const rows = await db.query<TemplateRow>(
      'select id, key, kind from templates where key = any($1::text[]) or id::text = any($1::text[])',
      [refs],
    );
    const found = new Map<string, TemplateRow>();
    for (const ref of refs) {
      const row = rows.find((one) => one.id === ref.toLowerCase()) ?? rows.find((one) => one.key === ref);
      if (row) found.set(ref, row);
    }
    return found;
  }

  private async segmentFaults(db: Queryable, references: readonly Reference[]): Promise<Fault[]> {
    const wanted = references.filter(({ kind, ref }) => kind === 'segment' && !TRIGGER_SEGMENTS.includes(ref));
    if (wanted.length === 0) return [];
    const rows = await db.query<{ key: string; id: string }>(
      'select key, id from segments where key = any($1::text[]) or id::text = any($1::text[])',
      [wanted.map((reference) => reference.ref)],
    );
    return wanted.map(({ path, ref }) => ({
      path,
      message: rows.some((row) => row.key === ref || row.id === ref)
        ? `a segment of one's own as trigger is not available yet; use one of ${TRIGGER_SEGMENTS.join(', ')}`
        : `the segment ${ref} does not exist`,
    }));
  }
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
