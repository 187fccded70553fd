import { type SinkAction, type SinkScript } from './smtp-sink';

/** Where in the course of a mail a server misbehaves; `354` right after it, `dot` after the final dot, `done` after its answer. */
const STAGES = ['connect', 'EHLO', 'STARTTLS', 'MAIL', 'RCPT', 'DATA', '354', 'body', 'dot', 'done'] as const;
export type Stage = (typeof STAGES)[number];

/** One way to misbehave at one stage. */
export interface Fault {
  stage: Stage;
  name: string;
  act: SinkAction;
}

const at = (stage: Stage, name: string, act: SinkAction): Fault => ({ stage, name, act });
const cut = (stage: Stage, say?: string): Fault[] =>
  (['end', 'reset'] as const).map((how) =>
    at(stage, how === 'end' ? 'FIN' : 'RST', { do: how, ...(say === undefined ? {} : { say }) }),
  );
const SILENCE: SinkAction = { do: 'silence' };
const LORIS: SinkAction = { do: 'silence', say: '250 '.padEnd(400, 'x'), every: 60 };
const WITH_TLS = ['sink.test', 'PIPELINING', '8BITMIME'].map((text) => `250-${text}\r\n`).join('') + '250 STARTTLS';
const GARBAGE = '\u0000\u00ff\u0007 HTTP/1.1 400 Bad Request';

/** Misbehaviour before our final dot: the mail is certainly not there, and has to be delivered by another try. */
export const BEFORE_THE_DOT: readonly Fault[] = [
  ...(['connect', 'EHLO', 'MAIL', 'RCPT', 'DATA'] as const).flatMap((stage) => [
    ...cut(stage),
    at(stage, 'silence', SILENCE),
    at(stage, 'slow-loris', LORIS),
    at(stage, 'garbage', GARBAGE),
    at(stage, '421', '421 4.3.2 closing'),
    at(stage, 'half a reply, FIN', { do: 'end', say: '250-half' }),
  ]),
  at('connect', '554', '554 5.3.2 no mail here'),
  at('STARTTLS', 'refused', '454 4.7.0 not now'),
  at('STARTTLS', 'garbage in place of a handshake', { do: 'end', say: '220 go ahead\r\n\u0016\u0003garbage' }),
  ...(['MAIL', 'RCPT', 'DATA'] as const).map((stage) =>
    at(stage, '4xx', '450-4.2.0 busy\r\n450 4.2.0 come back later'),
  ),
  ...cut('354', '354 go ahead'),
  at('354', '4xx', '451 4.3.0 out of space'),
  at('dot', '4xx', '452-4.3.1 full\r\n452 4.3.1 come back later'),
  ...cut('done', '250 2.0.0 queued'),
  at('done', 'multi-line', '250-2.0.0 taken\r\n250-2.0.0 with thanks\r\n250 2.0.0 queued'),
];

/** Misbehaviour after our final dot: nobody knows, and nothing may be sent again. Half of these servers have taken it. */
export const AFTER_THE_DOT: readonly Fault[] = (['end', 'reset', 'silence'] as const).flatMap((how) =>
  [true, false].map((taken) =>
    at('dot', `${{ end: 'FIN', reset: 'RST', silence: 'silence' }[how]}${taken ? ', taken' : ''}`, { do: how, taken }),
  ),
);

/** No for good: to be written down, and never tried again. */
export const FOR_GOOD: readonly Fault[] = (['MAIL', 'RCPT', 'DATA', 'dot'] as const).map((stage) =>
  at(stage, '5xx', '554-5.6.0 this\r\n554 5.6.0 we cannot take'),
);

/** Stages that a connection passes once. */
const EARLY: ReadonlySet<Stage> = new Set<Stage>(['connect', 'EHLO', 'STARTTLS']);

/** What a connection has in store. */
interface Plan {
  fault: Fault | undefined;
  /** Mails that it carries well before. */
  after: number;
  recipient: string;
  /** The sender was refused for good: so is the recipient that comes next. */
  refusing: boolean;
}

/** A server that misbehaves by a seed: which connection, at which stage, how. Its own record is the judge. */
export class HostileServer {
  /** How often each fault has struck: `RCPT RST` -> 3. */
  readonly struck = new Map<string, number>();
  /** Message-IDs whose final dot was seen and never answered. */
  readonly unanswered = new Set<string>();
  /** Recipients whose connection was cut right after `354` or after the answer to the dot. */
  readonly cutBesideTheDot = new Set<string>();
  /** Recipients that were told no for good. */
  readonly refused = new Set<string>();
  private readonly plans = new Map<number, Plan>();
  private readonly random: () => number;

  private tamed = false;

  /** Every connection misbehaves within its first four mails, and again and again as long as it lives. */
  constructor(
    seed: number,
    private readonly faults: readonly Fault[],
  ) {
    this.random = mulberry32(seed);
  }

  /** From now on it behaves. */
  tame(): void {
    this.tamed = true;
    this.plans.clear();
  }

  readonly script: SinkScript = {
    onConnect: (connection) => this.strike(connection, 'connect'),
    onCommand: (verb, line, connection) => {
      const plan = this.planOf(connection);
      if (verb === 'RCPT') {
        plan.recipient = /<([^>]*)>/.exec(line)?.[1] ?? '';
        // Its sender was refused in the same breath: commands are pipelined.
        if (plan.refusing) this.refused.add(plan.recipient);
        plan.refusing = false;
      }
      if (verb === 'EHLO' && plan.fault?.stage === 'STARTTLS') return WITH_TLS;
      if (verb === 'DATA') return this.strike(connection, 'DATA') ?? this.strike(connection, '354');
      return (STAGES as readonly string[]).includes(verb) ? this.strike(connection, verb as Stage) : undefined;
    },
    onBody: (_octets, connection) => this.strike(connection, 'body'),
    onMail: (mail, connection) => {
      const plan = this.planOf(connection);
      const action = this.strike(connection, 'dot') ?? this.strike(connection, 'done');
      plan.after--;
      if (typeof action === 'object' && action.say === undefined) this.unanswered.add(mail.messageId);
      // What was answered with yes is taken, whatever becomes of the connection then.
      return typeof action === 'object' && action.say?.startsWith('250') ? { ...action, taken: true } : action;
    },
  };

  private strike(connection: number, stage: Stage): SinkAction | undefined {
    const plan = this.planOf(connection);
    const { fault } = plan;
    if (fault?.stage !== stage || plan.after > 0) return undefined;
    Object.assign(plan, this.draw(this.faults.filter((one) => !EARLY.has(one.stage))));
    const name = `${stage} ${fault.name}`;
    this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
    if ((stage === '354' || stage === 'done') && typeof fault.act === 'object')
      this.cutBesideTheDot.add(plan.recipient);
    if (typeof fault.act === 'string' && fault.act.startsWith('554') && stage !== 'connect') {
      if (stage === 'MAIL') plan.refusing = true;
      else this.refused.add(plan.recipient);
    }
    return fault.act;
  }

  private planOf(connection: number): Plan {
    const known = this.plans.get(connection);
    if (known) return known;
    const plan = { ...this.draw(this.faults), recipient: '', refusing: false };
    this.plans.set(connection, plan);
    return plan;
  }

  private draw(faults: readonly Fault[]): Pick<Plan, 'fault' | 'after'> {
    if (this.tamed) return { fault: undefined, after: 0 };
    const fault = faults[Math.floor(this.random() * faults.length)];
    return { fault, after: fault && EARLY.has(fault.stage) ? 0 : Math.floor(this.random() * 4) };
  }
}

/** A small generator of numbers in [0, 1) that says the same after the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
