import { advance, end, type EmailEffect, type StepContact } from '../../../src/enrollments/domain/advance';
import { type ContactPolicy, type ContactVerdict } from '../../../src/enrollments/domain/contact-policy';
import { decideEntry, type EntryDecision } from '../../../src/enrollments/domain/decide-entry';
import {
  entryKeyOf,
  isAwaitedBy,
  isOfOwnOrder,
  orderOf,
  reachesGoal,
  startsCampaign,
} from '../../../src/enrollments/domain/match-events';
import { mayMail } from '../../../src/enrollments/mail-decision';
import { resumeAt } from '../../../src/enrollments/domain/spread-resume';
import { type ExitReason, type Reason } from '../../../src/kernel/reasons';
import { beforeSend } from '../../../src/messages/domain/before-send';
import { type Decision } from '../../../src/segments/segment-conditions';
import { askedThen, holdsThen, type ReadThen } from './asked-then';
import { type PlannedCampaign, type PlannedVersion, statusThen, versionThen } from './campaigns-in-time';
import { ContactBook } from './contact-book';
import { type Moment } from './facts-in-time';
import { type KnownAction, type KnownEvent } from './known-facts';
import { type Life, ownerOf, rowOf } from './life';
import { hasRecommendation } from './recommended';

/** What should stand in the database, under a name that says what it is about. */
export type Rows = Map<string, Record<string, unknown>>;

interface Recomputation extends ReadThen {
  campaigns: readonly PlannedCampaign[];
  /** The id that an enrollment got: it decides at which moment of the hour after a pause it goes on. */
  idOf(name: string): string;
  /** In force all the time. */
  policy: ContactPolicy;
  until: Date;
}

/** What happens next: the lower rank first where several happen at one instant. */
type Happening = { at: Date; rank: number; run: () => void };

const RANK = { clock: 0, step: 1, action: 2, outside: 3 } as const;
const BOTH_ARMS_KEEP = { status: 'active' as const, exitReason: null };

/**
 * Lives through everything that happened to one customer once more, with the pure functions of the product and the
 * facts as they were known at each instant: what the engine decided is not looked at.
 */
export class CustomerRerun {
  private readonly lives: Life[] = [];
  private readonly contacts: ContactBook;
  private events: readonly KnownEvent[] = [];

  constructor(
    private readonly with_: Recomputation,
    private readonly customerId: string,
    private readonly rows: Rows,
  ) {
    this.contacts = new ContactBook(with_.policy);
  }

  run(events: readonly KnownEvent[]): void {
    this.events = events;
    const batches = batchesOf(events);
    const actions = this.with_.campaigns.flatMap((campaign) =>
      campaign.actions.map((action) => ({ campaign, action })),
    );
    const planned: Happening[] = [
      ...batches.map(({ moment, list }) => ({
        at: moment.at,
        rank: moment.after ? RANK.outside : RANK.clock,
        run: () => this.handle(list, moment),
      })),
      ...actions.map(({ campaign, action }) => ({
        at: action.at,
        rank: RANK.action,
        run: () => this.act(campaign, action),
      })),
    ].sort(inOrder);
    for (;;) {
      const step = this.nextStep();
      const [next] = planned;
      const first = step && next ? (inOrder(step, next) <= 0 ? step : next) : (step ?? next);
      if (!first || first.at > this.with_.until) break;
      if (first === next) planned.shift();
      first.run();
    }
    for (const life of this.lives) this.rows.set(life.name, rowOf(life));
  }

  private nextStep(): Happening | undefined {
    const due = this.lives.filter((life) => life.dueAt !== null).sort((a, b) => this.inRank(a, b))[0];
    return due?.dueAt ? { at: due.dueAt, rank: RANK.step, run: () => this.step(due) } : undefined;
  }

  /** Of those that are due at one instant the higher priority is asked first, then the older plan. */
  private inRank(a: Life, b: Life): number {
    const due = Number(a.dueAt) - Number(b.dueAt);
    const priority = b.plan.definition.priority - a.plan.definition.priority;
    const plan = Number(a.nextRunAt) - Number(b.nextRunAt);
    return due || priority || plan || (this.with_.idOf(a.name) < this.with_.idOf(b.name) ? -1 : 1);
  }

