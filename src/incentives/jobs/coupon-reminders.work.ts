import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CustomerEvents, type NewCustomerEvent } from '../../customers/customer-events';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { NEXT_REMINDER, type ReminderRow, takeReminders } from '../data/reminders.sql';

/** Tells that a code which somebody has not redeemed will expire; campaigns may start by it. */
@Injectable()
export class CouponRemindersWork implements DueWork, OnModuleInit {
  readonly name = 'incentives.coupon-reminders';
  readonly order = DUE_ORDER.couponReminders;

  constructor(
    private readonly database: Database,
    private readonly events: CustomerEvents,
    private readonly registry: DueWorkRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date }>(NEXT_REMINDER);
    return row?.at ?? null;
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.query<ReminderRow>(takeReminders(now, limit));
      const events = rows.filter(({ waits }) => waits).map((row) => eventOf(row, now));
      await this.events.record(tx, events, now);
      return rows.length;
    });
  }
}

/** Once per mail that gave a code, whatever happens to the process in between. */
function eventOf(row: ReminderRow, now: Date): NewCustomerEvent {
  const { customerId, code, pool, discount, expiresAt, messageId } = row;
  return {
    customerId,
    type: 'coupon.expiring',
    occurredAt: now,
    properties: { code, pool, discount, expiresAt: expiresAt.toISOString(), messageId },
    eventId: `coupon.expiring:${messageId}`,
    starts: true,
  };
}
