import { type Step } from '../campaign.types';
import { diffValues, type FieldChange } from './diff-values';
import { type PlacedStep, walkSteps } from './walk-steps';

/** A step of one version: its name (the key of a mail or split, else the path), where it stands and what it says. */
export interface NamedStep {
  step: string;
  path: string;
  kind: Step['kind'];
}

export interface MovedPlace extends Omit<NamedStep, 'path'> {
  before: string;
  after: string;
}

export interface ChangedStep extends MovedPlace {
  fields: FieldChange[];
}

export interface StepsDiff {
  added: NamedStep[];
  removed: NamedStep[];
  /** Steps that come elsewhere or in another order; not those that only slid because of others. */
  moved: MovedPlace[];
  /** Steps that say something else; steps nested in them are told on their own. */
  changed: ChangedStep[];
}

interface Pair {
  old: PlacedStep;
  now: PlacedStep;
}

/**
 * The differences between two trees of steps. A mail or split is the same step by its key; of the others the same are
 * those that say the same (first at the same place, then in order), then those of one kind at the same place.
 */
export function diffSteps(before: readonly Step[], after: readonly Step[]): StepsDiff {
  const [old, now] = [walkSteps(before), walkSteps(after)];
  const pairs = pairUp(old, now);
  const [paired, found] = [new Set(pairs.map((pair) => pair.old)), new Set(pairs.map((pair) => pair.now))];
  const names = ({ old: a, now: b }: Pair): MovedPlace => ({
    step: nameOf(b),
    kind: b.step.kind,
    before: a.path,
    after: b.path,
  });
  return {
    added: now.filter((one) => !found.has(one)).map(named),
    removed: old.filter((one) => !paired.has(one)).map(named),
    moved: movedAmong(pairs).map(names),
    changed: pairs.flatMap((pair) => {
      const fields = diffValues(ownWords(pair.old.step), ownWords(pair.now.step), new Set(['if']));
      return fields.length > 0 ? [{ ...names(pair), fields }] : [];
    }),
  };
}

function pairUp(old: readonly PlacedStep[], now: readonly PlacedStep[]): Pair[] {
  const free = new Set(now);
  const pairs: Pair[] = [];
  // Stored definitions have their fields in one order, so that the same words are the same text.
  const texts = new Map([...old, ...now].map((one) => [one, JSON.stringify(ownWords(one.step))]));
  const saysTheSame = (a: PlacedStep, b: PlacedStep): boolean =>
    keyOf(a.step) === undefined && texts.get(a) === texts.get(b);
  const same: Array<(a: PlacedStep, b: PlacedStep) => boolean> = [
    (a, b) => keyOf(a.step) !== undefined && a.step.kind === b.step.kind && keyOf(a.step) === keyOf(b.step),
    (a, b) => a.path === b.path && saysTheSame(a, b),
    saysTheSame,
    (a, b) => a.path === b.path && a.step.kind === b.step.kind && keyOf(a.step) === undefined,
  ];
  const left = new Set(old);
  for (const isSame of same) {
    for (const a of left) {
      const b = [...free].find((one) => isSame(a, one));
      if (!b) continue;
      pairs.push({ old: a, now: b });
      left.delete(a);
      free.delete(b);
    }
  }
  const order = new Map(now.map((one, index) => [one, index]));
  return pairs.sort((a, b) => (order.get(a.now) ?? 0) - (order.get(b.now) ?? 0));
}

/**
 * Pairs whose list is another one now (the side of another branch), and of those that share a list the ones outside the
 * longest run that kept its order.
 */
function movedAmong(pairs: readonly Pair[]): Pair[] {
  const stood = new Map(pairs.map(({ old, now }) => [now.path, old.path]));
  const stays = (pair: Pair): boolean => {
    const list = listOf(pair.now.path);
    const owner = ownerOf(list);
    const side = list.slice(owner.length);
    return listOf(pair.old.path) === (owner === '' ? '' : (stood.get(owner) ?? '?')) + side;
  };
  const staying = pairs.filter(stays);
  const moved = new Set(pairs.filter((pair) => !staying.includes(pair)));
  for (const list of new Set(staying.map(({ now }) => listOf(now.path)))) {
    const siblings = staying.filter(({ now }) => listOf(now.path) === list);
    const kept = longestRun(siblings.map(({ old }) => indexIn(old.path)));
    siblings.forEach((pair, index) => {
      if (!kept.has(index)) moved.add(pair);
    });
  }
  return pairs.filter((pair) => moved.has(pair));
}

/** Places of a longest increasing run in a list of numbers. */
function longestRun(numbers: readonly number[]): Set<number> {
  const best: number[][] = [];
  numbers.forEach((number, index) => {
    const before = best.filter((run, at) => (numbers[at] ?? 0) < number && run.length > 0);
    const longest = before.reduce<number[]>((a, b) => (b.length > a.length ? b : a), []);
    best.push([...longest, index]);
  });
  return new Set(best.reduce<number[]>((a, b) => (b.length > a.length ? b : a), []));
}

/** `steps[2].then[0]` stands in `steps[2].then`, which belongs to `steps[2]`. */
function listOf(path: string): string {
  return path.slice(0, path.lastIndexOf('['));
}

function ownerOf(list: string): string {
  return list === 'steps' ? '' : list.replace(/\.(then|else|arms\[\d+\]\.steps)$/, '');
}

function indexIn(path: string): number {
  return Number(path.slice(path.lastIndexOf('[') + 1, -1));
}

function named(placed: PlacedStep): NamedStep {
  return { step: nameOf(placed), path: placed.path, kind: placed.step.kind };
}

function nameOf({ step, path }: PlacedStep): string {
  return keyOf(step) ?? path;
}

function keyOf(step: Step): string | undefined {
  return step.kind === 'email' || step.kind === 'split' ? step.key : undefined;
}

/** What a step says itself, without what is nested in it. */
function ownWords(step: Step): object {
  switch (step.kind) {
    case 'branch':
      return { kind: step.kind, if: step.if };
    case 'waitFor':
      return { kind: step.kind, event: step.event, within: step.within };
    case 'split':
      return { ...step, arms: step.arms.map(({ name, weight }) => ({ name, weight })) };
    case 'email':
    case 'wait':
    case 'tag':
    case 'webhook':
    case 'enroll':
    case 'exit':
      return step;
    default:
      return step satisfies never;
  }
}
