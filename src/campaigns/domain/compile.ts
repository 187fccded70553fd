import { type Duration, parseDuration, windowMs } from '../../kernel/duration';
import {
  type AudienceCondition,
  type BranchStep,
  type CampaignDefinition,
  type EmailStep,
  eventMeant,
  type Instruction,
  type Program,
  type ProgramArm,
  type ProgramGoal,
  type SplitStep,
  type Step,
  type WaitForStep,
} from '../campaign.types';

/** From what a definition names (key or id) to ids, so that what is named may be renamed later. */
interface Named {
  templates: ReadonlyMap<string, string>;
  campaigns: ReadonlyMap<string, string>;
  surveys: ReadonlyMap<string, string>;
  couponPools: ReadonlyMap<string, string>;
}

/**
 * Compiles a valid definition into the flat program that the engine runs: nested steps become instructions with jumps,
 * and every jump goes forward, so that no program can loop.
 * @throws Error when the definition was not validated before.
 */
export function compile(
  definition: CampaignDefinition,
  templates: ReadonlyMap<string, string>,
  campaigns: ReadonlyMap<string, string> = new Map(),
  surveys: ReadonlyMap<string, string> = new Map(),
  couponPools: ReadonlyMap<string, string> = new Map(),
): Program {
  const emitter = new Emitter({ templates, campaigns, surveys, couponPools });
  emitter.steps(definition.steps, 'steps');
  const exitWhen = definition.exitWhen === undefined ? undefined : emitter.condition(definition.exitWhen);
  const { instructions, conditions } = emitter;
  assertForward(instructions);
  return {
    instructions,
    basis: definition.basis,
    ...(definition.topic === undefined ? {} : { topic: definition.topic }),
    maxLateness: durationOf(definition.maxLateness, 'maxLateness'),
    goal: goalOf(definition),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(exitWhen === undefined ? {} : { exitWhen }),
    ...(definition.sendWindow ? { sendWindow: definition.sendWindow } : {}),
  };
}

function goalOf({ goal }: CampaignDefinition): ProgramGoal | null {
  if (!goal) return null;
  const within = goal.within === undefined ? undefined : parseDuration(goal.within);
  return { eventType: eventMeant(goal.event), withinMs: (within && windowMs(within)) ?? null, exit: goal.exit };
}

/** Where a jump goes is known only when what it jumps over has been emitted; until then its target is its own place. */
class Emitter {
  readonly instructions: Instruction[] = [];
  readonly conditions: AudienceCondition[] = [];

  constructor(private readonly named: Named) {}

  steps(steps: readonly Step[], path: string): void {
    for (const [index, step] of steps.entries()) this.step(step, `${path}[${index}]`);
  }

  condition(condition: AudienceCondition): number {
    return this.conditions.push(condition) - 1;
  }

  private step(step: Step, path: string): void {
    switch (step.kind) {
      case 'email':
        return this.email(step, path);
      case 'wait':
        return this.add({
          op: 'wait',
          path,
          for: step.for === undefined ? null : durationOf(step.for, path, true),
          at: step.at ?? null,
          ...(step.days ? { days: step.days } : {}),
          ...(step.until ? { until: step.until } : {}),
          ...(step.fallback ? { fallback: step.fallback } : {}),
        });
      case 'waitFor':
        return this.waitFor(step, path);
      case 'branch':
        return this.branch(step, path);
      case 'split':
        return this.split(step, path);
      case 'tag':
        return this.add({ op: 'tag', path, add: step.add ?? [], remove: step.remove ?? [] });
      case 'webhook':
        return this.add({ op: 'webhook', path, url: step.url });
      case 'enroll':
        return this.add({
          op: 'enroll',
          path,
          campaignId: idOf(this.named.campaigns, step.campaign, path),
        });
      case 'exit':
        return this.add({ op: 'exit', path });
      default:
        return step satisfies never;
    }
  }

