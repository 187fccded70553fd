import { needsSmtpUtf8 } from '../../kernel/address';
import { noSmtpUtf8, type SendOutcome } from './send-outcome';
import { type WireMail } from './mail-course';
import { inTurn, Relay, type RelayState } from './relays';
import { SmtpSession } from './smtp-session';
import { type SmtpTimeouts } from './smtp-timeouts';
import type { SmtpEndpoint } from './smtp-url';

/** How often a lane looks whether a bounded relay has become free (ms). */
const LOOK_AGAIN_MS = 50;

interface Job {
  mail: WireMail;
  done: (outcome: SendOutcome) => void;
}

/**
 * Keep-alive connections to the mail servers, `connections` at most, each carrying one mail at a time.
 *
 * Unlike nodemailer's pool it never sends a mail again by itself, with one exception that is free of risk: a connection
 * that had carried mail before and was lost before the gate (a server's idle time-out) is replaced once.
 *
 * A mail whose recipient needs SMTPUTF8 goes to the relays that offer it.
 */
export class MailPool {
  private targets: Relay[] = [];
  private readonly waiting: Job[] = [];
  private readonly rested: SmtpSession[] = [];
  private readonly open = new Map<SmtpSession, Relay>();
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
    this.targets = endpoints.map((endpoint) => new Relay(endpoint));
  }

  /** Hands over one mail; the answer never rejects. */
  send(mail: WireMail): Promise<SendOutcome> {
    return new Promise((done) => {
      this.waiting.push({ mail, done });
      if (this.lanes < Math.min(this.connections, this.room)) void this.runLane();
    });
  }

  /** How the relays do. */
  relays(): RelayState[] {
    return this.targets.map((relay) => relay.state());
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
    const utf8 = needsSmtpUtf8(mail.to);
    let session = this.sessionFor(utf8, held);
    for (;;) {
      try {
        session ??= await this.connect(utf8);
      } catch (error) {
        if (!(error instanceof NoRoom)) return { session: undefined, outcome: this.outcomeWithout(error, utf8) };
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        session = this.takeRested(utf8);
        continue;
      }
      const reused = session.isUsed;
      const relay = this.open.get(session);
      const outcome = await session.send(mail);
      if (!reused || outcome.kind !== 'unsent' || outcome.stage !== 'envelope' || outcome.busy) {
        relay?.ended(outcome);
        return { session: session.isUsable ? session : undefined, outcome };
      }
      session = undefined;
    }
  }

  /** The connection that a lane holds, or a rested one; where it cannot take the mail it is left to others. */
  private sessionFor(utf8: boolean, held: SmtpSession | undefined): SmtpSession | undefined {
    if (!held?.isUsable) return this.takeRested(utf8);
    if (!utf8 || held.offersSmtpUtf8) return held;
    const session = this.takeRested(utf8);
    this.rest(held);
    return session;
  }

  /** What is said of a mail that no connection came about for. */
  private outcomeWithout(error: unknown, utf8: boolean): SendOutcome {
    if (error instanceof NoSmtpUtf8) return noSmtpUtf8(true);
    // The other relays work: this is no outage, and must not hold up their mails.
    if (utf8 && this.targets.some((relay) => relay.offersSmtpUtf8 === false && relay.isUp)) return noSmtpUtf8(false);
    return { kind: 'unsent', stage: 'connect', detail: messageOf(error) };
  }

  private takeRested(utf8 = false): SmtpSession | undefined {
    for (let at = this.rested.length - 1; at >= 0; at--) {
      const session = this.rested[at];
      if (session?.isUsable && utf8 && !session.offersSmtpUtf8) continue;
      this.rested.splice(at, 1);
      if (session?.isUsable) return session;
    }
    return undefined;
  }

  private rest(session: SmtpSession): void {
    session.rest();
    this.rested.push(session);
  }

  private async connect(utf8 = false): Promise<SmtpSession> {
    const able = utf8 ? this.targets.filter((relay) => relay.offersSmtpUtf8 !== false) : this.targets;
    if (this.targets.length > 0 && able.length === 0) throw new NoSmtpUtf8();
    if (able.length > 0 && !able.some((relay) => relay.hasRoom)) throw new NoRoom();
    // What rests makes room: it is of no use to this mail.
    const made = this.targets.reduce((sum, relay) => sum + relay.connections, 0);
    if (made >= this.connections) this.rested.pop()?.quit();
    let last: unknown = able.length > 0 ? new NoRoom() : new Error('no mail server is configured');
    for (const relay of inTurn(able)) {
      const session = await this.openAt(relay).catch((error: unknown) => void (last = error));
      if (!session) continue;
      if (!utf8 || session.offersSmtpUtf8) return session;
      this.rest(session);
      // One relay less that may offer it.
      return this.connect(utf8);
    }
    throw last;
  }

  private async openAt(relay: Relay): Promise<SmtpSession> {
    relay.connections++;
    try {
      const session = await SmtpSession.open(relay.endpoint, this.timeouts, (gone) => this.forget(gone));
      if (!session.isUsable) throw new Error('The connection was closed');
      this.open.set(session, relay);
      relay.offersSmtpUtf8 = session.offersSmtpUtf8;
      return session;
    } catch (error) {
      relay.connections--;
      relay.couldNotConnect();
      throw error;
    }
  }

  private forget(session: SmtpSession): void {
    const relay = this.open.get(session);
    if (relay) relay.connections--;
    this.open.delete(session);
    const at = this.rested.indexOf(session);
    if (at >= 0) this.rested.splice(at, 1);
  }

  /** Connections that the relays which are up may have in all. */
  private get room(): number {
    const up = this.targets.filter((relay) => relay.isUp);
    const bounds = (up.length > 0 ? up : this.targets).map(({ endpoint }) => endpoint.connections ?? Infinity);
    return bounds.reduce((sum, bound) => sum + bound, 0);
  }
}

/** All relays that can be used have as many connections as they may: another lane's will be free. */
class NoRoom extends Error {}

/** No relay offers SMTPUTF8, which this mail needs. */
class NoSmtpUtf8 extends Error {}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