  private handle(events: readonly KnownEvent[], moment: Moment): void {
    for (const life of this.lives) {
      const goal = life.plan.program.goal;
      if (life.status !== 'active' || life.goalAt !== null || !goal) continue;
      const subject = { enteredAt: life.entry.at, triggerOrderId: life.orderId };
      const event = events.find((one) => reachesGoal(goal, subject, one));
      if (!event) continue;
      life.goalAt = event.occurredAt;
      if (goal.exit) this.finish(life, 'goal', moment.at);
    }
    this.wake(events, moment);
    for (const event of events) {
      for (const campaign of this.with_.campaigns) {
        const status = statusThen(campaign, moment);
        if (status !== 'active' && status !== 'paused') continue;
        const plan = versionThen(campaign, moment);
        if (!startsCampaign(plan.definition.trigger, event)) continue;
        this.enter(campaign, plan, event, moment, status);
      }
    }
  }

  /** An event that somebody waits for is looked at when it comes, not only when the wait is over. */
  private wake(events: readonly KnownEvent[], moment: Moment): void {
    for (const life of this.lives) {
      const { plan, position, orderId, waitingSince, nextRunAt, dueAt } = life;
      const instruction = plan.program.instructions[position];
      if (life.status !== 'active' || instruction?.op !== 'waitFor' || !dueAt || !nextRunAt || !waitingSince) continue;
      const comes = events.some(
        (event) =>
          event.type === instruction.eventType &&
          event.occurredAt <= nextRunAt &&
          isAwaitedBy(orderId, event) &&
          (isOfOwnOrder(orderId, event) || event.occurredAt > waitingSince),
      );
      if (!comes || dueAt <= moment.at) continue;
      life.dueAt = moment.at;
      if (moment.after) life.wokenAt = moment.at;
    }
  }

  private enter(
    campaign: PlannedCampaign,
    plan: PlannedVersion,
    event: KnownEvent,
    moment: Moment,
    status: 'active' | 'paused',
  ): void {
    const name = `${campaign.key} by ${event.type} ${event.id} of ${this.customerId}`;
    const key = entryKeyOf(plan.definition.entry, event);
    const decision: EntryDecision =
      status === 'paused'
        ? { enrolled: false, reason: 'campaign_paused', values: {} }
        : this.decide(campaign, plan, key, moment);
    if (!decision.enrolled) {
      this.rows.set(name, { outcome: 'refused', at: moment.at, reason: decision.reason, values: decision.values });
      return;
    }
    const { arm, armReason } = decision;
    this.lives.push({
      name,
      campaign,
      plan,
      entry: {
        at: moment.at,
        after: moment.after,
        arm,
        armReason,
        key,
        attributes: this.with_.facts.attributes(this.customerId, moment),
      },
      orderId: orderOf(event),
      status: 'active',
      position: 0,
      nextRunAt: moment.at,
      dueAt: moment.at,
      waitingSince: null,
      wokenAt: null,
      exitReason: null,
      endedAt: null,
      goalAt: null,
    });
  }

  private decide(campaign: PlannedCampaign, plan: PlannedVersion, key: string, moment: Moment): EntryDecision {
    const { facts } = this.with_;
    const { basis, entry, holdout, audience } = plan.definition;
    const person = facts.person(this.customerId, moment);
    const before = this.lives.filter((life) => life.campaign === campaign);
    const audienceNow = audience && holdsThen(this.with_, audience, this.customerId, moment);
    const inAudience = audienceNow?.holds ?? true;
    const history = {
      firstArm: before[0]?.entry.arm ?? null,
      lastEnteredAt: before.at(-1)?.entry.at ?? null,
      activeKeys: new Set(before.filter((life) => life.status === 'active').map((life) => life.entry.key)),
    };
    const decision = decideEntry(
      { basis, entry, holdout, salt: campaign.salt },
      { inAudience, history, mail: person.mail, zone: person.zone },
      this.customerId,
      key,
      moment.at,
    );
    return decision.enrolled || inAudience ? decision : { ...decision, values: audienceNow?.values ?? {} };
  }

