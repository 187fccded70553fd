import { type Reason } from '../../../kernel/reasons';
import { localDate } from '../../../kernel/local-time';
import { type SimulatedCampaign } from './simulated-campaign';
import { TimelineSample } from './timeline-sample';
import { type LifeSeen, type MailSeen, type RefusalSeen, type VerdictSeen, type WalkListener } from './walk.types';

/** How often something was put off, and how often given up. */
export interface HeldCount {
  deferred: number;
  skipped: number;
}

/** What came of one e-mail step. */
export interface StepCount {
  messages: number;
  heldOut: number;
  deferred: number;
  skipped: Partial<Record<Reason, number>>;
}

/** The mails that two campaigns kept from each other. */
export interface CampaignCollision {
  /** Mails of the simulated campaign that waited or were given up because of mails of this one. */
  heldBackBy: number;
  /** The other way round. */
  heldBack: number;
}

/** Counts what a simulation does, for the campaign that it is about. */
export class Tally implements WalkListener {
  entered = 0;
  heldOut = 0;
  readonly refused = new Map<Reason, number>();
  readonly perDay = new Map<string, number>();
  readonly perStep = new Map<string, StepCount>();
  /** By step, kind and outcome: which way branches, splits and waits went. */
  readonly outcomes = new Map<string, Map<string, number>>();
  readonly ended = new Map<string, number>();
  readonly policy = new Map<Reason, HeldCount>();
  readonly collisions = new Map<string, CampaignCollision>();
  readonly engagement = { decisions: 0, assumed: 0 };
  /** By customer: the steps mailed, for telling two versions apart by person; empty where there is only one. */
  readonly mailed = new Map<string, string>();
  readonly sample: TimelineSample;
  /** Of enrollments that are being lived through. */
  private readonly noted = new Map<LifeSeen, Set<string>>();

  constructor(
    private readonly subject: SimulatedCampaign,
    private readonly zone: string,
    sampleSize: number,
    private readonly byPerson: boolean,
  ) {
    this.sample = new TimelineSample(sampleSize);
  }

  enteredBy(life: LifeSeen): boolean {
    if (!this.isOurs(life)) return false;
    this.entered++;
    if (life.arm === 'holdout') this.heldOut++;
    return this.sample.entered(life);
  }

  refusedEntry(refusal: RefusalSeen): void {
    if (refusal.campaign !== this.subject) return;
    add(this.refused, refusal.reason);
    this.sample.refused(refusal);
  }

  mail(life: LifeSeen, { step, at, status, reason }: MailSeen): void {
    if (!this.isOurs(life)) return;
    const count = this.step(step);
    if (status === 'held_out') count.heldOut++;
    else if (status === 'skipped') count.skipped[reason] = (count.skipped[reason] ?? 0) + 1;
    else {
      count.messages++;
      add(this.perDay, localDate(new Date(at), this.zone));
      if (!this.byPerson) return;
      this.mailed.set(life.customerId, `${this.mailed.get(life.customerId) ?? ''}${step} ${at};`);
    }
  }

  decided(life: LifeSeen, step: string, kind: string, outcome: string): void {
    if (!this.isOurs(life)) return;
    const key = `${step} ${kind}`;
    const known = this.outcomes.get(key) ?? new Map<string, number>();
    add(known, outcome);
    this.outcomes.set(key, known);
  }

  /** Counts a mail once for each reason that held it back, however often it was asked about. */
  heldBack(life: LifeSeen, { step, reason, action, rivals }: VerdictSeen): void {
    if (this.isOurs(life)) {
      if (this.isNew(life, `${step} ${reason} ${action}`)) {
        const count = this.policy.get(reason) ?? { deferred: 0, skipped: 0 };
        count[action === 'defer' ? 'deferred' : 'skipped']++;
        this.policy.set(reason, count);
        if (action === 'defer') this.step(step).deferred++;
      }
      for (const rival of rivals) {
        if (rival !== this.subject.campaignId && this.isNew(life, `${step} by ${rival}`))
          this.collision(rival).heldBackBy++;
      }
    } else if (rivals.includes(this.subject.campaignId) && this.isNew(life, `${step} by us`)) {
      this.collision(life.campaign.campaignId).heldBack++;
    }
  }

  askedEngagement(campaign: SimulatedCampaign, assumed: boolean): void {
    if (campaign !== this.subject) return;
    this.engagement.decisions++;
    if (assumed) this.engagement.assumed++;
  }

  finished(life: LifeSeen, how: string): void {
    this.noted.delete(life);
    if (this.isOurs(life)) add(this.ended, how);
  }

  get messages(): number {
    return [...this.perDay.values()].reduce((sum, n) => sum + n, 0);
  }

  private step(name: string): StepCount {
    let count = this.perStep.get(name);
    if (!count) this.perStep.set(name, (count = { messages: 0, heldOut: 0, deferred: 0, skipped: {} }));
    return count;
  }

  private collision(campaignId: string): CampaignCollision {
    let count = this.collisions.get(campaignId);
    if (!count) this.collisions.set(campaignId, (count = { heldBackBy: 0, heldBack: 0 }));
    return count;
  }

  private isNew(life: LifeSeen, what: string): boolean {
    let noted = this.noted.get(life);
    if (!noted) this.noted.set(life, (noted = new Set()));
    if (noted.has(what)) return false;
    noted.add(what);
    return true;
  }

  private isOurs({ campaign }: LifeSeen): boolean {
    return campaign === this.subject;
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
