import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { AffinityStore } from '../data/affinity-store';
import { BasketReader } from '../data/basket-reader';
import { refreshDueAt } from '../domain/refresh-due';

/** Keeps what recommendations are read from close to the orders. */
@Injectable()
export class AffinityRefresh implements DueWork, OnModuleInit {
  readonly name = 'catalog.affinities';
  readonly order = DUE_ORDER.affinities;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly database: Database,
    private readonly store: AffinityStore,
    private readonly reader: BasketReader,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const state = await this.store.state(this.database);
    return state.revision === state.ordersRevision ? null : refreshDueAt(state, this.clock.now());
  }

  async runDue(now: Date): Promise<number> {
    return this.database.transaction(async (tx) => {
      if (!(await this.store.tryLock(tx))) return 0;
      const state = await this.store.state(tx);
      if (state.revision === state.ordersRevision || refreshDueAt(state, now) > now) return 0;
      await this.store.replace(tx, await this.reader.read(tx), state.ordersRevision, now);
      return 1;
    });
  }
}
