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

export type Trigger =
  { on: 'event'; event: string } | { on: 'order' } | { on: 'segment'; segment: string } | { on: 'manual' };

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
}

export interface WaitStep {
  kind: 'wait';
  for?: string;
  at?: string;
}

export interface ExitStep {
  kind: 'exit';
}

export type Step = EmailStep | WaitStep | ExitStep;

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
  holdout: number;
  holdoutGroup?: string;
  measure?: Measure;
  priority: number;
  maxLateness: string;
  sender?: Sender;
  utm?: Utm;
  steps: Step[];
}

export type CampaignStatus = 'draft' | 'active' | 'paused' | 'archived';

/**
 * One instruction of a compiled program. `path` is stable: where the step stands in the definition (`steps[2]`). A new
 * kind must not compile until every switch handles it.
 */
export type Instruction =
  | { op: 'email'; path: string; key: string; templateId: string; recommend?: Recommend }
  | { op: 'wait'; path: string; for: Duration | null; at: string | null }
  | { op: 'exit'; path: string };

/** What the engine runs: the flat form of a definition's steps and what it needs to know beside them. */
export interface Program {
  instructions: Instruction[];
  basis: Basis;
  /** `maxLateness` as a duration; a step later than its plan by more is skipped. */
  maxLateness: Duration;
  goal: ProgramGoal | null;
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

/**
 * The type of customer event that starts a campaign; null for those started by hand. `order.placed` means, as in goals,
 * that an order first counts; `subscribed` is entered by consenting.
 */
export function triggerEventType(trigger: Trigger): string | null {
  switch (trigger.on) {
    case 'event':
      return eventMeant(trigger.event);
    case 'order':
      return 'order.counted';
    case 'segment':
      return trigger.segment === 'subscribed' ? 'consent.subscribed' : 'segment.entered';
    case 'manual':
      return null;
    default:
      return trigger satisfies never;
  }
}

/** The recorded event that a definition's event name means: `order.placed` is an order that first counts. */
export function eventMeant(event: string): string {
  return event === 'order.placed' ? 'order.counted' : event;
}
