import { Injectable } from '@nestjs/common';
import { addDays, localDate, startOfDay } from '../../kernel/local-time';
import { AppConfig } from '../../platform/config/config';
import { Database, type Tx } from '../../platform/database/database';
import { type ContactPolicy } from '../domain/contact-policy';
import { type GlobalHoldout } from '../domain/global-holdout';
import { startsCampaign } from '../domain/match-events';
import { hasReplenishWait } from '../domain/program-reach';
import { listeningOf } from '../domain/simulation/build-past';
import { type Scenario, type SimulatedCampaign, subjectOf } from '../domain/simulation/simulated-campaign';
import {
  differenceOf,
  outcomeOf,
  type SimulationDifference,
  type SimulationOutcome,
} from '../domain/simulation/simulation-result';
import { Tally } from '../domain/simulation/tally';
import { type CustomerPast, type WalkRules } from '../domain/simulation/customer-past';
import { CustomerWalk } from '../domain/simulation/walk-customer';
import { type WalkListener } from '../domain/simulation/walk.types';
import { CustomerPasts } from './customer-pasts';

/** A simulation, ready to run: all that was looked up when it was asked for. Plain data. */
export interface SimulationJob {
  from: Date;
  to: Date;
  scenario: Scenario;
  /** The same with another version or campaign in its place. */
  against: Scenario | null;
  conditions: unknown[];
  /** Index of the policy's `holdMarketingWhen`. */
  onHold: number | null;
  /** Index of the condition of its sunset. */
  silence: number | null;
  /** Indexes of the conditions that look at what people did with mails. */
  engagement: number[];
  /** Ids of coupon pools whose mails are skipped: no code was left when the simulation was asked for. */
  emptyPools: string[];
  policy: ContactPolicy;
  /** The period in force, if one is. */
  globalHoldout: GlobalHoldout | null;
  /** Keys of all campaigns named, by id. */
  keys: Record<string, string>;
  sampleSize: number;
}

/** What a simulation found. Instants are ISO 8601. */
export interface SimulationResult extends SimulationOutcome {
  from: string;
  to: string;
  /** Customers whose past was looked at. */
  customers: number;
  /** Keys of the other active campaigns, which ran along. */
  alongside: string[];
  /** The same for `against`, and what it has less. */
  against?: SimulationOutcome;
  difference?: SimulationDifference;
}

/** Customers done, and how many there are. */
export interface SimulationProgress {
  done: number;
  total: number;
}

export interface SimulationOptions {
  progress?: (progress: SimulationProgress) => void;
  /** Asked between pages. */
  cancelled?: () => boolean;
  /** Is told everything besides, of the campaign and those beside it. */
  listener?: WalkListener;
}

/** Thrown where a simulation was cancelled. */
export class SimulationCancelled extends Error {
  constructor() {
    super('the simulation was cancelled');
  }
}

/** Customers read at once: their histories are in memory together. */
const PAGE = 500;

/**
 * Runs simulations: reads the past of customers page by page, walks each through the period in memory, and counts. Every
 * page is read in a read-only transaction of its own: nothing can be written, and what one page says fits together.
 */
@Injectable()
export class Simulator {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly pasts: CustomerPasts,
  ) {}

  /** @throws SimulationCancelled */
  async run(job: SimulationJob, options: SimulationOptions = {}): Promise<SimulationResult> {
    const scenarios = [job.scenario, ...(job.against ? [job.against] : [])];
    const runs = scenarios.map((scenario, i) => this.prepare(job, scenario, i === 0 ? options.listener : undefined));
    const campaigns = [
      ...new Map(scenarios.flatMap((one) => one.campaigns).map((one) => [versionOf(one), one])).values(),
    ];
    const request = {
      from: job.from,
      to: job.to,
      conditions: job.conditions,
      campaignIds: [...new Set(campaigns.map(({ campaignId }) => campaignId))],
      listening: listeningOf(campaigns),
      replenish: campaigns.some(({ program }) => hasReplenishWait(program)),
    };
    const total = await this.pasts.count(this.database);
    const reader = await this.pasts.reader(this.database, request);
    let [done, after] = [0, null as string | null];
    for (;;) {
      if (options.cancelled?.()) throw new SimulationCancelled();
      const page = await this.reading((tx) => reader.page(tx, after, PAGE));
      if (page.pasts.length === 0) break;
      for (const past of page.pasts) for (const run of runs) run.walk(past);
      done += page.pasts.length;
      after = page.last;
      options.progress?.({ done, total: Math.max(total, done) });
    }
    return this.result(job, runs, done);
  }

  private prepare(job: SimulationJob, scenario: Scenario, listener: WalkListener | undefined): ScenarioRun {
    const rules: WalkRules = {
      campaigns: (listener ? [...scenario.campaigns] : thoseThatMatter(scenario, job.policy)).sort(byId),
      policy: job.policy,
      onHold: job.onHold,
      globalHoldout: job.globalHoldout,
      silence: job.silence,
      engagement: new Set(job.engagement),
      emptyPools: new Set(job.emptyPools),
      until: job.to.getTime(),
      before: lastKnown(job, this.config.store.timezone),
    };
    return new ScenarioRun(scenario, rules, job, this.config.store.timezone, listener);
  }

  private reading<T>(read: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction(async (tx) => {
      await tx.execute('set transaction isolation level repeatable read, read only');
      return read(tx);
    });
  }

  private result(job: SimulationJob, runs: readonly ScenarioRun[], customers: number): SimulationResult {
    const [here, there] = runs.map((run) => run.outcome());
    const [mailedHere, mailedThere] = runs.map((run) => run.tally.mailed);
    if (!here || !mailedHere) throw new Error('nothing was simulated');
    const [, ...others] = job.scenario.campaigns;
    return {
      from: job.from.toISOString(),
      to: job.to.toISOString(),
      customers,
      alongside: others.map(({ key }) => key),
      ...here,
      ...(there && mailedThere
        ? { against: there, difference: differenceOf(here, there, { here: mailedHere, there: mailedThere }) }
        : {}),
    };
  }
}

