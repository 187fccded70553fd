import { type Instruction, type Program } from '../../campaigns/campaign.types';

/** What one run of `advance` from a position may ask for or do: so much is loaded for it, and no more. */
export interface Reach {
  /** Indexes into the program's conditions, ascending. */
  conditions: readonly number[];
  /** Types of events that are waited for. */
  events: readonly string[];
  /** Whether a mail may come due: its facts, and those of the contact policy, are needed. */
  mail: boolean;
  /** Whether tags may be changed or the customer handed over: the customer has to be locked. */
  customer: boolean;
  /** Ids of campaigns that it may hand over to. */
  campaigns: readonly string[];
  /** Whether a wait until replenishment may begin. */
  replenish: boolean;
  /** Ids of coupon pools that it may give codes of. */
  couponPools: readonly string[];
}

const known = new WeakMap<Program, Map<number, Reach>>();

/**
 * What a run from `position` may reach before it stops: over every way through branches, split arms and the step it
 * waits at, up to the next wait. Programs are immutable, so the answer is kept.
 */
export function reachOf(program: Program, position: number): Reach {
  let reaches = known.get(program);
  if (!reaches) known.set(program, (reaches = new Map<number, Reach>()));
  let reach = reaches.get(position);
  if (!reach) reaches.set(position, (reach = walkReach(program, position)));
  return reach;
}

/** Whether a mail can still follow the instruction at `position`, however long from now. */
export function mailAhead(program: Program, position: number): boolean {
  const instruction = program.instructions[position];
  if (!instruction) return false;
  const ahead = walk(program, waysOn(instruction, position), waysOn);
  return ahead.some((one) => one.op === 'email');
}

/** Whether a program has a wait until replenishment. */
export function hasReplenishWait({ instructions }: Program): boolean {
  return instructions.some(waitsToReplenish);
}

function waitsToReplenish(instruction: Instruction): boolean {
  return instruction.op === 'wait' && instruction.until !== undefined;
}

/** Whether a step decides or does something: `exitWhen` is asked before it. */
export function acts({ op }: Instruction): boolean {
  return op !== 'wait' && op !== 'waitFor' && op !== 'jump' && op !== 'exit';
}

function walkReach(program: Program, start: number): Reach {
  const reached = walk(program, [start], (one, position) => {
    if (one.op === 'wait' || (one.op === 'waitFor' && position !== start)) return [];
    if (one.op === 'tag' && program.conditions?.length) return [];
    return waysOn(one, position);
  });
  const conditions = new Set<number>();
  const { exitWhen } = program;
  if (exitWhen !== undefined && reached.some(acts)) conditions.add(exitWhen);
  for (const one of reached) if (one.op === 'jumpUnless') conditions.add(one.condition);
  return {
    conditions: [...conditions].sort((a, b) => a - b),
    events: [...new Set(reached.flatMap((one) => (one.op === 'waitFor' ? [one.eventType] : [])))],
    mail: reached.some((one) => one.op === 'email'),
    customer: reached.some((one) => one.op === 'tag' || one.op === 'enroll'),
    replenish: reached.some(waitsToReplenish),
    couponPools: [...new Set(reached.flatMap((one) => (one.op === 'email' ? (one.couponPoolId ?? []) : [])))],
    campaigns: [...new Set(reached.flatMap((one) => (one.op === 'enroll' ? [one.campaignId] : [])))],
  };
}

/** The instructions met from `starts`, in the order of their positions: every way on goes forward. */
function walk(
  { instructions }: Program,
  starts: readonly number[],
  next: (instruction: Instruction, position: number) => readonly number[],
): Instruction[] {
  const marked = new Set(starts);
  const met: Instruction[] = [];
  for (let position = Math.min(...starts, instructions.length); position < instructions.length; position++) {
    const instruction = instructions[position];
    if (!instruction || !marked.has(position)) continue;
    met.push(instruction);
    for (const to of next(instruction, position)) marked.add(to);
  }
  return met;
}

function waysOn(instruction: Instruction, position: number): number[] {
  switch (instruction.op) {
    case 'waitFor':
      return [position + 1, instruction.orElse];
    case 'jumpUnless':
      return [position + 1, instruction.to];
    case 'jump':
      return [instruction.to];
    case 'split':
      return instruction.arms.map((arm) => arm.to);
    case 'email':
    case 'wait':
    case 'tag':
    case 'webhook':
    case 'enroll':
      return [position + 1];
    case 'exit':
      return [];
    default:
      return instruction satisfies never;
  }
}