  private step(life: Life): void {
    const now = life.dueAt;
    if (!now) return;
    const outside = life.entry.after ? life.entry.at : null;
    const moment = { at: now, after: [outside, life.wokenAt].some((at) => at?.getTime() === now.getTime()) };
    const { mail, locale, zone } = this.with_.facts.person(this.customerId, moment);
    const { program } = life.plan;
    const { position, nextRunAt, dueAt, waitingSince } = life;
    const state = { ...BOTH_ARMS_KEEP, arm: life.entry.arm, position, nextRunAt, dueAt, waitingSince };
    const { customerId } = this;
    const asking = { ...life, customerId, enteredAt: life.entry.at };
    const asked = askedThen(this.with_, asking, this.events, moment);
    const contact = (request: StepContact): ContactVerdict =>
      this.contacts
        .desk(zone, now, this.onHold(moment))
        .ask({ ...request, ...ownerOf(life), enrollmentId: this.with_.idOf(life.name) });
    const { effects, enrollment } = advance(program, state, { ...asked, mail, zone, contact }, now);
    life.status = enrollment.status;
    life.position = enrollment.position;
    life.nextRunAt = enrollment.nextRunAt;
    life.dueAt = enrollment.dueAt;
    life.waitingSince = enrollment.waitingSince;
    life.exitReason = enrollment.exitReason;
    if (enrollment.status !== 'active') life.endedAt = now;
    if (enrollment.exitReason === 'goal') life.goalAt ??= asked.goalAt;
    for (const effect of effects) {
      if (effect.kind !== 'email') continue;
      this.rows.set(`mail ${effect.instruction.key} of ${life.name}`, {
        ...this.fate(life, effect, moment, mail.email),
        basis: program.basis,
        dueAt: effect.dueAt,
        queuedAt: now,
        expiresAt: effect.expiresAt,
        locale,
      });
    }
  }

  /** Whether the contact policy holds marketing back from the person. */
  private onHold(moment: Moment): Decision | null {
    const { holdMarketingWhen } = this.with_.policy;
    if (holdMarketingWhen === null) return null;
    const held = holdsThen(this.with_, holdMarketingWhen, this.customerId, moment);
    return held.holds ? held : null;
  }

  /** What became of a mail: where it was to be sent, it meets the gate, at once or when a global stop ends. */
  private fate(life: Life, effect: EmailEffect, moment: Moment, recipient: string | null): Record<string, unknown> {
    const { decision } = effect;
    const ended = { reason: null, recipient, sentAt: null };
    if (decision.status === 'skipped') return { ...ended, status: 'skipped', reason: decision.reason };
    if (decision.status === 'held_out') return { ...ended, status: 'held_out' };
    let fate: Record<string, unknown> | undefined;
    let gate = this.gateMoment(moment);
    for (; gate && gate.at <= this.with_.until && !fate;) {
      const next = this.atTheGate(life, effect, moment, gate, recipient);
      if ('again' in next) gate = next.again;
      else fate = next.fate;
    }
    if (life.plan.program.basis !== 'transactional') {
      const releasedAt = fate && fate.status !== 'sent' ? (gate?.at ?? null) : null;
      this.contacts.note({ ...ownerOf(life), at: moment.at, releasedAt });
    }
    return fate ?? { ...ended, status: 'queued' };
  }

