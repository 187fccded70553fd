import { type Child } from './child';

/** What a row is given: a maker of empty databases on the bench's Postgres, and the SMTP sink. */
export interface Bench {
  database(): Promise<string>;
  sink: Child;
  sinkPort: number;
  /** Whether rows that can show the plans of their statements do so (`--plans`). */
  plans: boolean;
}

export interface Measured {
  perSecond: number;
  /** The bare limit, measured in the same run; null where there is none to hold it against. */
  limitPerSecond: number | null;
  cpuSecondsPer1000: number;
  /** What else is to be said, in a line below the table. */
  note?: string;
}

/** A row of the table: what is driven, in which unit, against which bare limit, and what is to be reached now. */
export interface Row {
  name: string;
  unit: string;
  limit: string;
  target: number | null;
  run(bench: Bench): Promise<Measured>;
}
