import { type CalendarPeriod } from '../../domain/calendar-periods';

/** The values of a statement in the order of its placeholders. */
export class Values {
  readonly list: unknown[] = [];

  /** A placeholder for the value. */
  add(value: unknown, cast: string): string {
    return `$${this.list.push(value)}::${cast}`;
  }
}

/** The midnights between successive periods, the first and the last included. */
export function bounds(periods: readonly CalendarPeriod[]): Date[] {
  const last = periods.at(-1);
  return last ? [...periods.map(({ start }) => start), last.end] : [];
}

/** Placeholders that statements on periods share; each is a value of the statement once somebody writes it. */
export class PeriodPlaceholders {
  private readonly written = new Map<string, string>();

  constructor(
    private readonly scope: { periods: readonly CalendarPeriod[]; asOf: Date; zone: string },
    readonly values: Values,
  ) {}

  /** The midnights of {@link bounds}. */
  get bounds(): string {
    return this.once('bounds', () => this.values.add(bounds(this.scope.periods), 'timestamptz[]'));
  }

  get asOf(): string {
    return this.once('asOf', () => this.values.add(this.scope.asOf, 'timestamptz'));
  }

  get zone(): string {
    return this.once('zone', () => this.values.add(this.scope.zone, 'text'));
  }

  /** The end of the last period. */
  get end(): string {
    const { periods, asOf } = this.scope;
    return this.once('end', () => this.values.add(periods.at(-1)?.end ?? asOf, 'timestamptz'));
  }

  private once(name: string, add: () => string): string {
    const known = this.written.get(name) ?? add();
    this.written.set(name, known);
    return known;
  }
}
