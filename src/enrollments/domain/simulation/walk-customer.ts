import { type HappeningsInstead } from '../../../segments/segment-conditions';
import { stepName } from '../../../campaigns/campaign.types';
import { subtractDuration } from '../../../kernel/duration';
import { type Reason } from '../../../kernel/reasons';
import { splitDraw } from '../../../kernel/hash';
import { advance, type Advanced, end, type StepContact } from '../advance';
import { ContactDesk, type ContactVerdict, type Hold, type PastContact } from '../contact-policy';
import { decideEntry } from '../decide-entry';
import { globalHoldoutValues, isGloballyHeldOut } from '../global-holdout';
import { entryKeyOf, isAwaitedBy, isOfOwnOrder, orderOf, reachesGoal, startsCampaign } from '../match-events';
import { type OwnCap, ownCapOf } from '../own-cap';
import { silence } from '../sunset';
import { CampaignPast } from './campaign-past';
import { type CustomerPast, type Holds, type PastMail, type WalkRules } from './customer-past';
import { countsAt } from './known-orders';
import { type Door, inOrderOfEntry, Life } from './life';
import { type Signal } from './signals';
import { type SimulatedCampaign } from './simulated-campaign';
import { type MailSeen, type WalkListener } from './walk.types';

/** Contacts are kept so much longer than the cap looks back: months differ in length, and clocks change. */
const LONGEST_OWN = ownCapOf({ frequency: { value: 'monthly', at: '' } })?.per ?? null;
const SPARE_MS = 4 * 86_400_000;

/** Kinds of decisions of which it is counted how they went. */
const CHOOSING: ReadonlySet<string> = new Set(['branch', 'split', 'wait', 'waitFor']);

/**
 * Lives through a period once more for one customer, by the rules of the engine and on a clock of its own: what happened
 * is met in its order, what comes due is advanced at its instant. Customers are independent of each other (the arbiter is
 * per person), so any number of them can be walked one by one, in any order.
 *
 * At one instant what the clock brought comes first, then what is due, then what was told.
 */
export class CustomerWalk {
  private readonly lives: Life[] = [];
  /** Of these, those under way. */
  private active: Life[] = [];
  private readonly inCampaigns = new Map<SimulatedCampaign, CampaignPast>();
  private contacts: PastContact[];
  private readonly sent: PastMail[];
  /** The simulation has sent this person a mail that the live engine has not. */
  private beyondRecords = false;
  private at = 0;
  /** As of when facts are read: what was told at the very instant at which a step is due came after it. */
  private asOf = 0;

  constructor(
    private readonly rules: WalkRules,
    private readonly past: CustomerPast,
    private readonly listener: WalkListener,
  ) {
    this.contacts = [...past.contacts];
    this.sent = past.contacts.map((mail) => ({ ...mail, at: mail.at.getTime() }));
  }

  run(): void {
    const { signals } = this.past;
    for (let next = 0; ;) {
      const signal = signals[next];
      // What is due in the past (after an event that was told late) is done now.
      const due = Math.max(this.nextDue(), this.at);
      const told = signal?.at ?? Infinity;
      const at = Math.min(due, told);
      if (at >= this.rules.until) break;
      if (at !== this.at) this.asOf = this.rules.before(at);
      this.at = at;
      if (signal && (told < due || (told === due && signal.byClock))) {
        const end = batchEnd(signals, next);
        this.asOf = at;
        this.happen(signals.slice(next, end));
        next = end;
      } else this.work();
    }
    for (const life of this.lives) this.listener.finished(life, life.exitReason ?? life.status);
  }

  private nextDue(): number {
    let least = Infinity;
    for (const { dueAt } of this.active) if (dueAt < least) least = dueAt;
    return least;
  }

  /** Events of one instant: goals first, then ends of waits, then entries. */
  private happen(batch: readonly Signal[]): void {
    for (const life of this.active) {
      const { program } = life.campaign;
      const { goal } = program;
      if (goal && life.goalAt === null) {
        const subject = { enteredAt: new Date(life.enteredAt), triggerOrderId: life.orderId };
        const reached = batch.find(({ event }) => reachesGoal(goal, subject, event));
        if (reached) {
          life.goalAt = reached.event.occurredAt;
          if (goal.exit) this.leave(life, 'goal');
        }
      }
      if (life.status === 'active' && batch.some((signal) => life.awaits(signal.event))) life.wake(this.at);
    }
    if (!this.active.every(isActive)) this.active = this.active.filter(isActive);
    for (const signal of batch) this.start(signal);
  }

