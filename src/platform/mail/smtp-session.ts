import { Readable } from 'node:stream';
import type { Socket } from 'node:net';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { outcomeOfFailure, type SendOutcome, type SendStage } from './send-outcome';
import type { SmtpEndpoint } from './smtp-url';

/** What is handed to a session: octets as `assembleMime` makes them (no line starts with a dot). */
export interface WireMail {
  from: string;
  to: string;
  octets: Buffer;
  /**
   * Asked once, after the server's 354 and before the first octet of the body. False or a rejection withholds the mail.
   */
  gate: () => Promise<boolean>;
}

/** Milliseconds, by RFC 5321, 4.5.3.2. */
export interface SmtpTimeouts {
  connect: number;
  greeting: number;
  /** MAIL, RCPT and DATA up to the 354; pipelined, so one of five minutes stands for all. */
  envelope: number;
  body: number;
  /** After the final dot. A shorter one makes duplicates. */
  dot: number;
  /** An idle connection is closed by us after this, before servers do. */
  idle: number;
}

const MINUTE = 60_000;
export const RFC_5321_TIMEOUTS: Readonly<SmtpTimeouts> = Object.freeze({
  connect: 2 * MINUTE,
  greeting: 5 * MINUTE,
  envelope: 5 * MINUTE,
  body: 3 * MINUTE,
  dot: 10 * MINUTE,
  idle: 30_000,
});

const CRLF_LENGTH = 2;

/**
 * One connection to a server, used for one mail after the other.
 *
 * Built on nodemailer's `SMTPConnection` (greeting, STARTTLS, authentication, pipelining). What it adds is the knowledge
 * of where a mail was lost:
 * - Our body stream is first read after the 354. That first read asks the gate; a no closes the connection at once
 *   (`socketCloseTimeout: 0`), the server has accepted nothing.
 * - The body goes to the socket in one write of our own; only when that has left the socket's buffer the stream ends,
 *   and nodemailer's data stream, which saw no octet, writes exactly CRLF "." CRLF: the final dot, on its own. The
 *   octets need no dot-stuffing. `test/integration/mail/smtp-session.spec.ts` holds this against a scripted server.
 */
export class SmtpSession {
  private usable = true;
  private sent = 0;
  private idleTimer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly connection: SMTPConnection,
    private readonly timeouts: SmtpTimeouts,
    /** Told once when the connection is gone. */
    private readonly onGone: (session: SmtpSession) => void,
  ) {}

  /** @throws Error when no session comes about: no connection, no greeting, no TLS, no authentication. */
  static open(
    endpoint: SmtpEndpoint,
    timeouts: SmtpTimeouts,
    onGone: (session: SmtpSession) => void,
  ): Promise<SmtpSession> {
    const connection = new SMTPConnection(optionsOf(endpoint, timeouts));
    const session = new SmtpSession(connection, timeouts, onGone);
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        connection.close();
        reject(error);
      };
      connection.on('error', fail);
      connection.once('end', () => {
        session.gone();
        reject(new Error('The connection was closed'));
      });
      connection.connect((error) => {
        if (error) return fail(error);
        if (!endpoint.auth) return resolve(session);
        connection.login({ credentials: endpoint.auth }, (refusal) => (refusal ? fail(refusal) : resolve(session)));
      });
    });
  }

  get isUsable(): boolean {
    return this.usable;
  }
  /** True when the connection has carried mail before: a loss before the gate may just be the server's idle time-out. */
  get isUsed(): boolean {
    return this.sent > 0;
  }

  /** Sends one mail. Never rejects; after anything but `accepted` and `refused` the session is closed. */
  send(mail: WireMail): Promise<SendOutcome> {
    clearTimeout(this.idleTimer);
    return new Promise((resolve) => {
      const course = new Course(this.connection, mail, this.timeouts, (outcome) => {
        this.sent++;
        if (outcome.kind !== 'accepted' && outcome.kind !== 'refused') this.close();
        resolve(outcome);
      });
      course.start();
    });
  }

  /** After a refusal the transaction is reset; false when the session cannot be used again. */
  reset(): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.usable) return resolve(false);
      const timer = setTimeout(() => this.close(), this.timeouts.envelope);
      const done = (well: boolean): void => {
        clearTimeout(timer);
        this.connection.removeListener('end', lost);
        if (!well) this.close();
        resolve(well);
      };
      const lost = (): void => done(false);
      this.connection.once('end', lost);
      this.connection.reset((error) => done(!error));
    });
  }

  /** Says goodbye when nothing was sent for a while. */
  rest(): void {
    this.idleTimer = setTimeout(() => this.quit(), this.timeouts.idle);
    this.idleTimer.unref();
  }

  quit(): void {
    if (!this.usable) return;
    this.usable = false;
    clearTimeout(this.idleTimer);
    this.connection.quit();
    // A server that never answers the QUIT must not keep the process.
    setTimeout(() => this.connection.close(), 1_000).unref();
  }

  close(): void {
    this.connection.close();
    this.gone();
  }

  private gone(): void {
    clearTimeout(this.idleTimer);
    const was = this.usable;
    this.usable = false;
    if (was) this.onGone(this);
  }
}

