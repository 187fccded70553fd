import { type BranchStep, type SplitArm, type SplitStep, type Step, type WaitForStep } from '../campaign.types';
import { type Named } from './definition-references';
import { readEmail, readEnroll, readKey, readTag, readWait, readWebhook } from './read-single-steps';
import { readDuration } from './read-time';
import { readEvent } from './read-trigger';
import { type Faults, isObject, type Json, readNumber, readObject, readOneOf, readText } from './read-value';

const KINDS = ['email', 'wait', 'waitFor', 'branch', 'split', 'tag', 'webhook', 'enroll', 'exit'] as const;
const MAX_STEPS = 500;
const MAX_DEPTH = 20;
const MAX_ARMS = 20;

/** Steps as read, and whether every way through them ends the program, so that what follows is never reached. */
interface StepList {
  steps: Step[];
  ends: boolean;
}

interface ReadStep {
  step: Step | undefined;
  ends: boolean;
}

const NOTHING: StepList = { steps: [], ends: false };

/**
 * Reads `steps`, nested to any depth within bounds: at least one that does something, the keys of mails and splits unique
 * over the whole tree, none that can never be reached. Faults carry paths such as `steps[2].then[0].for`.
 *
 * @param aboutOrder whether enrollments carry the order that started them
 */
export function readSteps(value: unknown, faults: Faults, named: Named, aboutOrder: boolean): Step[] {
  if (value === undefined) {
    faults.add('steps', 'is missing');
    return [];
  }
  const before = faults.list.length;
  const reader = new StepReader(faults, named, aboutOrder);
  const { steps } = reader.list(value, 'steps', 1);
  if (faults.list.length === before && !reader.doesSomething) {
    faults.add('steps', 'must have at least one step that does something: an email, a tag, a webhook or an enroll');
  }
  return steps;
}

class StepReader {
  doesSomething = false;
  private count = 0;
  private readonly keys = new Set<string>();

  constructor(
    private readonly faults: Faults,
    private readonly named: Named,
    private readonly aboutOrder: boolean,
  ) {}

  list(value: unknown, path: string, depth: number): StepList {
    if (!Array.isArray(value)) {
      this.faults.add(path, 'must be a list of steps');
      return NOTHING;
    }
    if (depth > MAX_DEPTH) {
      this.faults.add(path, `is nested more than ${MAX_DEPTH} deep`);
      return NOTHING;
    }
    const steps: Step[] = [];
    let ended = false;
    for (const [index, raw] of value.entries()) {
      const here = `${path}[${index}]`;
      if (++this.count > MAX_STEPS) {
        // Said once: the rest of an oversized program is not even looked at.
        if (this.count === MAX_STEPS + 1) this.faults.add(here, `the campaign has more than ${MAX_STEPS} steps`);
        break;
      }
      if (ended) {
        this.faults.add(here, 'is never reached: every way through the steps before it ends the program');
        ended = false;
      }
      const { step, ends } = this.step(raw, here, depth);
      ended = ends;
      if (step) steps.push(step);
    }
    return { steps, ends: ended };
  }

  private step(raw: unknown, path: string, depth: number): ReadStep {
    if (!isObject(raw)) return { step: this.faults.add(path, 'must be an object'), ends: false };
    const kind = readOneOf(raw.kind, `${path}.kind`, this.faults, KINDS);
    if (kind === 'email' || kind === 'tag' || kind === 'webhook' || kind === 'enroll') this.doesSomething = true;
    switch (kind) {
      case undefined:
        return { step: undefined, ends: false };
      case 'email': {
        const step = readEmail(raw, path, this.faults, this.named.references);
        this.claimKey(step?.key, path);
        return { step, ends: false };
      }
      case 'wait':
        return { step: readWait(raw, path, this.faults, this.aboutOrder), ends: false };
      case 'waitFor':
        return this.waitFor(raw, path, depth);
      case 'branch':
        return this.branch(raw, path, depth);
      case 'split':
        return this.split(raw, path, depth);
      case 'tag':
        return { step: readTag(raw, path, this.faults), ends: false };
      case 'webhook':
        return { step: readWebhook(raw, path, this.faults, this.named.references), ends: false };
      case 'enroll':
        return { step: readEnroll(raw, path, this.faults, this.named.references), ends: false };
      case 'exit':
        readObject(raw, path, this.faults, ['kind']);
        return { step: { kind }, ends: true };
      default:
        return kind satisfies never;
    }
  }

