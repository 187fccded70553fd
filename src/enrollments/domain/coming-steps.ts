import { type Instruction, type Program, stepName } from '../../campaigns/campaign.types';
import { type Replenishment } from '../../catalog/replenishment';
import { endOfWait } from './next-run-time';
import { plannedReplenishWait, type WaitInstruction } from './replenish-wait';

/** Where an active enrollment stands. */
export interface Standing {
  position: number;
  /** The plan of the step at `position` (of a `waitFor` that holds it: when it times out). */
  nextRunAt: Date;
  /** When what its order brought is typically needed again; absent: not known. */
  replenishment?: Replenishment;
}

/** A step that lies ahead, if nothing comes in between. */
export interface ComingStep {
  /** The key of a mail, else its path. */
  step: string;
  kind: Exclude<Instruction['op'], 'wait' | 'jump' | 'jumpUnless'> | 'branch';
  /** When it is planned. */
  at: Date;
}

/**
 * The steps that lie ahead, by the plan and in the customer's zone, the one at which the enrollment stands first. The list
 * ends at the first step that decides the way (`waitFor`, `branch`, `split`), since what follows depends on it, at an
 * `exit`, at the end, at a wait of which it is not known how long it takes, or after `most`. Goals, `exitWhen` and the contact policy are asked when the time comes.
 */
export function comingSteps({ instructions }: Program, standing: Standing, zone: string, most = 5): ComingStep[] {
  const coming: ComingStep[] = [];
  let at = standing.nextRunAt;
  for (let position = standing.position; coming.length < most;) {
    const instruction = instructions[position];
    if (!instruction) break;
    switch (instruction.op) {
      case 'wait': {
        const end = endOf(instruction, standing, at, zone);
        if (!end) return coming;
        at = end;
        position++;
        break;
      }
      case 'jump':
        position = instruction.to;
        break;
      case 'email':
      case 'tag':
      case 'webhook':
      case 'enroll':
        coming.push({ step: stepName(instruction), kind: instruction.op, at });
        position++;
        break;
      case 'jumpUnless':
        return [...coming, { step: stepName(instruction), kind: 'branch', at }];
      case 'waitFor':
      case 'split':
      case 'exit':
        return [...coming, { step: stepName(instruction), kind: instruction.op, at }];
      default:
        instruction satisfies never;
    }
  }
  return coming;
}

/** Null: the enrollment ends there, or nothing is known of when. */
function endOf(wait: WaitInstruction, { replenishment }: Standing, at: Date, zone: string): Date | null {
  if (!wait.until) return endOfWait(wait, at, zone);
  return replenishment ? plannedReplenishWait(wait, replenishment, at, zone) : null;
}
