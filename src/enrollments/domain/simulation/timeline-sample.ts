import { uniform } from '../../../kernel/hash';
import { type LifeSeen, type RefusalSeen, type TimelineLine } from './walk.types';

/** One person's way through the campaign, or why there was none. Instants are ISO 8601. */
export interface SampleTimeline {
  customerId: string;
  trigger: string;
  at: string;
  entry:
    { outcome: 'enrolled'; arm: string; armReason: string } | { outcome: 'refused'; reason: string; values: object };
  steps: Array<Omit<TimelineLine, 'at'> & { at: string }>;
  status: string | null;
  exitReason: string | null;
  endedAt: string | null;
  next: { step: string; at: string } | null;
}

interface Kept<T> {
  draw: number;
  one: T;
}

/**
 * Keeps the timelines of a few people out of many: those whose hash is least, so that the sample is by chance and yet the
 * same in every run, whatever the order in which people come. Of those refused a third as many.
 */
export class TimelineSample {
  private readonly lives: Array<Kept<LifeSeen>> = [];
  private readonly refusals: Array<Kept<RefusalSeen>> = [];
  private last = { customerId: '', draw: 0 };

  constructor(private readonly size: number) {}

  /** Whether the life is among the sample now. */
  entered(life: LifeSeen): boolean {
    return keep(this.lives, { draw: this.draw(life.customerId), one: life }, this.size);
  }

  refused(refusal: RefusalSeen): void {
    keep(this.refusals, { draw: this.draw(refusal.customerId), one: refusal }, Math.ceil(this.size / 3));
  }

  /** One hash for all that happens to a customer. */
  private draw(customerId: string): number {
    if (this.last.customerId !== customerId) this.last = { customerId, draw: uniform(`${customerId}:sample`) };
    return this.last.draw;
  }

  timelines(): SampleTimeline[] {
    return [...this.lives.map(({ one }) => ofLife(one)), ...this.refusals.map(({ one }) => ofRefusal(one))];
  }
}

function keep<T>(list: Array<Kept<T>>, candidate: Kept<T>, size: number): boolean {
  const last = list.at(-1);
  if (list.length >= size && (!last || last.draw <= candidate.draw)) return false;
  list.push(candidate);
  list.sort((a, b) => a.draw - b.draw);
  if (list.length > size) list.pop();
  return true;
}

function ofLife(life: LifeSeen): SampleTimeline {
  const { customerId, trigger, enteredAt, arm, armReason, lines, status, exitReason, endedAt, next } = life;
  return {
    customerId,
    trigger,
    at: iso(enteredAt),
    entry: { outcome: 'enrolled', arm, armReason },
    steps: lines.map((line) => ({ ...line, at: iso(line.at) })),
    status,
    exitReason,
    endedAt: endedAt === null ? null : iso(endedAt),
    next: next && { step: next.step, at: iso(next.at) },
  };
}

function ofRefusal({ customerId, trigger, at, reason, values }: RefusalSeen): SampleTimeline {
  const entry = { outcome: 'refused' as const, reason, values };
  return {
    customerId,
    trigger,
    at: iso(at),
    entry,
    steps: [],
    status: null,
    exitReason: null,
    endedAt: null,
    next: null,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
