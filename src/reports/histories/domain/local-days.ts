import { addDays, DAY_ZERO, startOfDay } from '../../../kernel/local-time';

const DAY_MS = 86_400_000;
/** Up to the year 2189. */
const DAYS = 80_000;

/** Calendar days of a zone as whole numbers (those of `dayNumber`), for millions of questions: each midnight is worked out once. */
export class LocalDays {
  private readonly midnights = new Float64Array(DAYS).fill(NaN);

  constructor(private readonly zone: string) {}

  /** The day of an instant in milliseconds. */
  of(ms: number): number {
    const guess = Math.floor(ms / DAY_MS);
    if (ms < this.midnight(guess)) return guess - 1;
    return ms >= this.midnight(guess + 1) ? guess + 1 : guess;
  }

  /** The instant at which a day begins, in milliseconds. */
  midnight(day: number): number {
    const known = this.midnights[day] ?? NaN;
    if (!Number.isNaN(known)) return known;
    const begins = startOfDay(addDays(DAY_ZERO, day), this.zone).getTime();
    this.midnights[day] = begins;
    return begins;
  }
}
