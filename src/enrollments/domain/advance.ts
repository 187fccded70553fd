import { type Replenishment, replenishmentOf } from '../../catalog/replenishment';
import { addDuration } from '../../kernel/duration';
import { type ExitReason, type Reason } from '../../kernel/reasons';
import { type Instruction, type Program, stepName } from '../../campaigns/campaign.types';
import { type ContactRequest, type ContactVerdict } from './contact-policy';
import { type Arm } from './decide-entry';
import { afterEnrollmentAction, type EnrollmentStatus } from './enrollment-transitions';
import { type MailabilityFacts, mailabilityValues, mayMail } from './may-mail';
import { nextRunTime } from './next-run-time';
import { acts, mailAhead } from './program-reach';
import { replenishWait } from './replenish-wait';

/** What the function needs to know of an enrollment, and what it changes. */
export interface EnrollmentState {
  status: EnrollmentStatus;
  arm: Arm;
  /** Index of the instruction that runs next. */
  position: number;
  /** When it is planned to run (of a `waitFor`: when it times out); null once the enrollment has ended. */
  nextRunAt: Date | null;
  /** When to look again: the plan, or later where the contact policy defers a mail; null once the enrollment has ended. */
  dueAt: Date | null;
  exitReason: ExitReason | null;
  /** Since when the step at `position` holds it: the plan at which a `waitFor` began, or when a mail was first deferred. */
  waitingSince: Date | null;
}

/** What an e-mail step asks the contact policy; whose enrollment it is and its priority are added by who answers. */
export type StepContact = Omit<ContactRequest, 'enrollmentId' | 'campaignId' | 'priority'>;

/** What the instructions may ask about, as of `now`. Only what {@link reachOf} names is asked. */
export interface AdvanceFacts {
  mail: MailabilityFacts;
  /** The customer's zone, else the store's. */
  zone: string;
  /** When the goal was reached, if it was. */
  goalAt: Date | null;
  /** Whether `program.conditions[condition]` holds, and on which values that rests. */
  holds(condition: number): { holds: boolean; values: Record<string, unknown> };
  /**
   * The time of the first recorded event of the type after `after` and not after `until`; of what became of the very
   * order that started the enrollment (`order.delivered`) also before: then `after` itself.
   */
  eventAt(type: string, after: Date, until: Date): Date | null;
  /** In [0, 1): definitions, "Arms", `<salt>:split:<stepKey>`. */
  splitDraw(key: string): number;
  contact(request: StepContact): ContactVerdict;
  /**
   * Asked before a marketing mail or call: the draw by which the person belongs to the global holdout, null where not.
   * Absent: nobody does.
   */
  globalHoldout?(): Values | null;
  /** Whether anybody is going to look at what decisions were taken from: if not, they carry no values. Default true. */
  shown?: boolean;
  /** When what the enrollment's order brought is typically needed again. Absent: nothing is known of it. */
  replenishment?(): Replenishment;
  /** Whether the pool has no code left and its mails are then to be skipped. Absent: every pool has codes. */
  lacksCoupon?(poolId: string): boolean;
}

/** What became of an e-mail step. */
export type EmailDecision = { status: 'queued' } | { status: 'held_out' } | { status: 'skipped'; reason: Reason };

type InstructionOf<Op extends Instruction['op']> = Extract<Instruction, { op: Op }>;

/** An e-mail step: it leaves a row in the send ledger. */
export interface EmailEffect {
  kind: 'email';
  instruction: InstructionOf<'email'>;
  /** The plan: when the step was due. */
  dueAt: Date;
  /** `dueAt` plus `maxLateness`: after it the mail is of no use. */
  expiresAt: Date;
  decision: EmailDecision;
  /** The code that the mail carries and the id that the message will have; laid down when codes are given. */
  coupon?: { id: string; messageId: string };
}

/** What a step does to the world. The control gets no webhooks. */
export type StepEffect =
  | EmailEffect
  | { kind: 'tag'; instruction: InstructionOf<'tag'> }
  | { kind: 'webhook'; instruction: InstructionOf<'webhook'>; dueAt: Date }
  | { kind: 'enroll'; instruction: InstructionOf<'enroll'> };

