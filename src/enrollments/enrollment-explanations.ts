import { Injectable } from '@nestjs/common';
import { CampaignPrograms, versionKey } from '../campaigns/campaign-programs';
import { type Replenishment } from '../catalog/replenishment';
import { ReplenishTimes } from '../catalog/replenish-times';
import { type Program } from '../campaigns/campaign.types';
import { Clock } from '../kernel/clock';
import { isZone } from '../kernel/local-time';
import { type ExitReason, type Reason } from '../kernel/reasons';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import {
  campaignKeys,
  type DecisionRow,
  decisionsAbout,
  enrollmentsOf,
  type RefusalRow,
  refusalsOf,
  type StandingRow,
} from './data/explanations.sql';
import { type DecisionKind } from './domain/advance';
import { comingSteps } from './domain/coming-steps';
import { type Arm } from './domain/decide-entry';
import { hasReplenishWait } from './domain/program-reach';

/** One decision of the engine about a customer and a campaign. Times are ISO 8601. */
export interface Explained {
  at: string;
  /** The campaign's key. */
  campaign: string;
  /** Null for a refusal. */
  enrollmentId: string | null;
  /** What was decided about: entering, ending, or a kind of step. */
  kind: 'entry' | 'end' | DecisionKind;
  /** Null: about entering or leaving the campaign as a whole. */
  step: string | null;
  /** `enrolled`, `refused`, `completed`, `exited`, or what came of the step. */
  outcome: string;
  reason: Reason | ExitReason | null;
  /** What the decision was taken from. */
  values: Record<string, unknown>;
}

/** What comes next in an active enrollment, and when. */
export interface NextStep {
  step: string | null;
  /** When the engine looks at it: the plan, or later where it was put off. Frozen ones keep the plan. */
  at: string;
  campaign: string;
  enrollmentId: string;
  /** What holds it until then: the contact policy with its values, or that the campaign is paused. */
  heldBy: { reason: Reason; values: Record<string, unknown> } | null;
  /** The event that a `waitFor` waits for; it comes, or at `at` the time is over. */
  awaits: string | null;
  /** The steps ahead by the plan, this one first, up to the first that decides the way. */
  ahead: Array<{ step: string; kind: string; at: string }>;
}

export interface EnrollmentStanding {
  id: string;
  campaign: string;
  version: number;
  arm: Arm;
  status: string;
  enteredAt: string;
  next: NextStep | null;
}

export interface EnrollmentExplanation {
  /** Refusals and enterings, then what was decided about steps, then ends; each oldest first. */
  decisions: Explained[];
  enrollments: EnrollmentStanding[];
  /** Of all that comes next the earliest. */
  next: NextStep | null;
}

/** Decisions that end an enrollment; their values belong to the end. */
const ENDINGS: ReadonlySet<string> = new Set(['goal', 'exitWhen', 'exit', 'wait']);

/** Why a customer did or did not enter campaigns, what was decided at each step and why, how it ended, what comes next. */
@Injectable()
export class EnrollmentExplanations {
  constructor(
    private readonly config: AppConfig,
    private readonly programs: CampaignPrograms,
    private readonly clock: Clock,
    private readonly replenishing: ReplenishTimes,
  ) {}

  /** About one campaign, or with null about all. Of many refusals and enrollments the latest two hundred. */
  async load(db: Queryable, customerId: string, campaignId: string | null): Promise<EnrollmentExplanation> {
    const refusals = await db.query<RefusalRow>(refusalsOf(customerId, campaignId));
    const rows = await db.query<StandingRow>(enrollmentsOf(customerId, campaignId));
    const taken = await db.query<DecisionRow>(decisionsAbout(rows.map(({ id }) => id)));
    taken.reverse();
    const ids = new Set([...refusals.map((row) => row.campaignId), ...rows.map((row) => row.campaign_id)]);
    const keys = new Map(
      (await db.query<{ id: string; key: string }>(campaignKeys([...ids]))).map(({ id, key }) => [id, key]),
    );
    const keyOf = (id: string): string => keys.get(id) ?? id;
    const endings = new Map(taken.filter(isEnding).map((row) => [row.enrollmentId, row]));
    // Ids ascend in the order of decision, so they tell what came first within one instant.
    const whole = [
      ...refusals.map((row) => ({ id: row.id, told: refused(row, keyOf) })),
      ...rows.map((row) => ({ id: row.id, told: entered(row, keyOf) })),
    ].sort((a, b) => a.told.at.localeCompare(b.told.at) || a.id.localeCompare(b.id));
    const ended = rows.flatMap((row) => endOf(row, endings.get(row.id), keyOf));
    const steps = taken.filter((row) => !isEnding(row)).map((row) => explained(row, keyOf));
    const enrollments = await this.standings(db, customerId, rows, taken, keyOf);
    const upcoming = enrollments.flatMap(({ next }) => next ?? []);
    return {
      decisions: [...whole.map(({ told }) => told), ...steps, ...ended],
      enrollments,
      next: upcoming.sort((a, b) => a.at.localeCompare(b.at))[0] ?? null,
    };
  }

