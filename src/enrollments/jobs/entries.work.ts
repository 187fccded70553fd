import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CampaignPrograms, type RunningCampaign, versionKey } from '../../campaigns/campaign-programs';
import { CustomerEvents, WAITING_EVENT_SQL } from '../../customers/customer-events';
import { Database, type Tx } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { notifyDue } from '../../platform/jobs/notify';
import { type Candidate, CustomerEntries } from '../customer-entries';
import { lockActive, wakeWaiting } from '../data/awaited.sql';
import {
  lockWaitingCustomers,
  type OpenEnrollment,
  openEnrollments,
  type ReachedGoal,
  reachGoals,
  type WaitingEvent,
  waitingEvents,
} from '../data/entry.sql';
import { type CustomerEvent, entryKeyOf, orderOf, reachesGoal, startsCampaign } from '../domain/match-events';

/** Events of a batch of customers that are worked off at once; a person with more comes again. */
const EVENTS_PER_CUSTOMER = 4;

/** Works off what happened to customers: goals reached, waits ended, and campaigns entered or refused. */
@Injectable()
export class EntriesWork implements DueWork, OnModuleInit {
  readonly name = 'enrollments.entries';
  readonly order = DUE_ORDER.entries;

  constructor(
    private readonly database: Database,
    private readonly registry: DueWorkRegistry,
    private readonly programs: CampaignPrograms,
    private readonly entries: CustomerEntries,
    private readonly events: CustomerEvents,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ recorded_at: Date }>(
      `select recorded_at from customer_events where ${WAITING_EVENT_SQL} order by id limit 1`,
    );
    return row?.recorded_at ?? null;
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const locked = await tx.query<{ id: string }>(lockWaitingCustomers(limit));
      if (locked.length === 0) return 0;
      const customerIds = locked.map((row) => row.id);
      const waiting = await tx.query<WaitingEvent>(waitingEvents(customerIds, limit * EVENTS_PER_CUSTOMER));
      if (waiting.length === 0) return 0;
      const campaigns = await this.programs.running(tx);
      await this.reachGoals(tx, waiting, now);
      await this.wake(tx, waiting, now);
      await this.entries.enter(tx, candidatesOf(waiting, campaigns), now);
      const ids = waiting.map((event) => event.id);
      await this.events.markHandled(tx, ids, now);
      return waiting.length;
    });
  }

  /** The enrollments that wait for one of the events. Renewals end no wait for an order. */
  private async wake(tx: Tx, waiting: readonly WaitingEvent[], now: Date): Promise<void> {
    const { awaited } = await this.programs.listening(tx);
    const events = waiting.filter(
      ({ type, properties }) => awaited.has(type) && !(type === 'order.counted' && properties.origin === 'renewal'),
    );
    if (events.length === 0) return;
    await tx.query(lockActive([...new Set(events.map((event) => event.customer_id))]));
    const woken = events.map(({ customer_id: customerId, type, occurred_at: occurredAt, reference }) => ({
      customerId,
      type,
      occurredAt,
      reference,
    }));
    if ((await tx.execute(wakeWaiting(woken, now))) > 0) await notifyDue(tx);
  }

  /** By the version that each enrollment runs; arms alike. */
  private async reachGoals(tx: Tx, waiting: readonly WaitingEvent[], now: Date): Promise<void> {
    const customerIds = [...new Set(waiting.map((event) => event.customer_id))];
    const open = await tx.query<OpenEnrollment>(openEnrollments(customerIds));
    if (open.length === 0) return;
    const versions = await this.programs.load(
      tx,
      open.map((row) => ({ campaignId: row.campaign_id, version: row.version })),
    );
    const reached = open.flatMap((row): ReachedGoal[] => {
      const goal = versions.get(versionKey(row.campaign_id, row.version))?.program.goal;
      if (!goal) return [];
      const subject = { enteredAt: row.entered_at, triggerOrderId: row.trigger_order_id };
      const event = waiting.find(
        (one) => one.customer_id === row.customer_id && reachesGoal(goal, subject, eventOf(one)),
      );
      return event ? [{ id: row.id, at: event.occurred_at, exit: goal.exit }] : [];
    });
    if (reached.length > 0) await tx.execute(reachGoals(reached, now));
  }
}

function candidatesOf(waiting: readonly WaitingEvent[], campaigns: readonly RunningCampaign[]): Candidate[] {
  return waiting
    .filter((row) => row.starts)
    .flatMap((row) => {
      const event = eventOf(row);
      return campaigns
        .filter((campaign) => startsCampaign(campaign.definition.trigger, event))
        .map((campaign) => ({
          campaign,
          customerId: row.customer_id,
          entryKey: entryKeyOf(campaign.definition.entry, event),
          eventId: row.id,
          orderId: orderOf(event),
        }));
    });
}

function eventOf(row: WaitingEvent): CustomerEvent {
  return { type: row.type, occurredAt: row.occurred_at, properties: row.properties, reference: row.reference };
}
