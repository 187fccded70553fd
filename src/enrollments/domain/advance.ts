import { addDuration } from '../../kernel/duration';
import { type ExitReason, type Reason } from '../../kernel/reasons';
import { type Instruction, type Program } from '../../campaigns/campaign.types';
import { type Arm } from './decide-entry';
import { afterEnrollmentAction, type EnrollmentStatus } from './enrollment-transitions';
import { type MailabilityFacts, mayMail } from './may-mail';
import { nextRunTime } from './next-run-time';

/** What the function needs to know of an enrollment, and what it changes. */
export interface EnrollmentState {
  status: EnrollmentStatus;
  arm: Arm;
  /** Index of the instruction that runs next. */
  position: number;
  /** When it is planned to run; null once the enrollment has ended. */
  nextRunAt: Date | null;
  exitReason: ExitReason | null;
}

/** What the instructions may ask about, as of `now`. */
export interface AdvanceFacts {
  mail: MailabilityFacts;
  /** The customer's zone, else the store's. */
  zone: string;
  /** When the goal was reached, if it was. */
  goalAt: Date | null;
}

/** What became of an e-mail step. */
export type EmailDecision = { status: 'queued' } | { status: 'held_out' } | { status: 'skipped'; reason: Reason };

/** A step that leaves a row in the send ledger. */
export interface EmailEffect {
  kind: 'email';
  instruction: Extract<Instruction, { op: 'email' }>;
  /** The plan: when the step was due. */
  dueAt: Date;
  /** `dueAt` plus `maxLateness`: after it the mail is of no use. */
  expiresAt: Date;
  decision: EmailDecision;
}

export type StepEffect = EmailEffect;

export interface Advanced {
  effects: StepEffect[];
  enrollment: EnrollmentState;
}

/**
 * Runs an enrollment from where it stands until it waits or ends. Pure: the live engine, the simulation, explain and
 * the tests all call this one function. The control ("holdout") runs through the same steps at the same times; only its
 * e-mails are held out.
 */
export function advance(program: Program, enrollment: EnrollmentState, facts: AdvanceFacts, now: Date): Advanced {
  const plan = enrollment.nextRunAt;
  if (enrollment.status !== 'active' || plan === null) return { effects: [], enrollment };
  if (program.goal?.exit && facts.goalAt) return { effects: [], enrollment: end(enrollment, 'goal') };
  const effects: StepEffect[] = [];
  let due = plan;
  for (let position = enrollment.position; position < program.instructions.length; position++) {
    const instruction = program.instructions[position];
    if (!instruction) break;
    switch (instruction.op) {
      case 'email': {
        const expiresAt = addDuration(due, program.maxLateness, facts.zone);
        const decision = decideEmail(program, enrollment.arm, facts, now > expiresAt);
        effects.push({ kind: 'email', instruction, dueAt: due, expiresAt, decision });
        break;
      }
      case 'wait': {
        due = nextRunTime(instruction, due, now, facts.zone);
        if (due > now) {
          const status = afterEnrollmentAction(enrollment.status, 'advance');
          return { effects, enrollment: { ...enrollment, status, position: position + 1, nextRunAt: due } };
        }
        break;
      }
      case 'exit':
        return { effects, enrollment: end({ ...enrollment, position }, 'exit_step') };
      case 'waitFor':
      case 'jumpUnless':
      case 'jump':
      case 'split':
      case 'tag':
      case 'webhook':
      case 'enroll':
        // No definition with these is accepted yet.
        throw new Error(`${instruction.path}: ${instruction.op} cannot be run`);
      default:
        return instruction satisfies never;
    }
  }
  const status = afterEnrollmentAction(enrollment.status, 'complete');
  return { effects, enrollment: { ...enrollment, status, position: program.instructions.length, nextRunAt: null } };
}

/** The enrollment, ended for a reason. */
export function end(enrollment: EnrollmentState, reason: ExitReason): EnrollmentState {
  const status = afterEnrollmentAction(enrollment.status, 'exit');
  return { ...enrollment, status, nextRunAt: null, exitReason: reason };
}

/**
 * What becomes of an e-mail step: skipped with a reason if the person may not be mailed or the step is too late, in both
 * arms alike; else held out or queued.
 */
function decideEmail(program: Program, arm: Arm, facts: AdvanceFacts, tooLate: boolean): EmailDecision {
  const unmailable = mayMail(facts.mail, program.basis);
  if (unmailable) return { status: 'skipped', reason: unmailable };
  if (tooLate) return { status: 'skipped', reason: 'too_late' };
  return { status: arm === 'holdout' ? 'held_out' : 'queued' };
}
