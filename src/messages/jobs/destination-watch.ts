import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Counter } from 'prom-client';
import { Clock } from '../../kernel/clock';
import { Database, type Tx } from '../../platform/database/database';
import { AppLogger } from '../../platform/logging/logger';
import { type SendOutcome } from '../../platform/mail/send-outcome';
import { Metrics } from '../../platform/metrics/metrics';
import { loadPaces, ONE_LIMITED_CLAIM_AT_A_TIME, type PaceRow, savePaces } from '../data/pace.sql';
import { groupOfAddress } from '../domain/destination-group';
import { type DestinationPace, nextPace } from '../domain/destination-pace';
import { pushBackOf } from '../domain/push-back';

const MINUTE_MS = 60_000;
const LONGEST_REPLY = 500;

/**
 * What this worker sees of the destination groups it writes to. Push-backs are told to all workers at once, through the
 * table of groups; mails that were accepted are counted here and told with the next claim, in sets.
 */
@Injectable()
export class DestinationWatch implements OnModuleInit {
  private readonly inFlight = new Map<string, number>();
  /** Accepted by group in this minute and the one before; the second is what a minute's rate is read from at its start. */
  private minute = new Map<string, number>();
  private minuteBefore = new Map<string, number>();
  private minuteEndsAt = 0;
  /** Accepted since the limits were last written. */
  private accepted = new Map<string, number>();
  private readonly pushBacks: Counter<'group'>;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly logger: AppLogger,
  ) {
    this.pushBacks = metrics.counter(
      'ritorno_messages_push_backs_total',
      'Answers of destination groups that asked for a slower pace (421, 4.7.28)',
      ['group'],
    );
  }

  onModuleInit(): void {
    this.metrics.gauge(
      'ritorno_messages_destination_limit',
      'Limits of destination groups that pushed back: mails at once, and a minute',
      ['group', 'limit'],
      async (gauge) => {
        gauge.reset();
        for (const { name, concurrency, perMinute } of await this.database.query<PaceRow>(loadPaces)) {
          gauge.set({ group: name, limit: 'concurrency' }, concurrency);
          gauge.set({ group: name, limit: 'per_minute' }, perMinute);
        }
      },
    );
  }

  handedOver(recipient: string): void {
    const group = groupOfAddress(recipient);
    this.inFlight.set(group, (this.inFlight.get(group) ?? 0) + 1);
  }

  /**
   * Takes note of an outcome. Answers the group that has to be left alone now, when this outcome says so; the limit then
   * stands in the database. `connections`: how many mails this worker can have under way at once.
   */
  async ended(recipient: string, outcome: SendOutcome, connections: number): Promise<string | undefined> {
    const group = groupOfAddress(recipient);
    const under = this.inFlight.get(group) ?? 1;
    if (under > 1) this.inFlight.set(group, under - 1);
    else this.inFlight.delete(group);
    if (outcome.kind === 'accepted') {
      this.turnMinute();
      this.minute.set(group, (this.minute.get(group) ?? 0) + 1);
      this.accepted.set(group, (this.accepted.get(group) ?? 0) + 1);
    }
    const reply = pushBackOf(outcome);
    if (reply === undefined) return undefined;
    this.pushBacks.inc({ group });
    await this.pushedBack(group, Math.min(under, connections), reply).catch((error: unknown) =>
      this.logger.failure('a push-back could not be written', error),
    );
    return group;
  }

  /** Raises the limits by what was accepted since; inside the transaction of a claim that holds the lock. */
  async applyAccepted(tx: Tx, paces: Map<string, DestinationPace>, now: Date): Promise<void> {
    const seen = this.accepted;
    this.accepted = new Map();
    const raised = new Map<string, DestinationPace>();
    for (const [group, pace] of paces) {
      const accepted = seen.get(group) ?? 0;
      const next = nextPace(pace, { accepted, pushBacks: 0, inFlight: 0, lastMinute: 0 }, now);
      if (next && next !== pace) raised.set(group, next);
    }
    if (raised.size === 0) return;
    await tx.execute(savePaces(raised, null));
    for (const [group, pace] of raised) paces.set(group, pace);
  }

  private async pushedBack(group: string, inFlight: number, reply: string): Promise<void> {
    const now = this.clock.now();
    this.turnMinute();
    const lastMinute = Math.max(this.minute.get(group) ?? 0, this.minuteBefore.get(group) ?? 0);
    const accepted = this.accepted.get(group) ?? 0;
    this.accepted.delete(group);
    const next = await this.database.transaction(async (tx) => {
      await tx.query(ONE_LIMITED_CLAIM_AT_A_TIME);
      const before = (await tx.query<PaceRow>(loadPaces)).find(({ name }) => name === group);
      const after = nextPace(before, { accepted, pushBacks: 1, inFlight, lastMinute }, now);
      if (!after || after === before) return undefined;
      await tx.execute(savePaces(new Map([[group, after]]), reply.slice(0, LONGEST_REPLY)));
      return after;
    });
    if (!next) return;
    const { concurrency, perMinute, closedUntil } = next;
    this.logger.warn('a destination asks for less', { group, concurrency, perMinute, closedUntil });
  }

  private turnMinute(): void {
    const at = performance.now();
    if (at < this.minuteEndsAt) return;
    this.minuteBefore = at < this.minuteEndsAt + MINUTE_MS ? this.minute : new Map<string, number>();
    this.minute = new Map();
    this.minuteEndsAt = at + MINUTE_MS;
    // Groups without a limit are only counted for the rate of a minute.
    this.accepted = new Map([...this.accepted].filter(([group]) => this.minuteBefore.has(group)));
  }
}
