const MINUTE = 60_000;

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

export const RFC_5321_TIMEOUTS: Readonly<SmtpTimeouts> = Object.freeze({
  connect: 2 * MINUTE,
  greeting: 5 * MINUTE,
  envelope: 5 * MINUTE,
  body: 3 * MINUTE,
  dot: 10 * MINUTE,
  idle: 30_000,
});
