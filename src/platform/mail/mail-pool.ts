import type { SendOutcome } from './send-outcome';
import { type WireMail } from './mail-course';
import { SmtpSession } from './smtp-session';
import { type SmtpTimeouts } from './smtp-timeouts';
import type { SmtpEndpoint } from './smtp-url';

/** Among several, a server that could not be reached is left alone for this long, doubling up to the second figure (ms). */
const BACK_OFF = { first: 1_000, longest: 30_000 };

interface Target extends SmtpEndpoint {
  /** Smooth weighted round robin: the running credit of this server. */
  credit: number;
  failures: number;
  /** Real time (performance.now) before which no connection is tried. */
  restsUntil: number;
}

interface Job {
  mail: WireMail;
  done: (outcome: SendOutcome) => void;
}

/**
 * Keep-alive connections to the mail servers, `connections` at most, each carrying one mail at a time.
 *
 * Unlike nodemailer's pool it never sends a mail again by itself, with one exception that is free of risk: a connection
 * that had carried mail before and was lost before the gate (a server's idle time-out) is replaced once.
 */
export class MailPool {
  private targets: Target[] = [];
  private readonly waiting: Job[] = [];
  private readonly rested: SmtpSession[] = [];
  private readonly open = new Set<SmtpSession>();
  private lanes = 0;

  constructor(
    endpoints: readonly SmtpEndpoint[],
    readonly connections: number,
    private readonly timeouts: SmtpTimeouts,
  ) {
    this.pointTo(endpoints);
  }

  /** Replaces the servers: the development inbox names its own once it listens. */
  pointTo(endpoints: readonly SmtpEndpoint[]): void {
    this.targets = endpoints.map((endpoint) => ({ ...endpoint, credit: 0, failures: 0, restsUntil: 0 }));
  }

  /** Hands over one mail; the answer never rejects. */
  send(mail: WireMail): Promise<SendOutcome> {
    return new Promise((done) => {
      this.waiting.push({ mail, done });
      if (this.lanes < this.connections) void this.runLane();
    });
  }

  get hasConnection(): boolean {
    return this.open.size > 0;
  }

  /**
   * Whether a mail handed over now would find a server: an open connection, or one that can be opened. Asked before
   * mails are claimed, so that an outage costs one attempt to connect and not one a mail.
   */
  async isReady(): Promise<boolean> {
    if (this.hasConnection) return true;
    try {
      this.rest(await this.connect());
      return true;
    } catch {
      return false;
    }
  }

  /** Gives back what no connection has taken up yet: all of it, or the mails that `which` picks. */
  withdraw(which: (mail: WireMail) => boolean = () => true): void {
    const waiting = this.waiting.splice(0);
    for (const job of waiting) {
      if (which(job.mail)) job.done({ kind: 'withdrawn' });
      else this.waiting.push(job);
    }
  }

  /** Closes the connections that carry nothing; those in use end with their mail. */
  close(): void {
    for (const session of this.rested.splice(0)) session.quit();
  }

  private async runLane(): Promise<void> {
    this.lanes++;
    let session: SmtpSession | undefined;
    for (let job = this.waiting.shift(); job; job = this.waiting.shift()) {
      const step = await this.carry(job.mail, session);
      // The outcome is told before the lane takes its next mail: the ledger counts on it.
      job.done(step.outcome);
      session = step.session;
      if (step.outcome.kind === 'refused' && session) session = (await session.reset()) ? session : undefined;
    }
    this.lanes--;
    if (session?.isUsable) this.rest(session);
  }

  private async carry(
    mail: WireMail,
    held?: SmtpSession,
  ): Promise<{ session: SmtpSession | undefined; outcome: SendOutcome }> {
    let session = held?.isUsable ? held : this.takeRested();
    for (;;) {
      try {
        session ??= await this.connect();
      } catch (error) {
        return { session: undefined, outcome: { kind: 'unsent', stage: 'connect', detail: messageOf(error) } };
      }
      const reused = session.isUsed;
      const outcome = await session.send(mail);
      if (!reused || outcome.kind !== 'unsent' || outcome.stage !== 'envelope') {
        return { session: session.isUsable ? session : undefined, outcome };
      }
      session = undefined;
    }
  }

  private takeRested(): SmtpSession | undefined {
    for (let session = this.rested.pop(); session; session = this.rested.pop()) {
      if (session.isUsable) return session;
    }
    return undefined;
  }

  private rest(session: SmtpSession): void {
    session.rest();
    this.rested.push(session);
  }

  private async connect(): Promise<SmtpSession> {
    let last: unknown = new Error('no mail server is configured');
    for (const target of this.inTurn()) {
      try {
        const session = await SmtpSession.open(target, this.timeouts, (gone) => this.forget(gone));
        target.failures = 0;
        this.open.add(session);
        return session;
      } catch (error) {
        last = error;
        target.failures++;
        target.restsUntil = performance.now() + Math.min(BACK_OFF.first * 2 ** (target.failures - 1), BACK_OFF.longest);
      }
    }
    throw last;
  }

  private forget(session: SmtpSession): void {
    this.open.delete(session);
    const at = this.rested.indexOf(session);
    if (at >= 0) this.rested.splice(at, 1);
  }

  /** The servers to try, the one whose turn it is by weight first; those that just failed are left out if others are there. */
  private inTurn(): Target[] {
    const now = performance.now();
    const rested = this.targets.filter((target) => target.restsUntil <= now);
    const awake = rested.length > 0 ? rested : this.targets;
    const total = awake.reduce((sum, target) => sum + target.weight, 0);
    for (const target of awake) target.credit += target.weight;
    const ordered = [...awake].sort((a, b) => b.credit - a.credit);
    const first = ordered[0];
    if (first) first.credit -= total;
    return ordered;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
