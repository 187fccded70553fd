import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { AppConfig } from '../../platform/config/config';
import { Database, type Tx } from '../../platform/database/database';
import { AppLogger } from '../../platform/logging/logger';
import { type SendOutcome } from '../../platform/mail/send-outcome';
import { SettingsStore } from '../../platform/settings/settings';
import {
  claimByLanes,
  type ClaimedRow,
  claimMessages,
  keepLeases,
  nearestDue,
  recoverLeases,
  unpark,
} from '../data/claim-messages.sql';
import {
  countTaken,
  dissolveLanes,
  dropPaces,
  dueOutsideLanes,
  type HeadRow,
  leasedByGroup,
  loadPaces,
  ONE_LIMITED_CLAIM_AT_A_TIME,
  paceProbe,
  type PaceRow,
  pausedSenders,
  putIntoLanes,
  savePaces,
  takenOn,
  waitingLanes,
  WARM_UP_KEY,
} from '../data/pace.sql';
import { groupOfAddress } from '../domain/destination-group';
import { type DestinationPace, isOver, spend } from '../domain/destination-pace';
import { allotLanes, isLaneOver, laneOf, lanesOpenAt, type Limits, readLane, type WaitingLane } from '../domain/lanes';
import { capsAt, type WarmUpPlan } from '../domain/warm-up';
import { SenderPauses } from '../sender-pauses';
import { DestinationWatch } from './destination-watch';

/** What a claim brought. */
export interface Claim {
  rows: ClaimedRow[];
  /** Mails that were not claimed but put where they belong: the next claim gets further. */
  moved: number;
  /** Destination groups that nothing may go to now; what is claimed for them already goes back. */
  closed: ReadonlySet<string>;
}

interface DayLimits extends Limits {
  /** The day that the caps count for. */
  day: string;
}

/** Whether a mail that was claimed, but not taken up, must wait again. */
type GivenBack = (row: ClaimedRow) => boolean;

/** Mails looked at for each that may be claimed, and put into lanes at a time, while something limits the pace. */
const LOOK_AHEAD = 4;
const DISSOLVED_AT_ONCE = 1_000;
const JUDGE_EVERY_MS = 15 * 60_000;
const NO_GROUPS: ReadonlySet<string> = new Set();

/**
 * Claims for the sender. As long as nothing limits the pace a claim is one statement. While something does (a group that
 * pushed back, a paused or capped sending domain) a claim is a transaction of a fixed number of statements, one at a time
 * over all workers: what is held back goes into lanes, and each lane gives so many mails as its limits allow, counted here.
 */
@Injectable()
export class Claims {
  /** Whether the last claim was by lanes. */
  private limited = false;
  private judgedAt = -Infinity;

  constructor(
    private readonly config: AppConfig,
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly watch: DestinationWatch,
    private readonly pauses: SenderPauses,
    private readonly clock: Clock,
    private readonly logger: AppLogger,
  ) {}

  async take(now: Date, token: string, limit: number): Promise<Claim> {
    if (!this.limited) {
      const rows = await this.database.query<ClaimedRow>(claimMessages(now, token, limit));
      if (rows.length > 0) return { rows, moved: 0, closed: NO_GROUPS };
    }
    return this.takeByLanes(now, token, limit);
  }