  private start(signal: Signal): void {
    if (!signal.starts) return;
    for (const campaign of this.rules.campaigns) {
      if (signal.campaignId === undefined) {
        if (!startsCampaign(campaign.definition.trigger, signal.event)) continue;
      } else if (signal.campaignId !== campaign.campaignId || !this.isMember(campaign)) continue;
      const { event } = signal;
      this.enter(campaign, {
        trigger: event.type,
        entryKey: entryKeyOf(campaign.definition.entry, event),
        orderId: orderOf(event),
      });
    }
  }

  private isMember({ conditions }: SimulatedCampaign): boolean {
    const { members } = conditions;
    if (this.at < this.past.since || this.past.person.mail(this.asOf).erased) return false;
    return members === null || this.past.is(members, new Date(this.asOf));
  }

  private enter(campaign: SimulatedCampaign, door: Door): void {
    const { definition, salt } = campaign;
    const { person, customerId } = this.past;
    const { trigger, entryKey } = door;
    const { basis, topic, entry, holdout } = definition;
    const decision = decideEntry(
      { basis, topic, entry, holdout, salt },
      {
        inAudience: this.isInAudience(campaign),
        history: this.inCampaign(campaign).at(this.at),
        mail: person.mail(this.asOf),
        zone: person.zone(this.asOf),
        globalHoldout: this.rules.globalHoldout,
      },
      customerId,
      entryKey,
      new Date(this.at),
    );
    if (!decision.enrolled) {
      const { reason, values } = decision;
      this.listener.refusedEntry({ campaign, customerId, at: this.at, trigger, reason, values });
      return;
    }
    const life = new Life(campaign, customerId, door, decision, { at: this.at, turn: this.lives.length });
    this.lives.push(life);
    this.active.push(life);
    this.inCampaign(campaign).add(life);
    life.isTold = this.listener.enteredBy(life);
  }

  /** What was recorded before the period, and what the walk has added. */
  private inCampaign(campaign: SimulatedCampaign): CampaignPast {
    let known = this.inCampaigns.get(campaign);
    if (!known) {
      known = new CampaignPast(this.past.entries.get(campaign.campaignId) ?? []);
      this.inCampaigns.set(campaign, known);
    }
    return known;
  }

  /** Advances what is due, in the order in which the engine asks the arbiter. */
  private work(): void {
    const due = this.active.filter((life) => life.dueAt <= this.at).sort(byClaim);
    let desk: ContactDesk | undefined;
    for (const life of due) this.step(life, () => (desk ??= this.desk()));
    if (!due.every(isActive)) this.active = this.active.filter(isActive);
  }

  private desk(): ContactDesk {
    const { policy } = this.rules;
    const now = new Date(this.at);
    const zone = this.past.person.zone(this.asOf);
    const { choices } = this.past.person.mail(this.asOf);
    const own = choices ? ownCapOf(choices.wishes) : null;
    const since = this.keptSince(own, now, zone);
    if (this.contacts.some(({ at }) => at.getTime() <= since))
      this.contacts = this.contacts.filter(({ at }) => at.getTime() > since);
    const facts = {
      zone,
      contacts: this.contacts.filter(({ at }) => at.getTime() <= this.at),
      own,
      onHold: this.hold(),
    };
    return new ContactDesk(policy, facts, now);
  }

  private hold(): Hold | null {
    const { onHold, silence: silent, policy } = this.rules;
    const asOf = new Date(this.asOf);
    const held = onHold === null ? null : this.past.holds(onHold, asOf);
    if (held?.holds || silent === null || !policy.sunset) return held;
    return silence(policy.sunset, this.past.holds(silent, asOf));
  }

  /** After which instant contacts are still of use; who ever asks for fewer mails is asked about a month. */
  private keptSince(own: OwnCap | null, now: Date, zone: string): number {
    const { per } = this.rules.policy;
    const periods = [per, own?.per ?? null, this.past.person.mayAskForFewer ? LONGEST_OWN : null];
    const edges = periods.flatMap((period) => (period ? [subtractDuration(now, period, zone).getTime()] : []));
    return edges.length === 0 ? Infinity : Math.min(...edges) - SPARE_MS;
  }