/** The way of one mail over a connection; settles exactly once. */
class Course {
  private stage: SendStage = 'envelope';
  private settled = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly stream: Readable;

  constructor(
    private readonly connection: SMTPConnection,
    private readonly mail: WireMail,
    private readonly timeouts: SmtpTimeouts,
    private readonly settle: (outcome: SendOutcome) => void,
  ) {
    let asked = false;
    this.stream = new Readable({
      read: () => {
        if (asked) return;
        asked = true;
        this.askGate();
      },
    });
  }

  start(): void {
    this.arm(this.timeouts.envelope);
    this.connection.send({ from: this.mail.from, to: [this.mail.to] }, this.stream, (error, info) => {
      if (!error && this.stage === 'dot') return this.finish({ kind: 'accepted', reply: info?.response ?? '' });
      const reply = error ? (error.response ?? error.message) : 'the server answered before the final dot';
      this.finish(outcomeOfFailure(this.stage, error?.responseCode ?? 0, String(reply)), this.stage === 'body');
    });
  }

  private askGate(): void {
    this.stage = 'gate';
    clearTimeout(this.timer);
    this.mail.gate().then(
      (open) => (open ? this.writeBody() : this.finish({ kind: 'withheld' }, true)),
      (error: unknown) => this.finish({ kind: 'unsent', stage: 'gate', detail: String(error) }, true),
    );
  }

  private writeBody(): void {
    const socket = this.connection._socket;
    if (this.settled || !socket || !socket.writable) return this.lost('the connection was lost at the gate');
    this.stage = 'body';
    this.arm(this.timeouts.body);
    // Without its last CRLF: the data stream's end writes CRLF "." CRLF.
    const body = this.mail.octets.subarray(0, this.mail.octets.length - CRLF_LENGTH);
    (socket as Socket).write(body, (error) => {
      if (error || this.settled) return this.lost(error?.message ?? 'the connection was lost in the body');
      // One turn of the event loop, so that a loss which has already reached us is seen while it is still certain.
      setImmediate(() => this.writeDot());
    });
  }

  private writeDot(): void {
    if (this.settled) return;
    this.stage = 'dot';
    this.arm(this.timeouts.dot);
    this.stream.push(null);
  }

  /** nodemailer usually reports the loss itself, at the same stage; this is for the cases where it does not. */
  private lost(detail: string): void {
    setImmediate(() => this.finish({ kind: 'unsent', stage: this.stage, detail }, true));
  }

  private arm(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const detail = `no answer within ${Math.round(ms / 1000)} s`;
      this.finish(outcomeOfFailure(this.stage, 0, detail), true);
    }, ms);
  }

  private finish(outcome: SendOutcome, close = false): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    if (close) {
      this.stream.destroy();
      this.connection.close();
    }
    this.settle(outcome);
  }
}

function optionsOf(endpoint: SmtpEndpoint, timeouts: SmtpTimeouts): SMTPConnectionOptions {
  return {
    host: endpoint.host,
    port: endpoint.port,
    secure: endpoint.secure,
    requireTLS: endpoint.requireTls,
    ignoreTLS: endpoint.ignoreTls,
    ...(endpoint.name === undefined ? {} : { name: endpoint.name }),
    tls: { rejectUnauthorized: endpoint.verifyCertificate },
    connectionTimeout: timeouts.connect,
    greetingTimeout: timeouts.greeting,
    // Longer than any of ours: the stage decides what a silence means.
    socketTimeout: timeouts.dot + timeouts.envelope,
    socketCloseTimeout: 0,
  };
}
