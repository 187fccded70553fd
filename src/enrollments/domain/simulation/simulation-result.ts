import { addDays, localDate } from '../../../kernel/local-time';
import { type Reason } from '../../../kernel/reasons';
import { type SimulatedCampaign } from './simulated-campaign';
import { type CampaignCollision, type HeldCount, type StepCount, type Tally } from './tally';
import { type SampleTimeline } from './timeline-sample';

export type ReasonCounts = Partial<Record<Reason, number>>;

/** What one version of a campaign would have done in a period. Days are calendar days of the store. */
export interface SimulationOutcome {
  campaign: string;
  version: number;
  entered: number;
  /** Of those who entered, the control. */
  heldOut: number;
  messages: {
    /** Mails that would have gone out: those of the treatment. */
    total: number;
    perDay: Array<{ date: string; messages: number }>;
    /** The e-mail steps in their order. */
    perStep: Array<{ step: string } & StepCount>;
  };
  /** Refusals at entry. */
  refused: ReasonCounts;
  /** How enrollments ended: `completed`, or the reason of an exit; `active`: under way when the period ended. */
  ended: Record<string, number>;
  /** Which way steps that choose went. */
  decisions: Array<{ step: string; kind: string; outcomes: Record<string, number> }>;
  collisions: {
    /** Mails put off or given up by the contact policy, by what held them back. */
    contactPolicy: Partial<Record<Reason, HeldCount>>;
    /** The other campaigns that wanted the same people. */
    campaigns: Array<{ campaign: string } & CampaignCollision>;
  };
  /** Decisions that looked at what people did with mails; `assumed`: where a mail existed in the simulation alone. */
  engagement: { decisions: number; assumed: number };
  /** Of those decisions the ones that hung on an assumption: what nobody was sent nobody opened. */
  assumedEngagement: number;
  sample: SampleTimeline[];
}

/** What one outcome has more than another. */
export interface SimulationDifference {
  entered: number;
  heldOut: number;
  messages: {
    total: number;
    /** Days on which they differ. */
    perDay: Array<{ date: string; messages: number }>;
    /** Steps of either, by key. */
    perStep: Array<{ step: string; messages: number }>;
  };
  refused: ReasonCounts;
  /** People by their mails: the same steps at the same times, others, or mails in one of the two only. */
  customers: { same: number; different: number; onlyHere: number; onlyThere: number };
}

/** The period and the zone of its days. */
export interface Period {
  from: Date;
  to: Date;
  zone: string;
}

/** The counts as they are shown. */
export function outcomeOf(
  subject: SimulatedCampaign,
  tally: Tally,
  period: Period,
  nameOf: (campaignId: string) => string,
): SimulationOutcome {
  const keys = subject.program.instructions.flatMap((one) => (one.op === 'email' ? [one.key] : []));
  const none: StepCount = { messages: 0, heldOut: 0, deferred: 0, skipped: {} };
  return {
    campaign: subject.key,
    version: subject.version,
    entered: tally.entered,
    heldOut: tally.heldOut,
    messages: {
      total: tally.messages,
      perDay: daysOf(period).map((date) => ({ date, messages: tally.perDay.get(date) ?? 0 })),
      perStep: keys.map((step) => ({ step, ...(tally.perStep.get(step) ?? none) })),
    },
    refused: Object.fromEntries(tally.refused),
    ended: Object.fromEntries(tally.ended),
    decisions: [...tally.outcomes].map(([key, counts]) => {
      const [step = '', kind = ''] = key.split(' ');
      return { step, kind, outcomes: Object.fromEntries(counts) };
    }),
    collisions: {
      contactPolicy: Object.fromEntries(tally.policy),
      campaigns: [...tally.collisions].map(([id, counts]) => ({ campaign: nameOf(id), ...counts })),
    },
    engagement: { ...tally.engagement },
    assumedEngagement: tally.engagement.assumed,
    sample: tally.sample.timelines(),
  };
}

/** What `here` has more than `there`. */
export function differenceOf(
  here: SimulationOutcome,
  there: SimulationOutcome,
  mailed: { here: ReadonlyMap<string, string>; there: ReadonlyMap<string, string> },
): SimulationDifference {
  const perDay = here.messages.perDay.map(({ date, messages }, i) => ({
    date,
    messages: messages - (there.messages.perDay[i]?.messages ?? 0),
  }));
  return {
    entered: here.entered - there.entered,
    heldOut: here.heldOut - there.heldOut,
    messages: {
      total: here.messages.total - there.messages.total,
      perDay: perDay.filter(({ messages }) => messages !== 0),
      perStep: stepsOf(here, there),
    },
    refused: refusedOf(here, there),
    customers: customersOf(mailed.here, mailed.there),
  };
}

function stepsOf(here: SimulationOutcome, there: SimulationOutcome): Array<{ step: string; messages: number }> {
  const count = ({ messages }: SimulationOutcome, step: string): number =>
    messages.perStep.find((one) => one.step === step)?.messages ?? 0;
  const steps = new Set([...here.messages.perStep, ...there.messages.perStep].map(({ step }) => step));
  return [...steps].map((step) => ({ step, messages: count(here, step) - count(there, step) }));
}

function refusedOf(here: SimulationOutcome, there: SimulationOutcome): ReasonCounts {
  const reasons = [...new Set([...Object.keys(here.refused), ...Object.keys(there.refused)])] as Reason[];
  return Object.fromEntries(
    reasons.map((reason) => [reason, (here.refused[reason] ?? 0) - (there.refused[reason] ?? 0)]),
  );
}

function customersOf(
  here: ReadonlyMap<string, string>,
  there: ReadonlyMap<string, string>,
): SimulationDifference['customers'] {
  const counts = { same: 0, different: 0, onlyHere: 0, onlyThere: 0 };
  for (const [customerId, mails] of here) {
    const other = there.get(customerId);
    if (other === undefined) counts.onlyHere++;
    else if (other === mails) counts.same++;
    else counts.different++;
  }
  for (const customerId of there.keys()) if (!here.has(customerId)) counts.onlyThere++;
  return counts;
}

function daysOf({ from, to, zone }: Period): string[] {
  const days: string[] = [];
  const last = localDate(new Date(to.getTime() - 1), zone);
  for (let date = localDate(from, zone); date <= last; date = addDays(date, 1)) days.push(date);
  return days;
}
