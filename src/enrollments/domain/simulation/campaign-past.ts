import { type Arm, type EntryHistory } from '../decide-entry';
import { type PastEntry } from './customer-past';

const NOBODY: ReadonlySet<string> = new Set();

/** A person's enrollments in one campaign so far, oldest first: those recorded before the period and those since. */
export class CampaignPast {
  private firstArm: Arm | null = null;
  private lastEnteredAt: Date | null = null;
  /** Those that may be under way. */
  private open: PastEntry[] = [];

  constructor(before: readonly PastEntry[]) {
    for (const entry of before) this.add(entry);
  }

  add(entry: PastEntry): void {
    this.firstArm ??= entry.arm;
    this.lastEnteredAt = new Date(entry.enteredAt);
    this.open.push(entry);
  }

  /** As the entry rules see it at an instant; instants only go forward. */
  at(now: number): EntryHistory {
    const { firstArm, lastEnteredAt } = this;
    if (this.open.length > 0) this.open = this.open.filter(({ endedAt }) => endedAt === null || endedAt > now);
    const activeKeys = this.open.length === 0 ? NOBODY : new Set(this.open.map(({ entryKey }) => entryKey));
    return { firstArm, lastEnteredAt, activeKeys };
  }
}
