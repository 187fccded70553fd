import { Injectable } from '@nestjs/common';
import { instructionAt, stepName, type Utm } from '../campaigns/campaign.types';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import {
  type AdvancedRow,
  reserveContacts,
  surveysNow,
  type TemplateNow,
  templatesNow,
  writeAdvanced,
} from './data/claim.sql';
import { correctRepeated, type RepeatedStep } from './data/decisions.sql';
import { moveTimers, NEXT_TIMER, type Timer } from './data/timers.sql';
import { advance, type Advanced, type EmailEffect } from './domain/advance';
import { type AdvancedBatch, type Effect } from './effects.types';
import { EngineClaim, mayWrite } from './engine-claim';
import { EngineFacts, type Loaded } from './engine-facts';
import { StepCoupons } from './step-coupons';
import { type Result, StepEffects } from './step-effects';

/**
 * The engine: takes due enrollments and moves them on, in sets. One statement claims, a fixed number loads the facts,
 * the pure `advance` runs for each, one statement per table writes back; never a query per enrollment.
 */
@Injectable()
export class Enrollments {
  constructor(
    private readonly database: Database,
    private readonly claim: EngineClaim,
    private readonly facts: EngineFacts,
    private readonly effects: StepEffects,
    private readonly coupons: StepCoupons,
  ) {}

