import { type Duration } from '../kernel/duration';

export const PURPOSES = [
  'welcome',
  'onboarding',
  'reactivation',
  'cross_sell',
  'feedback',
  'replenishment',
  'loyalty',
  'announcement',
  'transactional',
  'custom',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Whom we may write to: who consented; or also buyers who never objected; or anybody, about their own business. */
export const BASES = ['consent', 'soft_opt_in', 'transactional'] as const;
export type Basis = (typeof BASES)[number];

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** When mails may go: on these days (absent: all), from `from` up to but without `to`; `to` before `from`: over midnight. */
export interface SendWindow {
  days?: Weekday[];
  from: string;
  to: string;
  /** `customer` (else the store's) or an IANA zone. */
  timezone: string;
}

export type Trigger =
  | { on: 'event'; event: string }
  | { on: 'order' }
  /** Who enters a segment, or leaves it. `segment`: its key or id. */
  | { on: 'segment'; segment: string; when?: 'enters' | 'leaves' }
  /** The members of a segment, again and again, at the times of a cron line in a zone. */
  | { on: 'schedule'; cron: string; timezone: string; segment: string }
  /** The members of a segment, once: `at` is a local time without offset, in one zone or in each customer's own. */
  | { on: 'date'; at: string; timezone: string; segment: string }
  /** Each customer, every year on the day of a date that is known of them, at a local time of theirs. */
  | { on: 'anniversary'; field: string; at: string }
  | { on: 'manual' };

/** How often a customer may enter (counted per customer), and what an active enrollment is unique by beside them. */
export interface EntryRule {
  limit: 'once' | 'unlimited' | { every: string };
  key?: 'order';
}

export interface Goal {
  event: string;
  /** Exact window after entry (a day is 24 h); absent: no end. */
  within?: string;
  /** Whether reaching it ends the enrollment. */
  exit: boolean;
}

/** How the lift is read; fixed at activation. */
export interface Measure {
  window?: string;
  metric?: 'repurchase' | 'revenue';
  minimumEffect?: number;
  plannedCustomers?: number;
  readAt?: string;
}

export interface Sender {
  name: string;
  address: string;
  replyTo?: string;
}

/** `true`: source `ritorno`, medium `email`, campaign the campaign's key. */
export type Utm = true | { source: string; medium: string; campaign: string };

export interface Recommend {
  strategy: 'bought_together' | 'bestsellers';
  limit: number;
  fallback: 'bestsellers' | 'skip';
}

export interface EmailStep {
  kind: 'email';
  key: string;
  /** Key or id of the template. */
  template: string;
  recommend?: Recommend;
  /** Key or id of the survey that the mail asks. */
  survey?: string;
  /** Key or id of the pool of which each recipient gets a code. */
  coupon?: string;
  /** Instead of the campaign's. */
  maxLateness?: string;
}

export interface WaitStep {
  kind: 'wait';
  for?: string;
  /** Until what the order brought is typically needed again; instead of `for`. */
  until?: 'replenish';
  /** Where no such time is known of any product of the order: the shop's own between orders (default), or the end. */
  fallback?: 'shop' | 'exit';
  at?: string;
  days?: Weekday[];
}

/** Waits for an event at most so long: `then` when it came, `else` when it did not; both go on behind the step. */
export interface WaitForStep {
  kind: 'waitFor';
  event: string;
  within: string;
  then?: Step[];
  else?: Step[];
}

export interface BranchStep {
  kind: 'branch';
  if: AudienceCondition;
  then: Step[];
  else?: Step[];
}

export interface SplitArm {
  name: string;
  /** Positive; the share is the weight over the sum of the weights. */
  weight: number;
  steps: Step[];
}

/** Sends each customer one of several ways, by hash: sticky and the same in simulation. */
export interface SplitStep {
  kind: 'split';
  key: string;
  arms: SplitArm[];
}

export interface TagStep {
  kind: 'tag';
  add?: string[];
  remove?: string[];
}

export interface WebhookStep {
  kind: 'webhook';
  url: string;
}

/** Hands the customer over to another campaign (key or id) by that campaign's own rules; this one goes on. */
export interface EnrollStep {
  kind: 'enroll';
  campaign: string;
}

export interface ExitStep {
  kind: 'exit';
}

export type Step =
  EmailStep | WaitStep | WaitForStep | BranchStep | SplitStep | TagStep | WebhookStep | EnrollStep | ExitStep;

/** A condition of `api.md` 5; its grammar belongs to segments. */
export type AudienceCondition = Record<string, unknown>;

/** A definition as it is stored and shown: valid, with its defaults filled in. */
export interface CampaignDefinition {
  key: string;
  name: string;
  purpose: Purpose;
  basis: Basis;
  trigger: Trigger;
  audience?: AudienceCondition;
  entry: EntryRule;
  goal?: Goal;
  exitWhen?: AudienceCondition;
  holdout: number;
  holdoutGroup?: string;
  measure?: Measure;
  priority: number;
  sendWindow?: SendWindow;
  maxLateness: string;
  /** What its mails are about: people switch topics off one by one. */
  topic?: string;
  sender?: Sender;
  utm?: Utm;
  steps: Step[];
}

export type CampaignStatus = 'draft' | 'active' | 'paused' | 'archived';

/**
 * One instruction of a compiled program. `path` is stable: where the step stands in the definition
 * (`steps[2].then[0]`, `steps[3].arms[1].steps[0]`). Every target of a jump is greater than the instruction's own
 * position, so no program can loop. A new kind must not compile until every switch handles it.
 */
export type Instruction =
  | {
      op: 'email';
      path: string;
      key: string;
      templateId: string;
      recommend?: Recommend;
      surveyId?: string;
      couponPoolId?: string;
      maxLateness?: Duration;
    }
  | {
      op: 'wait';
      path: string;
      for: Duration | null;
      at: string | null;
      days?: Weekday[] | null;
      until?: 'replenish';
      fallback?: 'shop' | 'exit';
    }
  /** The event came: the next instruction; it did not: `orElse`. `eventType` is the recorded type ({@link eventMeant}). */
  | { op: 'waitFor'; path: string; eventType: string; within: Duration; orElse: number }
  /** `condition`, an index into the program's conditions, holds: the next instruction; else `to`. */
  | { op: 'jumpUnless'; path: string; condition: number; to: number }
  | { op: 'jump'; path: string; to: number }
  /** `upTo`: cumulative share of 1; the first arm whose `upTo` exceeds the draw is taken. */
  | { op: 'split'; path: string; key: string; arms: ProgramArm[] }
  | { op: 'tag'; path: string; add: string[]; remove: string[] }
  | { op: 'webhook'; path: string; url: string }
  | { op: 'enroll'; path: string; campaignId: string }
  | { op: 'exit'; path: string };

export interface ProgramArm {
  name: string;
  upTo: number;
  to: number;
}

/**
 * What the engine runs: the flat form of a definition's steps and what it needs to know beside them. Programs stored by
 * earlier versions lack the optional fields.
 */
export interface Program {
  instructions: Instruction[];
  basis: Basis;
  /** What its mails are about. */
  topic?: string;
  /** `maxLateness` as a duration; a step later than its plan by more is skipped. */
  maxLateness: Duration;
  goal: ProgramGoal | null;
  /** Conditions that instructions and `exitWhen` name by index. */
  conditions?: AudienceCondition[];
  /** Index of the condition that ends an enrollment before any step that does something. */
  exitWhen?: number;
  sendWindow?: SendWindow;
}

export interface ProgramGoal {
  /** The recorded type of event that reaches it. */
  eventType: string;
  /** Exact window after entry in ms; null: no end. */
  withinMs: number | null;
  exit: boolean;
}

/** The name by which a step is known in messages and answers: an e-mail by its key, everything else by its path. */
export function stepName(instruction: Instruction): string {
  return instruction.op === 'email' ? instruction.key : instruction.path;
}

/** The instruction that comes next at a position, seen through jumps, which take no time; undefined behind the last. */
export function instructionAt(program: Program, position: number): Instruction | undefined {
  const instruction = program.instructions[position];
  return instruction?.op === 'jump' ? instructionAt(program, instruction.to) : instruction;
}

/**
 * The type of customer event that starts a campaign; null for those started by hand or by the clock. `order.placed`
 * means, as in goals, that an order first counts; `subscribed` is entered by consenting.
 */
export function triggerEventType(trigger: Trigger): string | null {
  switch (trigger.on) {
    case 'event':
      return eventMeant(trigger.event);
    case 'order':
      return 'order.counted';
    case 'segment':
      if (trigger.when === 'leaves') return 'segment.left';
      return trigger.segment === 'subscribed' ? 'consent.subscribed' : 'segment.entered';
    case 'schedule':
    case 'date':
    case 'anniversary':
    case 'manual':
      return null;
    default:
      return trigger satisfies never;
  }
}

/** Events that are about one order. */
const ORDER_EVENTS: ReadonlySet<string> = new Set(['order.placed', 'order.fulfilled', 'order.delivered']);

/** Whether a trigger is about one order, which its enrollments then carry. */
export function isAboutAnOrder(trigger: Trigger): boolean {
  return trigger.on === 'order' || (trigger.on === 'event' && ORDER_EVENTS.has(trigger.event));
}

/** The recorded event that a definition's event name means: `order.placed` is an order that first counts. */
export function eventMeant(event: string): string {
  return event === 'order.placed' ? 'order.counted' : event;
}
