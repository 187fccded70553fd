/**
 * The one source of "now". Injected everywhere: the system clock in production, the test clock where `TEST_CLOCK` is
 * set. Stored times come from it; leases and network time-outs do not (those belong to the database's own clock).
 */
export abstract class Clock {
  abstract now(): Date;
}

/** Real time. */
export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

/** A clock that stands where it is put. For tests and for the simulation. */
export class FixedClock extends Clock {
  constructor(private position: Date) {
    super();
  }
  override now(): Date {
    return new Date(this.position);
  }
  set(position: Date): void {
    this.position = new Date(position);
  }
}
