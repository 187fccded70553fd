import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { fromMinor } from '../kernel/money';
import { Database } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { CustomersService } from './customers.service';
import { type TimelinePlace, timelinePage, type TimelineRow } from './data/timeline.sql';
import { type TimelineItem } from './profiles.types';

/** What happened to a customer, from every module that knows. */
@Injectable()
export class Timeline {
  constructor(
    private readonly database: Database,
    private readonly customers: CustomersService,
  ) {}

  /** Newest first: events, orders, refunds, consent, stages, enrollments, messages, hits, answers and coupons. @throws Refusal (404) */
  async page(id: string, { limit, cursor }: PageQuery): Promise<Page<TimelineItem>> {
    const customerId = await this.customers.resolve(id);
    const after = cursor === undefined ? null : placeOf(cursor);
    const rows = await this.database.query<TimelineRow>(timelinePage(customerId, after, limit + 1));
    return pageOf(rows, limit, itemOf, (row) => [row.at.toISOString(), row.key]);
  }
}

function placeOf(cursor: string): TimelinePlace {
  const [at = '', key = ''] = decodeCursor(cursor, 2);
  const instant = new Date(at);
  if (Number.isNaN(instant.getTime())) {
    throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
  }
  return { at: instant, key };
}

/** Money as decimal strings, instants as everywhere. */
function itemOf({ at, kind, item }: TimelineRow): TimelineItem {
  const { totalMinor, amountMinor, recordedAt, givenAt, changedAt, expiresAt, ...rest } = item;
  const currency = typeof rest.currency === 'string' ? rest.currency : '';
  return {
    at: at.toISOString(),
    kind,
    ...rest,
    ...(typeof totalMinor === 'number' ? { total: fromMinor(totalMinor, currency) } : {}),
    ...(typeof amountMinor === 'number' ? { amount: fromMinor(amountMinor, currency) } : {}),
    ...(typeof recordedAt === 'string' ? { recordedAt: new Date(recordedAt).toISOString() } : {}),
    ...(typeof changedAt === 'string' ? { changedAt: new Date(changedAt).toISOString() } : {}),
    ...(typeof givenAt === 'string' ? { givenAt: new Date(givenAt).toISOString() } : {}),
    ...(typeof expiresAt === 'string' ? { expiresAt: new Date(expiresAt).toISOString() } : {}),
  };
}