  private step(life: Life, desk: () => ContactDesk): void {
    const { campaign, state } = life;
    const { person, customerId } = this.past;
    const now = new Date(this.at);
    const facts = {
      mail: person.mail(this.asOf),
      zone: person.zone(this.asOf),
      goalAt: this.goalOf(life),
      holds: (condition: number) => this.asks(life, campaign.conditions.program[condition] ?? null),
      eventAt: (type: string, after: Date, until: Date) => this.eventAt(life, type, after, until),
      splitDraw: (key: string) => splitDraw(campaign.salt, key, customerId),
      contact: (request: StepContact) => this.contact(life, request, desk()),
      globalHoldout: () => this.heldOutGlobally(),
      replenishment: () => this.past.replenishment(life.orderId, this.asOf, this.at),
      lacksCoupon: (poolId: string) => this.rules.emptyPools.has(poolId),
      shown: life.isTold,
    };
    const advanced = advance(campaign.program, state, facts, now);
    life.state = advanced.enrollment;
    if (life.exitReason === 'goal') life.goalAt ??= facts.goalAt;
    this.tell(life, advanced);
    for (const { kind, instruction } of advanced.effects) {
      if (kind === 'enroll') this.handOver(life, instruction.campaignId);
    }
  }

  private heldOutGlobally(): Record<string, unknown> | null {
    const { globalHoldout: period } = this.rules;
    const { customerId } = this.past;
    return period && isGloballyHeldOut(period, customerId) ? globalHoldoutValues(period, customerId) : null;
  }

  private tell(life: Life, { decisions, effects }: Advanced): void {
    for (const { step, kind, outcome, reason, values } of decisions) {
      if (CHOOSING.has(kind)) this.listener.decided(life, step, kind, outcome);
      if (!life.isTold) continue;
      const line = { at: this.at, step, kind, outcome, values };
      life.lines.push(reason === null ? line : { ...line, reason: reason as Reason });
    }
    for (const effect of effects) {
      if (effect.kind !== 'email') continue;
      const { decision, dueAt, instruction } = effect;
      const { status } = decision;
      const reason = status === 'skipped' ? decision.reason : null;
      const mail = { step: instruction.key, at: this.at, dueAt: dueAt.getTime(), status, reason };
      this.listener.mail(life, mail as MailSeen);
      if (status !== 'queued') continue;
      const { campaignId } = life.campaign;
      this.sent.push({ campaignId, step: instruction.key, at: this.at });
      if (!this.past.mailed.has(`${campaignId} ${instruction.key}`)) this.beyondRecords = true;
    }
    if (life.status !== 'active') life.endedAt = this.at;
    if (!life.isTold) return;
    const next = life.campaign.program.instructions[life.state.position];
    life.next = next && life.status === 'active' ? { step: stepName(next), at: life.dueAt } : null;
  }

  private handOver({ orderId }: Life, campaignId: string): void {
    const campaign = this.rules.campaigns.find((one) => one.campaignId === campaignId);
    if (!campaign) return;
    const entryKey = campaign.definition.entry.key === 'order' ? (orderId ?? '') : '';
    this.enter(campaign, { trigger: 'enroll', entryKey, orderId });
  }

  /** The first order within the goal's window, told at the time or not. */
  private goalOf({ campaign, enteredAt, orderId }: Life): Date | null {
    const { goal } = campaign.program;
    if (!goal?.exit || goal.eventType !== 'order.counted') return null;
    const until = goal.withinMs === null ? Infinity : enteredAt + goal.withinMs;
    const order = this.past.orders.find(
      (one) =>
        one.placedAt > enteredAt &&
        one.placedAt <= until &&
        one.origin !== 'renewal' &&
        one.id !== orderId &&
        countsAt(one, this.asOf),
    );
    return order ? new Date(order.placedAt) : null;
  }

  /** By the event's own time and however it came; of orders those that count, renewals and the triggering one aside. */
  private eventAt({ orderId }: Life, type: string, after: Date, until: Date): Date | null {
    const [from, to] = [after.getTime(), Math.min(until.getTime(), this.at)];
    let first = Infinity;
    const look = (time: number): void => {
      if (time > from && time <= to && time < first) first = time;
    };
    if (type === 'order.counted') {
      for (const one of this.past.orders) {
        if (one.origin !== 'renewal' && one.id !== orderId && countsAt(one, this.asOf)) look(one.placedAt);
      }
    } else {
      for (const { at, event } of this.past.signals) {
        if (at > this.asOf) break;
        if (event.type !== type) continue;
        if (isOfOwnOrder(orderId, event) && event.occurredAt <= after) return after;
        if (isAwaitedBy(orderId, event)) look(event.occurredAt.getTime());
      }
    }
    return first === Infinity ? null : new Date(first);
  }

