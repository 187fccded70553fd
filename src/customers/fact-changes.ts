import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';
import { type FactChange } from './changed-facts';

/** Port: a module that keeps something up to date that follows from facts. Register in `onModuleInit`. */
export interface FactWatch {
  /** Which facts it wants to hear of, as things stand in the transaction; names as in {@link FactChange}, `whole` too. */
  watched(tx: Tx): Promise<ReadonlySet<string>>;
  /** Takes note of changes of what it watches. @param at the clock's now */
  note(tx: Tx, changes: readonly FactChange[], at: Date): Promise<void>;
}

/**
 * Where modules tell that facts about customers have changed, in the transaction that changed them and after it wrote
 * them. Downstream modules listen. While nobody watches, nothing is even put together: the intake asks one row a batch.
 */
@Injectable()
export class FactChanges {
  private watch: FactWatch | undefined;
  private readonly asked = new WeakMap<Tx, Promise<ReadonlySet<string>>>();

  register(watch: FactWatch): void {
    if (this.watch) throw new Error('facts are watched already');
    this.watch = watch;
  }

  /**
   * @param changes called only if somebody watches anything, with what is watched
   * @param at the clock's now
   */
  async announce(
    tx: Tx,
    at: Date,
    changes: (watches: (facts: string) => boolean) => readonly FactChange[],
  ): Promise<void> {
    const { watch } = this;
    if (!watch) return;
    let asked = this.asked.get(tx);
    if (!asked) this.asked.set(tx, (asked = watch.watched(tx)));
    const watched = await asked;
    if (watched.size === 0) return;
    const wanted = changes((facts) => watched.has(facts)).filter(({ facts }) => watched.has(facts));
    if (wanted.length > 0) await watch.note(tx, wanted, at);
  }
}