  private email(step: EmailStep, path: string): void {
    this.add({
      op: 'email',
      path,
      key: step.key,
      templateId: idOf(this.named.templates, step.template, path),
      ...(step.recommend ? { recommend: step.recommend } : {}),
      ...(step.survey === undefined ? {} : { surveyId: idOf(this.named.surveys, step.survey, path) }),
      ...(step.coupon === undefined ? {} : { couponPoolId: idOf(this.named.couponPools, step.coupon, path) }),
      ...(step.maxLateness === undefined ? {} : { maxLateness: durationOf(step.maxLateness, path) }),
    });
  }

  private waitFor(step: WaitForStep, path: string): void {
    const waits: Instruction = {
      op: 'waitFor',
      path,
      eventType: eventMeant(step.event),
      within: durationOf(step.within, path),
      orElse: 0,
    };
    this.add(waits);
    waits.orElse = this.twoWays(step, path);
  }

  private branch(step: BranchStep, path: string): void {
    const asks: Instruction = { op: 'jumpUnless', path, condition: this.condition(step.if), to: 0 };
    this.add(asks);
    asks.to = this.twoWays(step, path);
  }

  /** Emits `then`, a jump over `else`, and `else`; returns where `else` begins. */
  private twoWays(step: { then?: readonly Step[]; else?: readonly Step[] }, path: string): number {
    this.steps(step.then ?? [], `${path}.then`);
    if (!step.else?.length) return this.here;
    const leave = this.leave(path);
    const orElse = this.here;
    this.steps(step.else, `${path}.else`);
    leave(this.here);
    return orElse;
  }

  private split(step: SplitStep, path: string): void {
    const total = step.arms.reduce((sum, arm) => sum + arm.weight, 0);
    const arms: ProgramArm[] = [];
    this.add({ op: 'split', path, key: step.key, arms });
    const leaving: Array<(to: number) => void> = [];
    let weights = 0;
    for (const [index, arm] of step.arms.entries()) {
      weights += arm.weight;
      const last = index === step.arms.length - 1;
      arms.push({ name: arm.name, upTo: last ? 1 : weights / total, to: this.here });
      this.steps(arm.steps, `${path}.arms[${index}].steps`);
      if (!last) leaving.push(this.leave(path));
    }
    for (const leave of leaving) leave(this.here);
  }

  /** A jump to a place that is told later. */
  private leave(path: string): (to: number) => void {
    const jump: Instruction = { op: 'jump', path, to: 0 };
    this.add(jump);
    return (to) => {
      jump.to = to;
    };
  }

  private get here(): number {
    return this.instructions.length;
  }

  private add(instruction: Instruction): void {
    this.instructions.push(instruction);
  }
}

/** Loops are impossible by construction; this is the proof at the end of every compilation. */
function assertForward(instructions: readonly Instruction[]): void {
  for (const [position, instruction] of instructions.entries()) {
    for (const to of targetsOf(instruction)) {
      if (to <= position || to > instructions.length)
        throw new Error(`${instruction.path} jumps from ${position} to ${to}`);
    }
  }
}

/** Where an instruction may go beside the next one. */
export function targetsOf(instruction: Instruction): number[] {
  switch (instruction.op) {
    case 'waitFor':
      return [instruction.orElse];
    case 'jumpUnless':
    case 'jump':
      return [instruction.to];
    case 'split':
      return instruction.arms.map((arm) => arm.to);
    case 'email':
    case 'wait':
    case 'tag':
    case 'webhook':
    case 'enroll':
    case 'exit':
      return [];
    default:
      return instruction satisfies never;
  }
}

function idOf(ids: ReadonlyMap<string, string>, ref: string, path: string): string {
  const id = ids.get(ref);
  if (id === undefined) throw new Error(`${path}: ${ref} was not looked up`);
  return id;
}

function durationOf(text: string, path: string, allowZero = false): Duration {
  const duration = parseDuration(text, allowZero);
  if (!duration) throw new Error(`${path}: the duration was not validated`);
  return duration;
}