export type DecisionKind =
  | 'email'
  | 'defer'
  | 'wait'
  | 'waitFor'
  | 'branch'
  | 'split'
  | 'tag'
  | 'webhook'
  | 'enroll'
  | 'exit'
  | 'exitWhen'
  | 'goal';

/** One decision and the values it was taken from, for explain. Waits take none but those `until` replenishment. */
export interface Decision {
  /** The step's name: the key of a mail, else its path. */
  step: string;
  kind: DecisionKind;
  /**
   * What came of it: `queued`, `held_out`, `skipped`, `deferred`; `then`, `else`; the arm; `done`; `exited`; of a wait what
   * its time rests on.
   */
  outcome: string;
  reason: Reason | ExitReason | null;
  values: Values;
}

type Values = Readonly<Record<string, unknown>>;

const UNSHOWN: Values = Object.freeze({});

export interface Advanced {
  effects: StepEffect[];
  decisions: Decision[];
  enrollment: EnrollmentState;
}

/**
 * Runs an enrollment from where it stands to the next step that holds it: a wait, the beginning of a `waitFor`, a mail
 * that the contact policy defers, the end; and, where the program has conditions, to behind a `tag`, so that they read
 * what it did. Pure: the live engine, the simulation, explain and the tests all call this one function; whoever calls
 * it calls again once `dueAt` has come (it may have already). The control ("holdout") runs through the same steps at the
 * same times; only its e-mails are held out and its webhooks stay away. In both arms nothing of this reaches a member of
 * the global holdout.
 */
export function advance(program: Program, enrollment: EnrollmentState, facts: AdvanceFacts, now: Date): Advanced {
  if (enrollment.status !== 'active' || enrollment.nextRunAt === null) {
    return { effects: [], decisions: [], enrollment };
  }
  return new Run(program, enrollment, enrollment.nextRunAt, facts, now).run();
}

/** The enrollment, ended for a reason. */
export function end(enrollment: EnrollmentState, reason: ExitReason): EnrollmentState {
  const status = afterEnrollmentAction(enrollment.status, 'exit');
  return { ...enrollment, status, nextRunAt: null, dueAt: null, waitingSince: null, exitReason: reason };
}

/** Where to go on: a position, or the state in which the run ends. */
type Next = number | EnrollmentState;

class Run {
  private readonly effects: StepEffect[] = [];
  private readonly decisions: Decision[] = [];
  /** The plan of the step that is looked at. */
  private due: Date;
  private askedExit = false;
  private readonly isShown: boolean;

  constructor(
    private readonly program: Program,
    private readonly start: EnrollmentState,
    plan: Date,
    private readonly facts: AdvanceFacts,
    private readonly now: Date,
  ) {
    this.due = plan;
    this.isShown = facts.shown !== false;
  }

  run(): Advanced {
    const enrollment = this.reachedGoal() ?? this.steps();
    return { effects: this.effects, decisions: this.decisions, enrollment };
  }

  private reachedGoal(): EnrollmentState | undefined {
    const { goalAt } = this.facts;
    if (!this.program.goal?.exit || !goalAt) return undefined;
    const { instructions } = this.program;
    const at = instructions[this.start.position] ?? instructions.at(-1);
    if (at) this.decide(at, 'goal', 'exited', 'goal', () => ({ goalAt: goalAt.toISOString() }));
    return end(this.start, 'goal');
  }

  private steps(): EnrollmentState {
    const { instructions } = this.program;
    for (let position = this.start.position; ;) {
      const instruction = instructions[position];
      if (!instruction) break;
      const next = this.exits(instruction, position) ?? this.step(instruction, position);
      if (typeof next !== 'number') return next;
      position = next;
    }
    const status = afterEnrollmentAction(this.start.status, 'complete');
    const ended = { nextRunAt: null, dueAt: null, waitingSince: null };
    const { arm, exitReason } = this.start;
    return { status, arm, position: instructions.length, exitReason, ...ended };
  }

