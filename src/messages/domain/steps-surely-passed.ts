import { type Instruction } from '../../campaigns/campaign.types';

/**
 * The keys of the e-mail steps that whoever stands at `position` has passed whatever way they took: those without which the
 * position cannot be reached from the start. Pure. What lies on one way of several is not among them, nor the step at the
 * position itself, which may wait for its time.
 */
export function stepsSurelyPassed(instructions: readonly Instruction[], position: number): string[] {
  return instructions.flatMap((instruction, at) =>
    instruction.op === 'email' && at !== position && !isReachedWithout(instructions, position, at)
      ? [instruction.key]
      : [],
  );
}

function isReachedWithout(instructions: readonly Instruction[], position: number, without: number): boolean {
  const seen = new Set<number>();
  const open = [0];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === without || seen.has(at)) continue;
    if (at === position) return true;
    seen.add(at);
    open.push(...nextOf(instructions[at], at));
  }
  return false;
}

/** Where an instruction may lead to. */
function nextOf(instruction: Instruction | undefined, at: number): number[] {
  switch (instruction?.op) {
    case undefined:
    case 'exit':
      return [];
    case 'jump':
      return [instruction.to];
    case 'jumpUnless':
      return [at + 1, instruction.to];
    case 'waitFor':
      return [at + 1, instruction.orElse];
    case 'split':
      return instruction.arms.map((arm) => arm.to);
    default:
      return [at + 1];
  }
}
