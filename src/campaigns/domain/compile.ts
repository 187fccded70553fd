import { parseDuration, windowMs } from '../../kernel/duration';
import {
  type CampaignDefinition,
  eventMeant,
  type Instruction,
  type Program,
  type ProgramGoal,
  type Step,
} from '../campaign.types';

/**
 * Compiles a valid definition into the flat program that the engine runs. `templateIds` maps what the e-mail steps name
 * (key or id) to the id of the template, so that a template may be renamed later.
 * @throws Error when the definition was not validated before.
 */
export function compile(definition: CampaignDefinition, templateIds: ReadonlyMap<string, string>): Program {
  const maxLateness = parseDuration(definition.maxLateness);
  if (!maxLateness) throw new Error('maxLateness was not validated');
  return {
    instructions: definition.steps.map((step, index) => instructionOf(step, `steps[${index}]`, templateIds)),
    basis: definition.basis,
    maxLateness,
    goal: goalOf(definition),
  };
}

function goalOf({ goal }: CampaignDefinition): ProgramGoal | null {
  if (!goal) return null;
  const within = goal.within === undefined ? undefined : parseDuration(goal.within);
  return { eventType: eventMeant(goal.event), withinMs: (within && windowMs(within)) ?? null, exit: goal.exit };
}

function instructionOf(step: Step, path: string, templateIds: ReadonlyMap<string, string>): Instruction {
  switch (step.kind) {
    case 'email': {
      const templateId = templateIds.get(step.template);
      if (templateId === undefined) throw new Error(`${path}: the template was not looked up`);
      return { op: 'email', path, key: step.key, templateId, ...(step.recommend ? { recommend: step.recommend } : {}) };
    }
    case 'wait':
      return { op: 'wait', path, for: durationOf(step.for), at: step.at ?? null };
    case 'exit':
      return { op: 'exit', path };
    default:
      return step satisfies never;
  }
}

function durationOf(text: string | undefined) {
  return text === undefined ? null : (parseDuration(text, true) ?? null);
}