  /** When the next enrollment is due: a look at an index. */
  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ due_at: Date }>(NEXT_TIMER);
    return row?.due_at ?? null;
  }

  /**
   * Claims up to `limit` enrollments that are due at `now` (and those of the same people that a cap sets against them),
   * advances them and writes them back. The caller writes what the mails say in the same transaction: a step and its
   * message stand or fall together.
   */
  async claimAndAdvance(tx: Tx, now: Date, limit: number): Promise<AdvancedBatch> {
    const claimed = await this.claim.take(tx, now, limit);
    if (claimed.length === 0) return { advanced: 0, effects: [] };
    const loaded = await this.facts.load(tx, claimed, now);
    // Who comes first at the desk of a person gets the place: the higher priority, then the older plan.
    if (loaded.some(mayWrite)) loaded.sort(byRank);
    const results = loaded.map((one) => ({ one, advanced: run(one, now) }));
    await this.facts.storeDraws(tx, loaded, now);
    await this.writeBack(tx, results, now);
    await this.coupons.give(tx, results, now);
    await this.effects.carryOut(tx, results, now);
    const templates = await this.templates(tx, results);
    const surveys = await this.surveys(tx, results);
    const mails = results.flatMap(({ one, advanced }) => toEffects(one, advanced, { templates, surveys }));
    await this.reserve(tx, mails, now);
    return { advanced: results.length, effects: mails };
  }

  /** Told which mails of the effects stood in the ledger before, so that what was decided about them says the truth. */
  async stoodBefore(tx: Tx, steps: readonly RepeatedStep[]): Promise<void> {
    if (steps.length > 0) await tx.execute(correctRepeated(steps));
  }

  private async writeBack(tx: Tx, results: readonly Result[], now: Date): Promise<void> {
    const rows = results.map(({ one, advanced }) => toRow(one, advanced));
    await tx.execute(writeAdvanced(rows, now));
    const timers = rows.flatMap(({ id, dueAt }): Timer[] => (dueAt ? [{ id, dueAt }] : []));
    await tx.execute(
      moveTimers(
        results.flatMap(({ one }) => one.row.timer ?? []),
        timers,
      ),
    );
  }

  /** The templates of the effects as they stand now: a mail takes the latest version at the time it is due. */
  private async templates(db: Queryable, results: readonly Result[]): Promise<Map<string, TemplateNow>> {
    const ids = new Set(
      results.flatMap(({ advanced }) => mailsOf(advanced).map((effect) => effect.instruction.templateId)),
    );
    if (ids.size === 0) return new Map();
    const rows = await db.query<TemplateNow>(templatesNow([...ids]));
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** The surveys of the mails that will go out, as they stand now. No statement where nothing is asked. */
  private async surveys(db: Queryable, results: readonly Result[]): Promise<Map<string, SurveyNow>> {
    const ids = new Set(
      results.flatMap(({ advanced }) =>
        mailsOf(advanced).flatMap(({ decision, instruction }) =>
          decision.status === 'queued' ? (instruction.surveyId ?? []) : [],
        ),
      ),
    );
    if (ids.size === 0) return new Map();
    const rows = await db.query<SurveyNow>(surveysNow([...ids]));
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Marketing mails that will go out; held-out ones use no cap, transactional ones ignore it. */
  private async reserve(tx: Tx, effects: readonly Effect[], now: Date): Promise<void> {
    const contacts = effects.filter(
      (effect) => effect.decision.status === 'queued' && effect.basis !== 'transactional',
    );
    if (contacts.length > 0) await tx.execute(reserveContacts(contacts, now));
  }
}

type SurveyNow = NonNullable<Effect['survey']>;

/** What mails take the latest version of, at the time they are due. */
interface LatestVersions {
  templates: ReadonlyMap<string, TemplateNow>;
  surveys: ReadonlyMap<string, SurveyNow>;
}

function byRank(a: Loaded, b: Loaded): number {
  const priority = b.published.definition.priority - a.published.definition.priority;
  return priority || a.row.next_run_ms - b.row.next_run_ms || (a.row.id < b.row.id ? -1 : 1);
}

function run({ row, published, facts }: Loaded, now: Date): Advanced {
  const state = {
    status: 'active' as const,
    arm: row.arm,
    position: row.position,
    nextRunAt: new Date(row.next_run_ms),
    dueAt: new Date(row.due_ms),
    exitReason: null,
    waitingSince: row.waiting_ms === null ? null : new Date(row.waiting_ms),
  };
  return advance(published.program, state, facts, now);
}

function toRow({ row, published, facts }: Loaded, { enrollment }: Advanced): AdvancedRow {
  const next = enrollment.status === 'active' ? instructionAt(published.program, enrollment.position) : undefined;
  const { status, position, nextRunAt, dueAt, exitReason, waitingSince } = enrollment;
  return {
    id: row.id,
    status,
    position,
    step: next ? stepName(next) : null,
    nextRunAt,
    dueAt,
    exitReason,
    goalAt: exitReason === 'goal' ? facts.goalAt : null,
    waitingSince,
    waitingFor: next?.op === 'waitFor' && waitingSince ? next.eventType : null,
  };
}

function toEffects(
  { row, published, mail }: Loaded,
  advanced: Advanced,
  { templates, surveys }: LatestVersions,
): Effect[] {
  const { definition, program } = published;
  return mailsOf(advanced).map((effect) => {
    const template = templates.get(effect.instruction.templateId);
    if (!template || !mail) throw new Error(`${effect.instruction.path} has no template or no customer`);
    return {
      kind: 'email',
      enrollmentId: row.id,
      campaignId: row.campaign_id,
      customerId: row.customer_id,
      step: effect.instruction.key,
      arm: row.arm,
      basis: program.basis,
      topic: program.topic ?? null,
      template,
      recommend: effect.instruction.recommend ?? null,
      survey: effect.decision.status === 'queued' ? (surveys.get(effect.instruction.surveyId ?? '') ?? null) : null,
      coupon: effect.coupon ?? null,
      dueAt: effect.dueAt,
      expiresAt: effect.expiresAt,
      decision: effect.decision,
      mail,
      triggerOrderId: row.trigger_order_id,
      triggerEventId: row.trigger_event_id,
      sender: definition.sender ?? null,
      utm: utmOf(definition.utm, definition.key),
    };
  });
}

function mailsOf({ effects }: Advanced): EmailEffect[] {
  return effects.filter((effect) => effect.kind === 'email');
}

function utmOf(utm: Utm | undefined, campaign: string): Effect['utm'] {
  if (utm === undefined) return null;
  return utm === true ? { source: 'ritorno', medium: 'email', campaign } : utm;
}
