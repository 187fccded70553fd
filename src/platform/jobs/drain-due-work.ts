import { type DueWork } from './due-work';

/** How much of one kind of work is done before the others get their turn. */
export const BATCH = 500;
/** Pause when what is due is held by another process: its lease or its lock decides, not we. */
const HELD_ELSEWHERE_MS = 20;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/**
 * Runs the list of due work at a standing `now` until nothing is due: in order of the chain, starting over after each
 * piece that did something, since it may have made upstream work due. Waits while work is held by another process.
 * `aborted` is asked between batches.
 */
export async function drainDueWork(
  works: readonly DueWork[],
  now: Date,
  aborted: () => boolean = () => false,
): Promise<void> {
  for (;;) {
    let did = 0;
    let held = false;
    for (const work of works) {
      if (aborted()) return;
      const due = await work.nextDueAt();
      if (due === null || due > now) continue;
      const done = await work.runDue(now, BATCH);
      did += done;
      if (done === 0) held = true;
    }
    if (did > 0) continue;
    if (!held) return;
    await pause(HELD_ELSEWHERE_MS);
  }
}

/** The nearest instant at which any of the work becomes due; null when none ever does by itself. */
export async function nearestDueAt(works: readonly DueWork[]): Promise<Date | null> {
  let nearest: Date | null = null;
  for (const work of works) {
    const due = await work.nextDueAt();
    if (due !== null && (nearest === null || due < nearest)) nearest = due;
  }
  return nearest;
}