  /** When the nearest message can be taken up; null when none waits or only a person can let it go. */
  async nextDueAt(now: Date): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date | null; lanes: boolean }>(nearestDue(now));
    const at = row?.at ?? null;
    if (!row?.lanes || (at !== null && at <= now)) return at;
    const limits = await this.limits(this.database, now, await this.paces(this.database));
    const open = lanesOpenAt(await this.database.query<WaitingLane>(waitingLanes), limits, now);
    return at === null || (open !== null && open < at) ? open : at;
  }

  /**
   * Takes from workers that are gone what they held, and makes parked messages due whose campaign runs again. While mail
   * goes out the senders are judged every quarter of an hour.
   */
  async recover(now: Date): Promise<Array<{ id: string; status: string }>> {
    const rows = await this.database.query<{ id: string; status: string }>(recoverLeases(now));
    await this.database.execute(unpark(now));
    if (now.getTime() - this.judgedAt >= JUDGE_EVERY_MS) {
      this.judgedAt = now.getTime();
      await this.pauses.judge(now);
    }
    return rows;
  }

  async keep(ids: readonly string[], tokens: readonly string[]): Promise<void> {
    await this.database.execute(keepLeases(ids, tokens));
  }

  /** A claimed mail goes to the pool. */
  handedOver(recipient: string): void {
    this.watch.handedOver(recipient);
  }

  /**
   * What must not be taken up any more after such an outcome, known before anything is written: mails of a sending domain
   * that is about to be held back.
   */
  blamed(row: ClaimedRow, outcome: SendOutcome): GivenBack | undefined {
    if (outcome.kind !== 'refused' || !this.pauses.isGrave(outcome.reply)) return undefined;
    const sender = senderDomainOf(row);
    return (other) => senderDomainOf(other) === sender;
  }

  /**
   * See `DestinationWatch.ended`; what an answer says of our own domain is told to the circuit breaker. Answers which of the
   * mails that no connection has taken up yet must be given back, undefined where none must.
   */
  async ended(row: ClaimedRow, outcome: SendOutcome, connections: number): Promise<GivenBack | undefined> {
    const sender = senderDomainOf(row);
    const paused = outcome.kind === 'refused' && (await this.blamesSender(outcome.reply, sender, row.id));
    const group = await this.watch.ended(row.recipient, outcome, connections);
    if (!paused && group === undefined) return undefined;
    return (other) => (paused && senderDomainOf(other) === sender) || groupOfAddress(other.recipient) === group;
  }

  private async blamesSender(reply: string, domain: string, messageId: string): Promise<boolean> {
    try {
      return await this.pauses.report(reply, { domain, messageId }, this.clock.now());
    } catch (error) {
      this.logger.failure('an answer that blames the sender could not be judged', error);
      return false;
    }
  }

  private async takeByLanes(now: Date, token: string, limit: number): Promise<Claim> {
    const claim = await this.database.transaction(async (tx) => {
      const [probe] = await tx.query<{ stopped: boolean; limited: boolean }>(paceProbe(now));
      if (!probe?.limited || probe.stopped) return { limited: probe?.limited === true, rows: [], moved: 0 };
      await tx.query(ONE_LIMITED_CLAIM_AT_A_TIME);
      const limits = await this.limits(tx, now, await this.currentPaces(tx, now));
      const head = await tx.query<HeadRow>(dueOutsideLanes(now, limit * LOOK_AHEAD));
      const free = await this.sortIntoLanes(tx, head, limits);
      const lanes = await tx.query<WaitingLane>(waitingLanes);
      const over = lanes.filter(({ lane }) => isLaneOver(lane, limits)).map(({ lane }) => lane);
      const dissolved = over.length > 0 ? await tx.execute(dissolveLanes(over, DISSOLVED_AT_ONCE)) : 0;
      const held = lanes.filter(({ lane }) => !over.includes(lane));
      const allotted = allotLanes(held, limits, free.length > 0 ? Math.ceil(limit / 2) : limit, now);
      const room = limit - [...allotted.values()].reduce((sum, n) => sum + n, 0);
      const rows = await tx.query<ClaimedRow>(claimByLanes(now, token, free.slice(0, room), allotted));
      await this.count(tx, rows, limits, now);
      return { limited: true, rows, moved: dissolved + head.length - free.length, limits };
    });
    this.limited = claim.limited;
    const paces = claim.limits?.paces ?? new Map<string, DestinationPace>();
    const closed = new Set([...paces].filter(([, pace]) => now < pace.closedUntil).map(([name]) => name));
    return { rows: claim.rows, moved: claim.moved, closed };
  }

  /** Answers what nothing holds back. */
  private async sortIntoLanes(tx: Tx, head: readonly HeadRow[], limits: DayLimits): Promise<HeadRow[]> {
    const free: HeadRow[] = [];
    const held: Array<{ id: string; originId: string; lane: string }> = [];
    // What today's cap has counted already goes out under it.
    const counted: Limits = { ...limits, left: new Map() };
    for (const row of head) {
      const lane = laneOf(row, row.countedOn === limits.day ? counted : limits);
      if (lane === undefined) free.push(row);
      else held.push({ id: row.id, originId: row.originId, lane });
    }
    if (held.length > 0) await tx.execute(putIntoLanes(held));
    return free;
  }

  /** Spends what was claimed: tokens of its destination, and the day of its sending domain. */
  private async count(tx: Tx, rows: readonly ClaimedRow[], limits: DayLimits, now: Date): Promise<void> {
    const byGroup = new Map<string, number>();
    const bySender = new Map<string, string[]>();
    for (const row of rows) {
      const group = row.lane === null ? '' : readLane(row.lane).destination;
      if (limits.paces.has(group)) byGroup.set(group, (byGroup.get(group) ?? 0) + 1);
      const domain = senderDomainOf(row);
      const isCounted = limits.left.has(domain) && row.countedOn !== limits.day && row.refusal === null;
      if (isCounted && now <= row.expiresAt) bySender.set(domain, [...(bySender.get(domain) ?? []), row.id]);
    }
    const spent = new Map<string, DestinationPace>();
    for (const [group, taken] of byGroup) {
      const pace = limits.paces.get(group);
      if (pace) spent.set(group, { ...pace, ...spend(pace, taken, now) });
    }
    if (spent.size > 0) await tx.execute(savePaces(spent, null));
    if (bySender.size > 0) await tx.execute(countTaken(limits.day, bySender));
  }

  /** The paces, raised by what this worker has seen, without those that a day has passed over. */
  private async currentPaces(tx: Tx, now: Date): Promise<Map<string, DestinationPace>> {
    const paces = await this.paces(tx);
    const over = [...paces].filter(([, pace]) => isOver(pace, now)).map(([name]) => name);
    if (over.length > 0) await tx.execute(dropPaces(over));
    for (const name of over) paces.delete(name);
    await this.watch.applyAccepted(tx, paces, now);
    return paces;
  }

  private async paces(db: Pick<Tx, 'query'>): Promise<Map<string, DestinationPace>> {
    return new Map((await db.query<PaceRow>(loadPaces)).map((row) => [row.name, row]));
  }

  private async limits(db: Database | Tx, now: Date, paces: Map<string, DestinationPace>): Promise<DayLimits> {
    const leased = paces.size === 0 ? [] : await db.query<{ name: string; count: number }>(leasedByGroup);
    const paused = await db.query<{ domain: string; until: Date | null }>(pausedSenders(now));
    const plans = (await this.settings.get<{ plans: WarmUpPlan[] }>(WARM_UP_KEY, db))?.plans ?? [];
    const { day, nextDay, caps } = capsAt(plans, now, this.config.store.timezone);
    const taken =
      caps.size === 0 ? [] : await db.query<{ domain: string; taken: number }>(takenOn(day, [...caps.keys()]));
    const used = new Map(taken.map((row) => [row.domain, row.taken]));
    return {
      day,
      nextDay,
      paces,
      paused: new Map(paused.map((row) => [row.domain, row.until])),
      leased: new Map(leased.map((row) => [row.name, row.count])),
      left: new Map([...caps].map(([domain, cap]) => [domain, Math.max(0, cap - (used.get(domain) ?? 0))])),
    };
  }
}

/** As `senderDomainSql` reads it. */
function senderDomainOf({ messageIdHeader }: ClaimedRow): string {
  return messageIdHeader.slice(messageIdHeader.lastIndexOf('@') + 1, -1).toLowerCase();
}
