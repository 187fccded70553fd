import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../platform/database/database';
import { nextTryAt, type PostOutcome } from '../platform/outbox/retry-schedule';
import { type ClaimedDelivery, markFailing, markWell, recordTries, type TriedDelivery } from './data/deliveries.sql';
import { type DeliveryVerdict, isLastStraw, judgeDelivery, PATIENCE_DAYS, shownAnswer } from './domain/judge-delivery';
import { EndpointSwitch } from './endpoint-switch';

/** A call that is over. */
export interface Tried {
  claimed: ClaimedDelivery;
  token: string;
  outcome: PostOutcome;
}

interface Judged extends Tried {
  verdict: DeliveryVerdict;
}

/** Writes down what became of calls, and what follows for their endpoints. */
@Injectable()
export class TryRecorder {
  constructor(
    private readonly database: Database,
    private readonly endpoints: EndpointSwitch,
  ) {}

  /**
   * One statement where all is well; endpoints are only written to when they begin to fail, are well again, or are given
   * up. Returns the verdict on each call.
   */
  async record(tried: readonly Tried[], now: Date): Promise<DeliveryVerdict[]> {
    const judged = tried.map((one): Judged => ({ ...one, verdict: judgeDelivery(one.outcome) }));
    const statement = recordTries(
      judged.map((one) => rowOf(one, now)),
      now,
    );
    const well = judged.every(({ verdict, claimed }) => verdict === 'accepted' && claimed.failingSince === null);
    if (well) await this.database.execute(statement);
    else
      await this.database.transaction(async (tx) => {
        const rows = await tx.query<{ id: string; token: string }>(statement);
        const written = new Set(rows.map(({ id, token }) => `${id} ${token}`));
        await this.conclude(
          tx,
          judged.filter(({ claimed, token }) => written.has(`${claimed.id} ${token}`)),
          now,
        );
      });
    return judged.map(({ verdict }) => verdict);
  }

  /** Endpoints one after the other by their ids, as everywhere: two processes never wait for each other in a circle. */
  private async conclude(tx: Tx, judged: readonly Judged[], now: Date): Promise<void> {
    const byEndpoint = new Map<string, Judged[]>();
    for (const one of judged) {
      const known = byEndpoint.get(one.claimed.endpointId);
      if (known) known.push(one);
      else byEndpoint.set(one.claimed.endpointId, [one]);
    }
    for (const [id, own] of [...byEndpoint].sort(([a], [b]) => (a < b ? -1 : 1)))
      await this.concludeOne(tx, id, own, now);
  }

  private async concludeOne(tx: Tx, id: string, own: readonly Judged[], now: Date): Promise<void> {
    if (own.some(({ verdict }) => verdict === 'gone')) {
      return this.endpoints.giveUp(tx, id, 'the receiver answered 410 Gone', now);
    }
    if (own.some(({ verdict }) => verdict === 'accepted')) {
      await tx.execute(markWell([id]));
      return;
    }
    await tx.execute(markFailing([id], now));
    const [last] = own.filter(({ claimed }) => isLastStraw(claimed.failingSince, claimed.attempts + 1, now));
    if (last) await this.endpoints.giveUp(tx, id, `nothing was accepted for ${PATIENCE_DAYS} days`, now);
  }
}

function rowOf({ claimed, token, outcome, verdict }: Judged, now: Date): TriedDelivery {
  const retryAfterMs = outcome.kind === 'answered' ? outcome.retryAfterMs : null;
  const next = verdict === 'again' ? nextTryAt(claimed.id, claimed.attempts + 1, now, retryAfterMs) : null;
  return {
    id: claimed.id,
    token,
    status: verdict === 'accepted' ? 'delivered' : next ? 'queued' : 'failed',
    nextTryAt: next,
    lastStatus: outcome.kind === 'answered' ? outcome.status : null,
    lastAnswer: outcome.kind === 'answered' ? shownAnswer(outcome.excerpt) : null,
    lastError: outcome.kind === 'unreachable' ? outcome.error : null,
  };
}
