import { type Instruction, type Program, stepName } from '../../campaigns/campaign.types';
import { endOfWait } from './next-run-time';

/** Where an active enrollment stands. */
export interface Standing {
  position: number;
  /** The plan of the step at `position` (of a `waitFor` that holds it: when it times out). */
  nextRunAt: Date;
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
 * `exit`, at the end, or after `most`. Goals, `exitWhen` and the contact policy are asked when the time comes.
 */
export function comingSteps({ instructions }: Program, standing: Standing, zone: string, most = 5): ComingStep[] {
  const coming: ComingStep[] = [];
  let at = standing.nextRunAt;
  for (let position = standing.position; coming.length < most;) {
    const instruction = instructions[position];
    if (!instruction) break;
    switch (instruction.op) {
      case 'wait':
        at = endOfWait(instruction, at, zone);
        position++;
        break;
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
