import { type Step } from '../campaign.types';

/** A step and where it stands: `steps[2].then[0]`. */
export interface PlacedStep {
  step: Step;
  path: string;
}

/** All steps of a tree, in the order in which they are written, each before what is nested in it. */
export function walkSteps(steps: readonly Step[], path = 'steps'): PlacedStep[] {
  return steps.flatMap((step, index) => {
    const here = `${path}[${index}]`;
    return [{ step, path: here }, ...listsIn(step, here).flatMap((list) => walkSteps(list.steps, list.path))];
  });
}

/** The lists of steps that a step holds. */
function listsIn(step: Step, path: string): Array<{ steps: readonly Step[]; path: string }> {
  switch (step.kind) {
    case 'branch':
    case 'waitFor':
      return [
        { steps: step.then ?? [], path: `${path}.then` },
        { steps: step.else ?? [], path: `${path}.else` },
      ];
    case 'split':
      return step.arms.map((arm, index) => ({ steps: arm.steps, path: `${path}.arms[${index}].steps` }));
    case 'email':
    case 'wait':
    case 'tag':
    case 'webhook':
    case 'enroll':
    case 'exit':
      return [];
    default:
      return step satisfies never;
  }
}