/** One of the scenarios that are lived through for the same people. */
class ScenarioRun {
  readonly tally: Tally;
  private readonly subject: SimulatedCampaign;
  /** Campaigns that lead into the one asked about: it, and those that hand over. */
  private readonly doors: readonly SimulatedCampaign[];

  constructor(
    scenario: Scenario,
    private readonly rules: WalkRules,
    private readonly job: SimulationJob,
    private readonly zone: string,
    private readonly listener: WalkListener | undefined,
  ) {
    this.subject = subjectOf(scenario);
    this.tally = new Tally(this.subject, zone, job.sampleSize, job.against !== null);
    this.doors = rules.campaigns.filter(
      (one) => one === this.subject || one.program.instructions.some(({ op }) => op === 'enroll'),
    );
  }

  /** People whom nothing could bring in are left out: the campaigns beside it are counted by what they do to it. */
  walk(past: CustomerPast): void {
    const comes = past.signals.some(({ event, campaignId }) =>
      this.doors.some((door) =>
        campaignId === undefined ? startsCampaign(door.definition.trigger, event) : campaignId === door.campaignId,
      ),
    );
    if (!comes && !this.listener) return;
    new CustomerWalk(this.rules, past, this.listener ? both(this.tally, this.listener) : this.tally).run();
  }

  outcome(): SimulationOutcome {
    const { from, to, keys } = this.job;
    return outcomeOf(this.subject, this.tally, { from, to, zone: this.zone }, (id) => keys[id] ?? id);
  }
}

/**
 * The campaign that is asked about and those that can touch it: by handing people over to it, and by taking places under
 * the cap.
 */
function thoseThatMatter(scenario: Scenario, { maxMessages }: ContactPolicy): SimulatedCampaign[] {
  const subject = subjectOf(scenario);
  return scenario.campaigns.filter(
    (one) =>
      one === subject ||
      one.program.instructions.some(({ op }) => op === 'enroll') ||
      (maxMessages !== null && one.program.basis !== 'transactional'),
  );
}

function byId(a: SimulatedCampaign, b: SimulatedCampaign): number {
  return a.campaignId < b.campaignId ? -1 : 1;
}

/** Tells two listeners. */
function both(a: WalkListener, b: WalkListener): WalkListener {
  return {
    enteredBy: (life) => [a, b].map((one) => one.enteredBy(life)).includes(true),
    refusedEntry: (refusal) => [a, b].forEach((one) => one.refusedEntry(refusal)),
    mail: (life, mail) => [a, b].forEach((one) => one.mail(life, mail)),
    decided: (life, step, kind, outcome) => [a, b].forEach((one) => one.decided(life, step, kind, outcome)),
    heldBack: (life, verdict) => [a, b].forEach((one) => one.heldBack(life, verdict)),
    askedEngagement: (campaign, assumed) => [a, b].forEach((one) => one.askedEngagement(campaign, assumed)),
    finished: (life, how) => [a, b].forEach((one) => one.finished(life, how)),
  };
}

/**
 * What is told at an instant comes after what the clock brings at it. Only the stages turn with the clock itself, at the
 * store's midnight: they are what they are from then on.
 */
function lastKnown({ from, to }: SimulationJob, zone: string): (at: number) => number {
  const midnights = new Set<number>();
  const last = localDate(to, zone);
  for (let day = localDate(from, zone); day <= last; day = addDays(day, 1)) {
    midnights.add(startOfDay(day, zone).getTime());
  }
  return (at) => (midnights.has(at) ? at : at - 1);
}

function versionOf({ campaignId, version }: SimulatedCampaign): string {
  return `${campaignId} ${version}`;
}