  private waitFor(raw: Json, path: string, depth: number): ReadStep {
    readObject(raw, path, this.faults, ['kind', 'event', 'within', 'then', 'else']);
    const event = readEvent(raw.event, `${path}.event`, this.faults);
    const within =
      raw.within === undefined
        ? this.faults.add(`${path}.within`, 'is missing: waiting for an event needs an end')
        : readDuration(raw.within, `${path}.within`, this.faults);
    const { then, orElse, ends } = this.twoWays(raw, path, depth);
    if (event === undefined || within === undefined) return { step: undefined, ends };
    const step: WaitForStep = { kind: 'waitFor', event, within };
    if (then) step.then = then;
    if (orElse) step.else = orElse;
    return { step, ends };
  }

  private branch(raw: Json, path: string, depth: number): ReadStep {
    readObject(raw, path, this.faults, ['kind', 'if', 'then', 'else']);
    if (raw.if === undefined) this.faults.add(`${path}.if`, 'is missing');
    else this.named.conditions.push({ path: `${path}.if`, json: raw.if });
    if (raw.then === undefined) this.faults.add(`${path}.then`, 'is missing');
    const { then, orElse, ends } = this.twoWays(raw, path, depth);
    if (Array.isArray(raw.then) && raw.then.length === 0 && !orElse?.length) {
      this.faults.add(`${path}.then`, 'has no steps and neither has `else`: the branch does nothing');
    }
    if (!isObject(raw.if)) return { step: undefined, ends };
    const step: BranchStep = { kind: 'branch', if: raw.if, then: then ?? [] };
    if (orElse) step.else = orElse;
    return { step, ends };
  }

  private twoWays(raw: Json, path: string, depth: number): { then?: Step[]; orElse?: Step[]; ends: boolean } {
    const then = raw.then === undefined ? undefined : this.list(raw.then, `${path}.then`, depth + 1);
    const orElse = raw.else === undefined ? undefined : this.list(raw.else, `${path}.else`, depth + 1);
    return {
      ...(then ? { then: then.steps } : {}),
      ...(orElse ? { orElse: orElse.steps } : {}),
      ends: then?.ends === true && orElse?.ends === true,
    };
  }

  private split(raw: Json, path: string, depth: number): ReadStep {
    readObject(raw, path, this.faults, ['kind', 'key', 'arms']);
    const key = readKey(raw.key, `${path}.key`, this.faults);
    this.claimKey(key, path);
    const { arms } = raw;
    if (!Array.isArray(arms)) {
      const message = arms === undefined ? 'is missing' : 'must be a list of arms';
      return { step: this.faults.add(`${path}.arms`, message), ends: false };
    }
    if (arms.length < 2 || arms.length > MAX_ARMS) {
      this.faults.add(`${path}.arms`, `must have 2 to ${MAX_ARMS} arms`);
    }
    const names = new Set<string>();
    const read = arms.slice(0, MAX_ARMS).map((arm, index) => this.arm(arm, `${path}.arms[${index}]`, depth, names));
    const ends = read.length > 0 && read.every((arm) => arm.ends);
    if (key === undefined) return { step: undefined, ends };
    const step: SplitStep = { kind: 'split', key, arms: read.flatMap(({ arm }) => arm ?? []) };
    return { step, ends };
  }

  private arm(raw: unknown, path: string, depth: number, names: Set<string>): { arm?: SplitArm; ends: boolean } {
    const value = readObject(raw, path, this.faults, ['name', 'weight', 'steps']);
    if (!value) return { ends: false };
    const name = readText(value.name, `${path}.name`, this.faults, 64);
    if (name !== undefined && names.has(name)) this.faults.add(`${path}.name`, `${name} is the name of an earlier arm`);
    if (name !== undefined) names.add(name);
    const weight = readNumber(value.weight, `${path}.weight`, this.faults, { min: 0, max: 1e6 });
    if (weight === 0) this.faults.add(`${path}.weight`, 'must be greater than 0');
    if (value.steps === undefined) this.faults.add(`${path}.steps`, 'is missing');
    const { steps, ends } = value.steps === undefined ? NOTHING : this.list(value.steps, `${path}.steps`, depth + 1);
    return name === undefined || weight === undefined ? { ends } : { arm: { name, weight, steps }, ends };
  }

  /** Mails and splits are known by their keys: in the ledger, in reports, in draws. */
  private claimKey(key: string | undefined, path: string): void {
    if (key === undefined) return;
    if (this.keys.has(key)) this.faults.add(`${path}.key`, `${key} is the key of an earlier step`);
    this.keys.add(key);
  }
}