  private step(instruction: Instruction, position: number): Next {
    const next = position + 1;
    switch (instruction.op) {
      case 'email':
        return this.email(instruction, position);
      case 'wait':
        return this.wait(instruction, position);
      case 'waitFor':
        return this.waitFor(instruction, position);
      case 'jumpUnless': {
        const { holds, values } = this.facts.holds(instruction.condition);
        this.decide(instruction, 'branch', holds ? 'then' : 'else', null, () => values);
        return holds ? next : instruction.to;
      }
      case 'jump':
        return instruction.to;
      case 'split':
        return this.split(instruction);
      case 'tag':
        this.effects.push({ kind: 'tag', instruction });
        this.decide(instruction, 'tag', 'done', null, () => ({ add: instruction.add, remove: instruction.remove }));
        return this.program.conditions?.length ? this.pause(next, this.due, this.now, null) : next;
      case 'webhook':
        this.webhook(instruction);
        return next;
      case 'enroll':
        this.effects.push({ kind: 'enroll', instruction });
        this.decide(instruction, 'enroll', 'done', null, () => ({ campaignId: instruction.campaignId }));
        return next;
      case 'exit':
        this.decide(instruction, 'exit', 'exited', 'exit_step');
        return end({ ...this.start, position }, 'exit_step');
      default:
        return instruction satisfies never;
    }
  }

  /** `exitWhen`, asked once a run, before the first step that decides or does something. */
  private exits(instruction: Instruction, position: number): EnrollmentState | undefined {
    const { exitWhen } = this.program;
    if (exitWhen === undefined || this.askedExit || !acts(instruction)) return undefined;
    this.askedExit = true;
    const { holds, values } = this.facts.holds(exitWhen);
    if (!holds) return undefined;
    this.decide(instruction, 'exitWhen', 'exited', 'exit_when', () => values);
    return end({ ...this.start, position }, 'exit_when');
  }

  private wait(instruction: InstructionOf<'wait'>, position: number): Next {
    const { due, now, facts } = this;
    if (!instruction.until) {
      const plan = nextRunTime(instruction, due, now, facts.zone);
      return this.pause(position + 1, plan, plan, null);
    }
    const told = facts.replenishment?.() ?? replenishmentOf(null, () => undefined);
    const { until, outcome, values } = replenishWait(instruction, told, due, now, facts.zone);
    this.decide(instruction, 'wait', outcome, until ? null : 'exit_step', () => values);
    if (!until) return end({ ...this.start, position }, 'exit_step');
    return this.pause(position + 1, until, until, null);
  }

  private waitFor(instruction: InstructionOf<'waitFor'>, position: number): Next {
    const { start, facts, now } = this;
    const { eventType } = instruction;
    const resumed = position === start.position && start.waitingSince !== null && start.nextRunAt !== null;
    if (!resumed) {
      const until = nextRunTime({ for: instruction.within, at: null }, this.due, now, facts.zone);
      const came = facts.eventAt(eventType, this.due, earlier(until, now)) !== null;
      return this.pause(position, until, came ? now : until, this.due);
    }
    const [since, until] = [start.waitingSince, start.nextRunAt] as [Date, Date];
    const at = facts.eventAt(eventType, since, earlier(until, now));
    if (at === null && now < until) return this.pause(position, until, until, since);
    this.due = at ?? until;
    this.decide(instruction, 'waitFor', at ? 'then' : 'else', null, () => ({
      event: eventType,
      since: since.toISOString(),
      until: until.toISOString(),
      at: at?.toISOString() ?? null,
    }));
    return at ? position + 1 : instruction.orElse;
  }

  private split(instruction: InstructionOf<'split'>): number {
    const draw = this.facts.splitDraw(instruction.key);
    const arm = instruction.arms.find(({ upTo }) => draw < upTo) ?? instruction.arms.at(-1);
    if (!arm) throw new Error(`${instruction.path} has no arms`);
    this.decide(instruction, 'split', arm.name, null, () => ({ key: instruction.key, draw }));
    return arm.to;
  }

  private webhook(instruction: InstructionOf<'webhook'>): void {
    const globally = this.heldOutGlobally();
    const held = globally !== null || this.start.arm === 'holdout';
    if (!held) this.effects.push({ kind: 'webhook', instruction, dueAt: this.due });
    const reason = globally && 'global_holdout';
    this.decide(instruction, 'webhook', held ? 'held_out' : 'done', reason, () => globally ?? UNSHOWN);
  }

