import { type Fault } from '../../kernel/errors';
import { type Instruction, type Program, stepName } from '../campaign.types';
import { type Leaving, type Standing, type StepMove } from '../in-flight';

/** Behind the last step: who waits there has nothing left but to complete. No key and no path can be called so. */
export const END = 'steps[end]';
/** What a mapping says instead of a step. A step whose key is `exit` is named by its path. */
const EXIT = 'exit';

/** From the names of steps of earlier versions to the names of steps of the new one, or to `exit`. */
export type StepMapping = Readonly<Record<string, string>>;

/** What became of the people at one step of the earlier versions. */
export interface MovedStep {
  step: string;
  /** The step they stand at now, `exit` for those who left. */
  to: string;
  moved: number;
  stayed: number;
  exited: number;
}

export interface MovePlan {
  faults: Fault[];
  moves: StepMove[];
  /** One row per step with people, in the order in which the steps were met. */
  steps: MovedStep[];
}

/** Where somebody stands or goes, seen through the jumps that take no time. */
interface Place {
  position: number;
  name: string;
  instruction: Instruction | undefined;
}

/**
 * Where the people in flight go when a new version takes them over: by the mapping, else to the step of the same name
 * and kind. Nobody is put out unasked: a step with people that the new version does not have and the mapping does not
 * name is a fault, as are names that mean nothing. Those who move keep their plan.
 */
export function planMoves(
  standing: readonly Standing[],
  programs: ReadonlyMap<number, Program>,
  next: Program,
  mapping: StepMapping,
): MovePlan {
  const plan: MovePlan = { faults: namingFaults(programs, next, mapping), moves: [], steps: [] };
  const lost = new Map<string, number>();
  for (const { version, position, people } of standing) {
    const program = programs.get(version);
    if (!program) throw new Error(`version ${version} was not loaded`);
    const from = placeAt(program, position);
    const wish = Object.hasOwn(mapping, from.name) ? mapping[from.name] : undefined;
    const to = wish === undefined ? sameStep(next, from) : wish === EXIT ? EXIT : placeNamed(next, wish);
    if (to === undefined) {
      if (wish === undefined) lost.set(from.name, (lost.get(from.name) ?? 0) + people);
      continue;
    }
    plan.moves.push({ version, position, to: to === EXIT ? 'exit' : leavingFor(from, to) });
    count(plan.steps, from.name, to, people);
  }
  for (const [name, people] of lost) plan.faults.push({ path: `mapping.${name}`, message: lostMessage(name, people) });
  return plan;
}

/** What {@link planMoves} calls the place of somebody: the step that comes next. */
function placeAt(program: Program, position: number): Place {
  const instruction = program.instructions[position];
  if (instruction?.op === 'jump') return placeAt(program, instruction.to);
  return { position, name: instruction ? stepName(instruction) : END, instruction };
}

function placeNamed(program: Program, name: string): Place | undefined {
  if (name === END) return placeAt(program, program.instructions.length);
  const named = (one: Instruction): boolean => one.op !== 'jump' && (stepName(one) === name || one.path === name);
  const position = program.instructions.findIndex(named);
  return position < 0 ? undefined : placeAt(program, position);
}

/** A mail is the same by its key; what is only known by its path must still be of the same kind. */
function sameStep(next: Program, from: Place): Place | undefined {
  if (from.name === END) return placeNamed(next, END);
  const position = next.instructions.findIndex((one) => one.op === from.instruction?.op && stepName(one) === from.name);
  return position < 0 ? undefined : placeAt(next, position);
}

/** The plan is kept; so is what the step at the old place was waiting for, where the new one waits alike. */
function leavingFor(from: Place, to: Place): Leaving {
  const goesOnWaiting =
    (from.instruction?.op === 'waitFor' && to.instruction?.op === 'waitFor') ||
    (from.instruction?.op === 'email' && to.instruction?.op === 'email');
  const waitsFor = to.instruction?.op === 'waitFor' && goesOnWaiting ? to.instruction.eventType : null;
  const waited = from.instruction?.op === 'waitFor' ? from.instruction.eventType : null;
  return {
    position: to.position,
    step: to.instruction ? stepName(to.instruction) : null,
    goesOnWaiting,
    waitsFor,
    // The new event may have come already.
    looksAgain: waitsFor !== null && waitsFor !== waited,
  };
}

function count(steps: MovedStep[], step: string, to: Place | 'exit', people: number): void {
  const target = to === EXIT ? EXIT : to.name;
  let row = steps.find((one) => one.step === step && one.to === target);
  if (!row) steps.push((row = { step, to: target, moved: 0, stayed: 0, exited: 0 }));
  if (to === EXIT) row.exited += people;
  else if (target === step) row.stayed += people;
  else row.moved += people;
}

function namingFaults(programs: ReadonlyMap<number, Program>, next: Program, mapping: StepMapping): Fault[] {
  const known = new Set([END]);
  for (const { instructions } of programs.values()) for (const one of instructions) known.add(stepName(one));
  return Object.entries(mapping).flatMap(([from, to]) => {
    const path = `mapping.${from}`;
    if (!known.has(from)) return [{ path, message: 'is not a step of an earlier version' }];
    if (to !== EXIT && !placeNamed(next, to)) return [{ path, message: `${to} is not a step of the new version` }];
    return [];
  });
}

function lostMessage(name: string, people: number): string {
  const who = people === 1 ? '1 person is' : `${people} people are`;
  return `${who} at ${name}, which the new version does not have: map it to one of its steps or to exit`;
}
