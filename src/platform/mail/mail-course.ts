import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { needsSmtpUtf8 } from '../../kernel/address';
import { keptWords, noSmtpUtf8, outcomeOfFailure, type SendOutcome, type SendStage } from './send-outcome';
import { type SmtpTimeouts } from './smtp-timeouts';

/** What is handed to a session: octets as `assembleMime` makes them (no line starts with a dot). */
export interface WireMail {
  from: string;
  to: string;
  octets: Buffer;
  /** The same at every try: what a relay's idempotency header says. */
  key?: string;
  /**
   * Asked once, after the server's 354 and before the first octet of the body. False or a rejection withholds the mail.
   */
  gate: () => Promise<boolean>;
}

const CRLF_LENGTH = 2;

/** The way of one mail over a connection; settles exactly once. */
export class MailCourse {
  private stage: SendStage = 'envelope';
  private settled = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly stream: Readable;

  constructor(
    private readonly connection: SMTPConnection,
    private readonly mail: WireMail,
    private readonly timeouts: SmtpTimeouts,
    private readonly relay: {
      /** Whether the server offers SMTPUTF8 (RFC 6531). */
      hasSmtpUtf8: boolean;
      /** Header lines that stand before those of the mail, each with its CRLF; empty for none. */
      preface: string;
    },
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
    if (needsSmtpUtf8(this.mail.to) && !this.relay.hasSmtpUtf8) return this.finish(noSmtpUtf8(true));
    this.arm(this.timeouts.envelope);
    this.connection.send({ from: this.mail.from, to: [this.mail.to] }, this.stream, (error, info) => {
      if (!error && this.stage === 'dot')
        return this.finish({ kind: 'accepted', reply: keptWords(info?.response ?? '') });
      const reply = error ? keptWords(error.response ?? error.message) : 'the server answered before the final dot';
      const outcome = outcomeOfFailure(this.stage, error?.responseCode ?? 0, reply, error?.command);
      this.finish(outcome, this.stage === 'body');
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
    const { preface } = this.relay;
    const octets = preface === '' ? body : Buffer.concat([Buffer.from(preface, 'latin1'), body]);
    socket.write(octets, (error) => {
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
