/** One fault in what was sent: `path` looks like `steps[1].for`; line and column where a parser knows them. */
export interface Fault {
  path: string;
  message: string;
  line?: number;
  column?: number;
}

/**
 * The closed set of refusals a caller can meet. Each maps to one HTTP status in the problem filter:
 * malformed 400, unauthenticated 401, forbidden 403, not_found 404, conflict 409, stale 412, too_large 413,
 * unsupported_media 415, invalid 422, too_many 429, unavailable 503.
 */
export type RefusalKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'stale'
  | 'too_large'
  | 'unsupported_media'
  | 'invalid'
  | 'too_many'
  | 'unavailable';

/** An expected refusal, told to the caller as RFC 9457 problem details. Anything else that is thrown is a 500. */
export class Refusal extends Error {
  constructor(
    readonly kind: RefusalKind,
    message: string,
    readonly faults: Fault[] = [],
  ) {
    super(message);
    this.name = 'Refusal';
  }

  static invalid(faults: Fault[], message = 'The content is not valid.'): Refusal {
    return new Refusal('invalid', message, faults);
  }
  static notFound(what: string): Refusal {
    return new Refusal('not_found', `${what} does not exist.`);
  }
  static conflict(message: string): Refusal {
    return new Refusal('conflict', message);
  }
}

/** Too many requests; `retryAfter` is told as `Retry-After`, in seconds. */
export class TooMany extends Refusal {
  constructor(readonly retryAfter: number) {
    super('too_many', `There were too many requests from here. Try again in ${retryAfter} s.`);
  }
}

/** The question was too much for the time that a statement has; `unavailable`, and waiting does not help. */
export class TooSlow extends Refusal {
  constructor(detail: string) {
    super('unavailable', detail);
  }
}
