import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { type Fault, Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { BULK_SCOPE, type RawDelivery } from './data/store-deliveries.sql';
import { hasControl } from './domain/clean-json';
import { type SourceEvent } from './domain/envelope';
import { isRecord } from './domain/field-reader';
import { outerFaults, readEnvelope } from './domain/read-envelope';
import { DeliveryInbox } from './delivery-inbox';

export const MOST_EVENTS = 1_000;
const LONGEST_ID = 255;

export interface BulkReceipt {
  /** Stored now. */
  accepted: number;
  /** Known by their ids, or repeated within the array; without effect. */
  duplicates: number;
  rejected: Array<{ index: number; errors: Fault[] }>;
}

/** Events in bulk. What is at fault is told at once and not stored; the others are stored like webhooks. */
@Injectable()
export class EventsDoor {
  constructor(
    private readonly inbox: DeliveryInbox,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  /** @throws Refusal 422 when it is no array of 1 to 1000 */
  async accept(events: unknown): Promise<BulkReceipt> {
    if (!Array.isArray(events) || events.length === 0 || events.length > MOST_EVENTS) {
      throw Refusal.invalid([{ path: '', message: `must be an array of 1 to ${MOST_EVENTS} events` }]);
    }
    const rejected: BulkReceipt['rejected'] = [];
    const rows: RawDelivery[] = [];
    events.forEach((event: unknown, index) => {
      const read = this.read(event);
      if (read.ok) rows.push(read.row);
      else rejected.push({ index, errors: read.faults });
    });
    const receipts = rows.length === 0 ? [] : await this.inbox.storeAll(rows);
    const accepted = receipts.filter((receipt) => !receipt.duplicate).length;
    return { accepted, duplicates: receipts.length - accepted, rejected };
  }

  private read(event: unknown): { ok: true; row: RawDelivery } | { ok: false; faults: Fault[] } {
    const faults = [...outerFaults(event), ...ownFaults(event)];
    if (faults.length > 0 || !isRecord(event)) return { ok: false, faults };
    const { id, type, occurredAt, data } = event as unknown as SourceEvent & { id: string };
    const context = { storeCurrency: this.config.store.currency, vendor: false };
    const read = readEnvelope({ type, occurredAt, data }, context);
    if (!read.ok) return { ok: false, faults: read.faults };
    return { ok: true, row: this.row(id, { type, occurredAt, data }, read.envelope.version) };
  }

  private row(deliveryId: string, event: SourceEvent, versionAt: Date): RawDelivery {
    const receivedAt = this.clock.now();
    return {
      id: newId(receivedAt),
      scope: BULK_SCOPE,
      source: 'bulk',
      kind: 'generic',
      channel: 'bulk',
      deliveryId,
      identity: deliveryId,
      type: event.type,
      receivedAt,
      versionAt,
      headers: {},
      body: JSON.stringify(event),
    };
  }
}

const KNOWN = new Set(['id', 'type', 'occurredAt', 'data']);

/** What a bulk event has beyond the outer form of a webhook: an id of its own, and nothing else. */
function ownFaults(event: unknown): Fault[] {
  if (!isRecord(event)) return [];
  const { id } = event;
  const good = typeof id === 'string' && id !== '' && id.length <= LONGEST_ID && !hasControl(id, false);
  const unknown = Object.keys(event).filter((name) => !KNOWN.has(name));
  return [
    ...(good ? [] : [{ path: 'id', message: `must be text of 1 to ${LONGEST_ID} characters` }]),
    ...unknown.map((path) => ({ path, message: 'is not a known field' })),
  ];
}