  /** What becomes of a mail that the sender takes up; or the moment at which it does so again. */
  private atTheGate(
    life: Life,
    { expiresAt, instruction }: EmailEffect,
    queued: Moment,
    gate: Moment,
    recipient: string | null,
  ): { again: Moment } | { fate: Record<string, unknown> } {
    const { mail, zone } = this.with_.facts.person(this.customerId, gate);
    const { basis, sendWindow } = life.plan.program;
    const skipped = { status: 'skipped', recipient: mail.email ?? recipient, sentAt: null };
    const archived = statusThen(life.campaign, gate) === 'archived';
    const gone = !mail.erased && this.reachedGoalBy(life, gate) ? 'exited' : undefined;
    const refusal: Reason | null = archived
      ? 'campaign_archived'
      : (gone ?? mayMail(mail, { basis }, new Date(0)) ?? null);
    const halt = beforeSend({ refusal, expiresAt, attempts: 0 }, gate.at);
    if (halt) return { fate: { ...skipped, status: halt.status, reason: halt.reason } };
    const late = gate.at.getTime() - queued.at.getTime() > 60_000;
    if (late && basis !== 'transactional') {
      const { enrollmentId, step } = { enrollmentId: this.with_.idOf(life.name), step: instruction.key };
      const asked = { ...ownerOf(life), enrollmentId, step, basis, arm: life.entry.arm, plan: gate.at, expiresAt };
      const verdict = this.contacts
        .lateDesk(zone, gate.at, this.onHold(gate))
        .ask({ ...asked, sendWindow: sendWindow ?? null });
      if (verdict.action === 'skip') return { fate: { ...skipped, reason: verdict.reason } };
      if (verdict.action === 'defer') return { again: { at: verdict.until, after: false } };
    }
    const asked = { customerId: this.customerId, orderId: life.orderId };
    if (instruction.recommend && !hasRecommendation(this.with_.facts, instruction.recommend, asked, gate)) {
      return { fate: { ...skipped, reason: 'no_recommendation' } };
    }
    return { fate: { status: 'sent', reason: null, recipient: skipped.recipient, sentAt: gate.at } };
  }

  /**
   * Whether an event had ended the enrollment before, while its mail waited at the gate. It has to be in a campaign to be
   * ended: the last mail of one that is through goes out. (No campaign here has a next step within the stop.)
   */
  private reachedGoalBy({ plan, entry, orderId, status }: Life, { at }: Moment): boolean {
    const goal = plan.program.goal;
    if (!goal?.exit || status !== 'active') return false;
    const subject = { enteredAt: entry.at, triggerOrderId: orderId };
    return this.events.some((event) => event.handledAt < at && reachesGoal(goal, subject, event));
  }

  private gateMoment(moment: Moment): Moment | undefined {
    const stops = this.with_.facts.facts.actions.filter(({ action }) => action === 'settings.sending');
    const before = stops.findLast(({ at }) => at < moment.at || (moment.after && at.getTime() === moment.at.getTime()));
    if (!before?.after?.paused) return moment;
    const resumed = stops.find(({ at, after }) => at > before.at && after?.paused === false);
    return resumed && { at: resumed.at, after: true };
  }

  private act(campaign: PlannedCampaign, { action, at }: KnownAction): void {
    for (const life of this.lives) {
      if (life.campaign !== campaign || life.status !== 'active') continue;
      if (action === 'campaign.archive') this.finish(life, 'archived', at);
      if (action === 'campaign.pause') life.dueAt = null;
      if (action === 'campaign.resume' && life.nextRunAt) {
        life.dueAt = resumeAt(this.with_.idOf(life.name), life.waitingSince ?? life.nextRunAt, at);
      }
    }
  }

  private finish(life: Life, reason: ExitReason, at: Date): void {
    const { status, exitReason } = end({ ...BOTH_ARMS_KEEP, ...life, arm: life.entry.arm }, reason);
    Object.assign(life, { status, exitReason, nextRunAt: null, dueAt: null, endedAt: at });
  }
}

/** Events that the engine takes together: those of one instant, what the clock brought apart from what was reported. */
function batchesOf(events: readonly KnownEvent[]): Array<{ moment: Moment; list: KnownEvent[] }> {
  const batches = new Map<string, { moment: Moment; list: KnownEvent[] }>();
  for (const event of events) {
    const moment = { at: event.handledAt, after: event.properties.cause !== 'time' };
    const key = `${moment.at.getTime()} ${moment.after}`;
    const batch = batches.get(key) ?? { moment, list: [] };
    batch.list.push(event);
    batches.set(key, batch);
  }
  return [...batches.values()];
}

function inOrder(a: Happening, b: Happening): number {
  return a.at.getTime() - b.at.getTime() || a.rank - b.rank;
}
