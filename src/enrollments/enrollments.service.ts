import { Injectable } from '@nestjs/common';
import { isZone } from '../kernel/local-time';
import { CampaignPrograms, type PublishedVersion, versionKey } from '../campaigns/campaign-programs';
import { stepName, type Utm } from '../campaigns/campaign.types';
import { Mailability, type MailFacts } from '../customers/mailability';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import {
  type AdvancedRow,
  buyersAmong,
  claimDue,
  type ClaimedRow,
  goalOrders,
  type GoalQuestion,
  reserveContacts,
  type TemplateNow,
  templatesNow,
  writeAdvanced,
} from './data/claim.sql';
import { advance, type AdvanceFacts, type Advanced, type EmailEffect } from './domain/advance';
import { type ContactVerdict } from './domain/contact-policy';
import { type AdvancedBatch, type Effect } from './effects.types';

/** An enrollment with all that its program may ask for. */
interface Loaded {
  row: ClaimedRow;
  published: PublishedVersion;
  mail: MailFacts;
  facts: AdvanceFacts;
}

/**
 * The engine: takes due enrollments and moves them on, in sets. One statement claims, a fixed number loads the facts,
 * the pure `advance` runs for each, one statement per table writes back; never a query per enrollment.
 */
@Injectable()
export class Enrollments {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly programs: CampaignPrograms,
    private readonly mailability: Mailability,
  ) {}

  /** When the next enrollment is due: a look at an index. */
  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ due_at: Date }>(
      'select due_at from enrollments where due_at is not null order by due_at limit 1',
    );
    return row?.due_at ?? null;
  }

  /**
   * Claims up to `limit` enrollments that are due at `now`, advances them and writes them back. The caller writes what
   * the effects say in the same transaction: a step and its message stand or fall together.
   */
  async claimAndAdvance(tx: Tx, now: Date, limit: number): Promise<AdvancedBatch> {
    const rows = await tx.query<ClaimedRow>(claimDue(now, limit));
    if (rows.length === 0) return { advanced: 0, effects: [] };
    const loaded = await this.load(tx, rows);
    const results = loaded.map((one) => ({ one, advanced: run(one, now) }));
    await tx.execute(
      writeAdvanced(
        results.map(({ one, advanced }) => toRow(one, advanced)),
        now,
      ),
    );
    const templates = await this.templates(tx, results);
    const effects = results.flatMap(({ one, advanced }) => toEffects(one, advanced, templates));
    await this.reserve(tx, effects, now);
    return { advanced: rows.length, effects };
  }

  private async load(tx: Tx, rows: readonly ClaimedRow[]): Promise<Loaded[]> {
    const programs = await this.programsOf(tx, rows);
    const mails = await this.mailability.load(tx, [...new Set(rows.map((row) => row.customer_id))]);
    const buyers = await this.buyers(
      tx,
      rows.filter((_row, i) => programs[i]?.program.basis === 'soft_opt_in'),
    );
    const goals = await this.goals(tx, rows, programs);
    return rows.map((row, i) => {
      const published = programs[i];
      const mail = mails.get(row.customer_id);
      if (!mail || !published) throw new Error(`enrollment ${row.id} has no customer or no program`);
      const { email, consentStatus, suppressed, erased, timezone } = mail;
      const hasBought = buyers.has(row.customer_id);
      const facts = {
        mail: { email, consentStatus, suppressed, erased, hasBought },
        zone: timezone !== null && isZone(timezone) ? timezone : this.config.store.timezone,
        goalAt: goals.get(row.id) ?? null,
        holds: notLoaded,
        eventAt: notLoaded,
        splitDraw: notLoaded,
        contact: (): ContactVerdict => ({ action: 'go' }),
      };
      return { row, published, mail, facts };
    });
  }

  /** The version that each of them runs, at its index. */
  private async programsOf(tx: Tx, rows: readonly ClaimedRow[]): Promise<Array<PublishedVersion | undefined>> {
    const keys = rows.map((row) => versionKey(row.campaign_id, row.version));
    const wanted = new Map(rows.map((row, i) => [keys[i], { campaignId: row.campaign_id, version: row.version }]));
    const versions = await this.programs.load(tx, [...wanted.values()]);
    return keys.map((key) => versions.get(key));
  }

  /** Who of them has a counting order; asked only where the basis turns on it. */
  private async buyers(tx: Tx, rows: readonly ClaimedRow[]): Promise<Set<string>> {
    if (rows.length === 0) return new Set();
    const found = await tx.query<{ customer_id: string }>(buyersAmong(rows.map((row) => row.customer_id)));
    return new Set(found.map((row) => row.customer_id));
  }

  /** When the goal was reached, for the enrollments that an order ends. */
  private async goals(
    tx: Tx,
    rows: readonly ClaimedRow[],
    programs: ReadonlyArray<PublishedVersion | undefined>,
  ): Promise<Map<string, Date>> {
    const questions = rows.flatMap((row, i): GoalQuestion[] => {
      const goal = programs[i]?.program.goal;
      if (!goal?.exit || goal.eventType !== 'order.counted') return [];
      const until = goal.withinMs === null ? null : new Date(row.entered_ms + goal.withinMs);
      return [
        {
          id: row.id,
          customerId: row.customer_id,
          after: new Date(row.entered_ms),
          until,
          triggerOrderId: row.trigger_order_id,
        },
      ];
    });
    if (questions.length === 0) return new Map();
    const found = await tx.query<{ id: string; placed_at: Date }>(goalOrders(questions));
    return new Map(found.map((row) => [row.id, row.placed_at]));
  }

  /** The templates of the effects as they stand now: a mail takes the latest version at the time it is due. */
  private async templates(
    db: Queryable,
    results: ReadonlyArray<{ advanced: Advanced }>,
  ): Promise<Map<string, TemplateNow>> {
    const ids = new Set(
      results.flatMap(({ advanced }) => mailsOf(advanced).map((effect) => effect.instruction.templateId)),
    );
    if (ids.size === 0) return new Map();
    const rows = await db.query<TemplateNow>(templatesNow([...ids]));
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

function notLoaded(): never {
  throw new Error('the facts of this step are not loaded');
}

function run({ row, published, facts }: Loaded, now: Date): Advanced {
  const state = {
    status: 'active' as const,
    arm: row.arm,
    position: row.position,
    nextRunAt: new Date(row.next_run_ms),
    dueAt: new Date(row.next_run_ms),
    waitingSince: null,
    exitReason: null,
  };
  return advance(published.program, state, facts, now);
}

function toRow({ row, published, facts }: Loaded, { enrollment }: Advanced): AdvancedRow {
  const next = enrollment.status === 'active' ? published.program.instructions[enrollment.position] : undefined;
  return {
    id: row.id,
    status: enrollment.status,
    position: enrollment.position,
    step: next ? stepName(next) : null,
    nextRunAt: enrollment.nextRunAt,
    exitReason: enrollment.exitReason,
    goalAt: enrollment.exitReason === 'goal' ? facts.goalAt : null,
  };
}

function toEffects(
  { row, published, mail }: Loaded,
  advanced: Advanced,
  templates: ReadonlyMap<string, TemplateNow>,
): Effect[] {
  const { definition, program } = published;
  return mailsOf(advanced).map((effect) => {
    const template = templates.get(effect.instruction.templateId);
    if (!template) throw new Error(`the template of ${effect.instruction.path} does not exist`);
    return {
      kind: 'email',
      enrollmentId: row.id,
      campaignId: row.campaign_id,
      customerId: row.customer_id,
      step: effect.instruction.key,
      arm: row.arm,
      basis: program.basis,
      template,
      recommend: effect.instruction.recommend ?? null,
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