  private isInAudience(campaign: SimulatedCampaign): boolean {
    const { audience } = campaign.conditions;
    if (audience === null) return true;
    this.noteEngagement(campaign, audience);
    return this.past.is(audience, new Date(this.asOf), this.instead);
  }

  private noteEngagement(campaign: SimulatedCampaign, condition: number): void {
    if (this.rules.engagement.has(condition)) this.listener.askedEngagement(campaign, this.beyondRecords);
  }

  /** With the values where somebody is going to look at them. */
  private asks({ campaign, isTold }: Life, condition: number | null): ReturnType<Holds> {
    if (condition === null) return { holds: false, values: {} };
    this.noteEngagement(campaign, condition);
    const asOf = new Date(this.asOf);
    if (isTold) return this.past.holds(condition, asOf, this.instead);
    return { holds: this.past.is(condition, asOf, this.instead), values: {} };
  }

  /** The mails that went out are those of the simulation; what people did with them stays as it was recorded. */
  private readonly instead: HappeningsInstead = (name, { deed, campaign, step }) => {
    if (name !== 'message' || deed !== 'sent') return undefined;
    const meant = this.rules.campaigns.find((one) => one.key === campaign || one.campaignId === campaign);
    if (campaign !== undefined && !meant) return undefined;
    return this.sent
      .filter((mail) => (!meant || mail.campaignId === meant.campaignId) && (step === undefined || mail.step === step))
      .map((mail) => ({ at: new Date(mail.at), endedAt: null }));
  };

  private contact(life: Life, step: StepContact, desk: ContactDesk): ContactVerdict {
    const { campaign } = life;
    const { campaignId } = campaign;
    const { priority } = campaign.definition;
    const { basis, arm, plan, expiresAt, sendWindow } = step;
    const whose = { enrollmentId: life.id, campaignId, priority, shown: life.isTold };
    const verdict = desk.ask({ step: step.step, basis, arm, plan, expiresAt, sendWindow, ...whose });
    if (verdict.action !== 'go') {
      const { action, reason } = verdict;
      this.listener.heldBack(life, { step: step.step, action, reason, rivals: this.rivals(life, reason) });
    } else if (step.arm === 'treatment' && step.basis !== 'transactional') {
      this.contacts.push({ at: new Date(this.at), campaignId, priority });
    }
    return verdict;
  }

  /** The campaigns whose mails fill the cap. */
  private rivals({ campaign }: Life, reason: Reason): string[] {
    const { per } = this.rules.policy;
    if (per === null || (reason !== 'frequency_cap' && reason !== 'outranked')) return [];
    const since = subtractDuration(new Date(this.at), per, this.past.person.zone(this.asOf));
    const counted = this.contacts.filter(
      ({ at, campaignId }) => at > since && at.getTime() <= this.at && campaignId !== campaign.campaignId,
    );
    return [...new Set(counted.map(({ campaignId }) => campaignId))];
  }

  private leave(life: Life, reason: 'goal'): void {
    life.state = end(life.state, reason);
    life.endedAt = this.at;
    life.next = null;
    if (!life.isTold) return;
    const at = life.goalAt?.toISOString() ?? null;
    life.lines.push({ at: this.at, step: '', kind: 'goal', outcome: 'exited', values: { goalAt: at } });
  }
}

/**
 * Behind the signals that the engine takes together: those of one instant, what the clock brought apart from what was told.
 */
function batchEnd(signals: readonly Signal[], from: number): number {
  const first = signals[from];
  for (let end = from + 1; ; end++) {
    const next = signals[end];
    if (!next || next.at !== first?.at || next.byClock !== first.byClock) return end;
  }
}

function isActive({ status }: Life): boolean {
  return status === 'active';
}

/** Priority first, then the plan, then who entered first. */
function byClaim(a: Life, b: Life): number {
  const plan = (life: Life): number => life.state.nextRunAt?.getTime() ?? Infinity;
  return b.campaign.definition.priority - a.campaign.definition.priority || plan(a) - plan(b) || inOrderOfEntry(a, b);
}