  /**
   * Skipped with a reason if the person may not be mailed or the step is too late, deferred or skipped by the contact
   * policy, else held out or queued. Who has unsubscribed leaves a row for every mail and goes with the last one.
   */
  private email(instruction: InstructionOf<'email'>, position: number): Next {
    const { program, start, facts, now } = this;
    const deferred = position === start.position && start.waitingSince !== null;
    const expiresAt = addDuration(this.due, instruction.maxLateness ?? program.maxLateness, facts.zone);
    const { decision, values, until } = this.decideEmail(instruction, expiresAt);
    if (until) {
      this.decide(instruction, 'defer', 'deferred', decision.reason, () => ({
        ...values(),
        until: until.toISOString(),
      }));
      return this.pause(position, this.due, until, deferred ? start.waitingSince : now);
    }
    const reason = 'reason' in decision ? decision.reason : null;
    this.decide(instruction, 'email', decision.status, reason, () => ({
      plan: this.due.toISOString(),
      expiresAt: expiresAt.toISOString(),
      zone: facts.zone,
      ...values(),
    }));
    this.effects.push({ kind: 'email', instruction, dueAt: this.due, expiresAt, decision });
    // A mail that waited for its turn went out when it came: what follows keeps its distance from that.
    if (deferred && start.dueAt && start.dueAt > this.due) this.due = earlier(start.dueAt, now);
    if (reason === 'erased' || (reason === 'unsubscribed' && !mailAhead(program, position))) {
      return end({ ...start, position: position + 1 }, reason);
    }
    return position + 1;
  }

  private decideEmail(instruction: InstructionOf<'email'>, expiresAt: Date): DecidedEmail {
    const { program, facts, now } = this;
    const { arm } = this.start;
    const { basis } = program;
    const unmailable = mayMail(facts.mail, program, now);
    const values = (): Values => mailabilityValues(facts.mail, program);
    if (unmailable) return { decision: { status: 'skipped', reason: unmailable }, values };
    if (now > expiresAt) return { decision: { status: 'skipped', reason: 'too_late' }, values: () => UNSHOWN };
    const globally = this.heldOutGlobally();
    if (globally) return { decision: { status: 'skipped', reason: 'global_holdout' }, values: () => globally };
    const written = this.unhindered(instruction);
    if (basis === 'transactional') return { decision: written, values };
    const sendWindow = program.sendWindow ?? null;
    // What will not go out for want of a code waits for its time like any other mail, but takes nobody's place.
    const as: Arm = written.status === 'queued' ? arm : 'holdout';
    const verdict = facts.contact({ step: instruction.key, basis, arm: as, plan: this.due, expiresAt, sendWindow });
    if (verdict.action === 'go') return { decision: written, values };
    const skipped = { status: 'skipped' as const, reason: verdict.reason };
    if (verdict.action === 'skip') return { decision: skipped, values: () => verdict.values };
    // A verdict that names no later moment would be asked for ever.
    if (verdict.until <= now) throw new Error(`${instruction.path}: deferred to ${verdict.until.toISOString()}`);
    return { decision: skipped, values: () => verdict.values, until: verdict.until };
  }

  private heldOutGlobally(): Values | null {
    if (this.program.basis === 'transactional') return null;
    return this.facts.globalHoldout?.() ?? null;
  }

  /** What becomes of a mail that nothing holds back. The control gets no codes, so it never lacks one. */
  private unhindered({ couponPoolId }: InstructionOf<'email'>): EmailDecision {
    if (this.start.arm === 'holdout') return { status: 'held_out' };
    if (couponPoolId === undefined || !this.facts.lacksCoupon?.(couponPoolId)) return { status: 'queued' };
    return { status: 'skipped', reason: 'no_coupon' };
  }

  private pause(position: number, nextRunAt: Date, dueAt: Date, waitingSince: Date | null): EnrollmentState {
    const status = afterEnrollmentAction(this.start.status, 'advance');
    const { arm, exitReason } = this.start;
    return { status, arm, position, nextRunAt, dueAt, exitReason, waitingSince };
  }

  private decide(
    instruction: Instruction,
    kind: DecisionKind,
    outcome: string,
    reason: Decision['reason'],
    values: () => Values = () => UNSHOWN,
  ): void {
    const shown = this.isShown ? values() : UNSHOWN;
    this.decisions.push({ step: stepName(instruction), kind, outcome, reason, values: shown });
  }
}

type DecidedEmail =
  | { decision: EmailDecision; values: () => Values; until?: undefined }
  | { decision: { status: 'skipped'; reason: Reason }; values: () => Values; until: Date };

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
