import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { MailCourse, type WireMail } from './mail-course';
import { type SendOutcome } from './send-outcome';
import { type SmtpTimeouts } from './smtp-timeouts';
import { type SmtpEndpoint } from './smtp-url';

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
  private isGone = false;
  private sent = 0;
  private smtpUtf8 = false;
  private idleTimer: NodeJS.Timeout | undefined;

  private constructor(
    readonly endpoint: SmtpEndpoint,
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
    const session = new SmtpSession(endpoint, connection, timeouts, onGone);
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        clearTimeout(timer);
        connection.close();
        reject(error);
      };
      // nodemailer bounds the connection and the greeting, and after them only silence: a server that drips its answer to
      // EHLO, or hangs in the handshake, would hold a lane for ever.
      const longest = timeouts.connect + timeouts.greeting + timeouts.envelope;
      const timer = setTimeout(() => fail(new Error(`no session within ${Math.round(longest / 1000)} s`)), longest);
      connection.on('error', fail);
      connection.once('end', () => {
        clearTimeout(timer);
        session.gone();
        reject(new Error('The connection was closed'));
      });
      const ready = () => {
        clearTimeout(timer);
        resolve(session);
      };
      connection.connect((error) => {
        if (error) return fail(error);
        session.smtpUtf8 = /[ -]SMTPUTF8\b/i.test(String(connection.lastServerResponse));
        if (!endpoint.auth) return ready();
        connection.login({ credentials: endpoint.auth }, (refusal) => (refusal ? fail(refusal) : ready()));
      });
    });
  }

  get isUsable(): boolean {
    return this.usable;
  }
  /** Whether the server offers SMTPUTF8 (RFC 6531). */
  get offersSmtpUtf8(): boolean {
    return this.smtpUtf8;
  }
  /** True when the connection has carried mail before: a loss before the gate may just be the server's idle time-out. */
  get isUsed(): boolean {
    return this.sent > 0;
  }

  /** Sends one mail. Never rejects; after anything but `accepted` and `refused` the session is closed. */
  send(mail: WireMail): Promise<SendOutcome> {
    clearTimeout(this.idleTimer);
    return new Promise((resolve) => {
      const relay = { hasSmtpUtf8: this.smtpUtf8, preface: this.preface(mail) };
      const course = new MailCourse(this.connection, mail, this.timeouts, relay, (outcome) => {
        this.sent++;
        if (outcome.kind !== 'accepted' && outcome.kind !== 'refused') this.close();
        resolve(outcome);
      });
      course.start();
    });
  }

  /** A relay that offers idempotency takes a mail with a key that it has seen for the same mail: not covered by DKIM. */
  private preface({ key }: WireMail): string {
    const { idempotencyHeader } = this.endpoint;
    return idempotencyHeader === undefined || key === undefined ? '' : `${idempotencyHeader}: ${key}\r\n`;
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
    this.usable = false;
    if (this.isGone) return;
    this.isGone = true;
    this.onGone(this);
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