  private async standings(
    db: Queryable,
    customerId: string,
    rows: readonly StandingRow[],
    taken: readonly DecisionRow[],
    keyOf: (id: string) => string,
  ): Promise<EnrollmentStanding[]> {
    const active = rows.filter((row) => row.status === 'active');
    const versions = await this.programs.load(
      db,
      active.map((row) => ({ campaignId: row.campaign_id, version: row.version })),
    );
    const zone = active.length > 0 ? await this.zoneOf(db, customerId) : this.config.store.timezone;
    const programOf = (row: StandingRow): Program | undefined =>
      versions.get(versionKey(row.campaign_id, row.version))?.program;
    const replenishments = await this.replenishments(db, customerId, active, programOf);
    return rows.map((row) => {
      const program = programOf(row);
      const replenishment = replenishments.get(row.id);
      return {
        id: row.id,
        campaign: keyOf(row.campaign_id),
        version: row.version,
        arm: row.arm,
        status: row.status,
        enteredAt: row.entered_at.toISOString(),
        next: program ? nextOf(row, { program, zone, replenishment }, taken, keyOf(row.campaign_id)) : null,
      };
    });
  }

  /** By the times in force now; a wait that has begun keeps the plan that it has. */
  private replenishments(
    db: Queryable,
    customerId: string,
    active: readonly StandingRow[],
    programOf: (row: StandingRow) => Program | undefined,
  ): Promise<ReadonlyMap<string, Replenishment>> {
    const asked = active.filter((row) => {
      const program = programOf(row);
      return program !== undefined && hasReplenishWait(program);
    });
    const questions = asked.map((row) => ({ id: row.id, customerId, orderId: row.trigger_order_id }));
    return this.replenishing.of(db, questions, this.clock.now());
  }

  private async zoneOf(db: Queryable, customerId: string): Promise<string> {
    const [row] = await db.query<{ timezone: string | null }>('select timezone from customers where id = $1', [
      customerId,
    ]);
    const zone = row?.timezone ?? null;
    return zone !== null && isZone(zone) ? zone : this.config.store.timezone;
  }
}

/** By what the steps to come are planned. */
interface Ahead {
  program: Program;
  zone: string;
  replenishment: Replenishment | undefined;
}

function nextOf(
  row: StandingRow,
  { program, zone, replenishment }: Ahead,
  taken: readonly DecisionRow[],
  campaign: string,
): NextStep | null {
  const { next_run_at: plan, due_at: due } = row;
  if (row.status !== 'active' || plan === null) return null;
  const deferral = row.waiting_since === null ? undefined : taken.findLast((one) => isDeferralOf(row, one));
  const heldBy = deferral?.reason ? { reason: deferral.reason as Reason, values: deferral.values } : null;
  // A mail that was put off holds back what comes behind it.
  const from = heldBy && due ? due : plan;
  const standing = { position: row.position, nextRunAt: from, ...(replenishment ? { replenishment } : {}) };
  return {
    step: row.step,
    at: (due ?? plan).toISOString(),
    campaign,
    enrollmentId: row.id,
    heldBy: due === null ? { reason: 'campaign_paused', values: { plan: plan.toISOString() } } : heldBy,
    awaits: row.waiting_for,
    ahead: comingSteps(program, standing, zone).map(({ at, ...step }) => ({ ...step, at: at.toISOString() })),
  };
}

function isDeferralOf(row: StandingRow, decision: DecisionRow): boolean {
  return decision.enrollmentId === row.id && decision.kind === 'defer' && decision.step === row.step;
}

function isEnding({ kind, outcome }: DecisionRow): boolean {
  return outcome === 'exited' && ENDINGS.has(kind);
}

function explained({ id: _id, campaignId, at, ...row }: DecisionRow, keyOf: (id: string) => string): Explained {
  return { at: at.toISOString(), campaign: keyOf(campaignId), ...row, kind: row.kind as DecisionKind };
}

function refused(row: RefusalRow, keyOf: (id: string) => string): Explained {
  const { reason, detail: values } = row;
  const of = { at: row.at.toISOString(), campaign: keyOf(row.campaignId), enrollmentId: null };
  return { ...of, kind: 'entry', step: null, outcome: 'refused', reason, values };
}

function entered(row: StandingRow, keyOf: (id: string) => string): Explained {
  return {
    at: row.entered_at.toISOString(),
    campaign: keyOf(row.campaign_id),
    enrollmentId: row.id,
    kind: 'entry',
    step: null,
    outcome: 'enrolled',
    reason: null,
    values: {
      enrollmentId: row.id,
      arm: row.arm,
      armReason: row.arm_reason,
      version: row.version,
      epoch: row.epoch,
      ...(row.entry_key === '' ? {} : { entryKey: row.entry_key }),
      ...row.attributes,
    },
  };
}

/** The end, with the values of the decision that brought it about where a step did. */
function endOf(row: StandingRow, ending: DecisionRow | undefined, keyOf: (id: string) => string): Explained[] {
  if (row.ended_at === null || row.status === 'active') return [];
  return [
    {
      at: row.ended_at.toISOString(),
      campaign: keyOf(row.campaign_id),
      enrollmentId: row.id,
      kind: 'end',
      step: null,
      outcome: row.status,
      reason: row.exit_reason,
      values: {
        enrollmentId: row.id,
        ...(row.goal_at ? { goalAt: row.goal_at.toISOString() } : {}),
        ...(ending && ending.reason === row.exit_reason ? { step: ending.step, ...ending.values } : {}),
      },
    },
  ];
}
