import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { requireMatch } from '../platform/http/etag';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import {
  archiveSurvey,
  deleteSurvey,
  insertSurvey,
  insertVersion,
  surveyByRef,
  surveyPage,
  type SurveyRow,
  updateSurvey,
} from './data/surveys.sql';
import { readSurvey } from './domain/read-survey';
import { SurveyUses } from './survey-use';
import { type SurveyDefinition, type SurveyView } from './surveys.types';

/** The questions that a shop asks. `...In` take part in the transaction of somebody else. */
@Injectable()
export class Surveys {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly uses: SurveyUses,
    private readonly audit: AuditLog,
  ) {}

  /** Newest first, the archived ones among them. */
  async list({ limit, cursor }: PageQuery): Promise<Page<SurveyView>> {
    const before = cursor === undefined ? null : (decodeCursor(cursor, 1)[0] ?? null);
    const rows = await this.database.query<SurveyRow>(surveyPage(before, limit + 1));
    return pageOf(rows, limit, viewOf, (row) => [row.id]);
  }

  /** @throws Refusal (404) */
  async get(ref: string): Promise<SurveyView> {
    return viewOf(await find(this.database, ref));
  }

  /** By id or key; undefined: there is none. */
  async find(ref: string): Promise<SurveyView | undefined> {
    const [row] = await this.database.query<SurveyRow>(surveyByRef(ref));
    return row && viewOf(row);
  }

  /** A draft as it would be kept, defaults filled in. @throws Refusal (422) */
  read(draft: unknown): SurveyDefinition {
    return definitionOf(draft);
  }

  /** @throws Refusal (422 for what is wrong with it, 409 when the key is taken) */
  create(draft: unknown): Promise<SurveyView> {
    return this.database.transaction((tx) => this.createIn(tx, draft));
  }

  /** As {@link create}. */
  async createIn(tx: Tx, draft: unknown): Promise<SurveyView> {
    const survey = definitionOf(draft);
    const at = this.clock.now();
    const [row] = await tx.query<SurveyRow>(insertSurvey(newId(at), survey, at));
    if (!row) throw Refusal.conflict(`The key ${survey.key} is taken.`);
    await tx.execute(insertVersion(row, survey, at));
    await this.audit.record(tx, { action: 'survey.create', resource: `survey:${row.id}`, after: viewOf(row) });
    return viewOf(row);
  }

  /**
   * Makes the next version; mails that are out go on asking the one that they show. The key stays, because campaigns
   * and conditions name it, and so does the kind, because the answers are of it. An archived survey is back afterwards.
   *
   * @throws Refusal (404, 409 for another key, 412 for a stale `ifMatch`, 422)
   */
  replace(ref: string, draft: unknown, ifMatch?: string): Promise<SurveyView> {
    return this.database.transaction((tx) => this.replaceIn(tx, ref, draft, ifMatch));
  }

  /** As {@link replace}. */
  async replaceIn(tx: Tx, ref: string, draft: unknown, ifMatch?: string): Promise<SurveyView> {
    const before = await find(tx, ref, true);
    requireMatch(ifMatch, before.version);
    const survey = definitionOf(draft);
    if (survey.key !== before.key) throw Refusal.conflict(`The key of the survey ${before.key} cannot be changed.`);
    if (survey.kind !== before.kind) {
      throw Refusal.invalid([
        { path: 'kind', message: `cannot be changed: the answers are of the kind ${before.kind}` },
      ]);
    }
    const at = this.clock.now();
    const [row] = await tx.query<SurveyRow>(updateSurvey(before.id, survey, at));
    if (!row) throw Refusal.notFound(`The survey ${ref}`);
    await tx.execute(insertVersion(row, survey, at));
    await this.audit.record(tx, {
      action: 'survey.update',
      resource: `survey:${row.id}`,
      before: viewOf(before),
      after: viewOf(row),
    });
    return viewOf(row);
  }

  /**
   * Removes a survey that no campaign asks. One that was ever asked is archived instead: its answers stay to be read,
   * and links that are out go on working for their time.
   *
   * @throws Refusal (404, 409 while it is in use, 412)
   */
  async remove(ref: string, ifMatch?: string): Promise<void> {
    await this.database.transaction((tx) => this.removeIn(tx, ref, ifMatch));
  }

  /** As {@link remove}. @returns whether it was archived instead */
  async removeIn(tx: Tx, ref: string, ifMatch?: string): Promise<boolean> {
    // Locked first: a campaign that is about to name it holds it shared until it is written, and is then seen.
    const before = await find(tx, ref, true);
    requireMatch(ifMatch, before.version);
    const uses = await this.uses.usesOf(tx, before.id);
    if (uses.length > 0) throw Refusal.conflict(`The survey ${before.key} is in use: ${uses.join(', ')}.`);
    const kept = await this.uses.everAsked(tx, before.id);
    await tx.execute(kept ? archiveSurvey(before.id, this.clock.now()) : deleteSurvey(before.id));
    await this.audit.record(tx, {
      action: kept ? 'survey.archive' : 'survey.delete',
      resource: `survey:${before.id}`,
      before: viewOf(before),
    });
    return kept;
  }
}

function definitionOf(draft: unknown): SurveyDefinition {
  const read = readSurvey(draft);
  if (!read.ok) throw Refusal.invalid(read.faults);
  return read.survey;
}

async function find(db: Queryable, ref: string, lock = false): Promise<SurveyRow> {
  const [row] = await db.query<SurveyRow>(surveyByRef(ref, lock));
  if (!row) throw Refusal.notFound(`The survey ${ref}`);
  return row;
}

function viewOf({ archivedAt, createdAt, updatedAt, ...row }: SurveyRow): SurveyView {
  return {
    ...row,
    archivedAt: archivedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
