import { type LoggerService } from '@nestjs/common';
import pino, { type Logger } from 'pino';

/** Keys whose values never reach a log line. */
const REDACTED = ['key', 'secret', 'password', 'authorization', 'email', 'to', 'recipient', 'headers.authorization'];

/**
 * What is taken out of a line wherever it stands in it, for the words of others: a database says which value it does not
 * like, a mail server whom it does not know. Passwords in URLs, keys and secrets of ours, addresses.
 */
const ANYWHERE: ReadonlyArray<[RegExp, string]> = [
  [/:\/\/[^\s"/@]+@/g, '://[redacted]@'],
  [/\b(rit_|whsec_)[\w+/=-]{8,}/g, '$1[redacted]'],
  [/[^\s"'<>()[\],;:@/\\]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+/gu, '[address]'],
];

/** A line of the log without what {@link ANYWHERE} finds. */
function scrubbed(line: string): string {
  return ANYWHERE.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}

/** What of an error is logged: never the values of a statement or the row that broke a rule, which are personal data. */
function loggedError(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'something that is no Error was thrown' };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.cause instanceof Error ? { cause: loggedError(error.cause) } : {}),
  };
}

/** One JSON line per event on standard output. Nest's own messages go the same way. */
export class AppLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: string, destination?: pino.DestinationStream) {
    this.pino = pino(
      {
        ...{ level, base: null, redact: { paths: REDACTED, censor: '[redacted]' } },
        ...{ serializers: { err: loggedError }, hooks: { streamWrite: scrubbed } },
      },
      destination ?? pino.destination(1),
    );
  }

  info(message: string, fields: Record<string, unknown> = {}): void {
    this.pino.info(fields, message);
  }
  /** Something failed; `error` keeps its stack in the log and nowhere else. */
  failure(message: string, error: unknown, fields: Record<string, unknown> = {}): void {
    this.pino.error({ ...fields, err: error }, message);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.pino.debug({ context: more.at(-1) }, String(message));
  }
  error(message: unknown, ...more: unknown[]): void {
    this.pino.error(
      { context: more.at(-1), ...(message instanceof Error ? { err: message } : {}), stack: more[0] },
      String(message),
    );
  }
  warn(message: unknown, fields?: unknown): void {
    this.pino.warn(typeof fields === 'object' && fields !== null ? fields : { context: fields }, String(message));
  }
  debug(message: unknown, ...more: unknown[]): void {
    this.pino.debug({ context: more.at(-1) }, String(message));
  }
  verbose(message: unknown, ...more: unknown[]): void {
    this.pino.trace({ context: more.at(-1) }, String(message));
  }
  fatal(message: unknown, ...more: unknown[]): void {
    this.pino.fatal({ context: more.at(-1) }, String(message));
  }
  flush(): void {
    this.pino.flush();
  }
}
