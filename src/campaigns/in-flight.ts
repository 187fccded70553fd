import { Injectable } from '@nestjs/common';
import { type Queryable, type Tx } from '../platform/database/database';

/** How many people stand at a position of a version's program. */
export interface Standing {
  version: number;
  position: number;
  people: number;
}

/** Where those at one position go, and what they take with them beside their plan. */
export interface Leaving {
  position: number;
  /** Name of the step there; null behind the last one. */
  step: string | null;
  /** Whether the step there goes on with the waiting of the one before (a `waitFor`, a mail that was put off). */
  goesOnWaiting: boolean;
  /** The event that the new place waits for. */
  waitsFor: string | null;
  /** Whether the engine should look at them at once. */
  looksAgain: boolean;
}

/** Everybody active at a position of an earlier version goes to a position of the new one, or leaves. */
export interface StepMove {
  version: number;
  position: number;
  to: Leaving | 'exit';
}

/** Port: the people in campaigns, who are kept downstream. Register in `onModuleInit` with {@link InFlightPeople}. */
export interface InFlight {
  /** Locks the active people of a campaign until the transaction ends and counts where they stand. */
  standing(tx: Tx, campaignId: string): Promise<Standing[]>;
  /** Moves people to `version`; who exits does so for the reason `moved`. */
  move(tx: Tx, campaignId: string, version: number, moves: readonly StepMove[], at: Date): Promise<void>;
  /** The versions that somebody is in, of campaigns that are not archived. */
  versionsInUse(db: Queryable): Promise<Array<{ campaignId: string; version: number }>>;
}

/** Whoever keeps the people in campaigns. */
@Injectable()
export class InFlightPeople {
  private keeper: InFlight | undefined;

  register(keeper: InFlight): void {
    this.keeper = keeper;
  }

  get kept(): InFlight {
    if (!this.keeper) throw new Error('nobody keeps the people in campaigns');
    return this.keeper;
  }
}
