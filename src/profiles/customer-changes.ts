import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { CustomerEvents } from '../customers/customer-events';
import { CustomerIngest } from '../customers/customer-ingest';
import { type CustomerPatch } from '../customers/customers.types';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { Database, type Tx } from '../platform/database/database';
import { CustomersService } from './customers.service';
import { type CustomerView } from './profiles.types';

/** Changes of a customer by API. */
@Injectable()
export class CustomerChanges {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly customers: CustomersService,
    private readonly ingest: CustomerIngest,
    private readonly events: CustomerEvents,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Lays a patch over a customer, with the clock's now as the version: later events of the shop overrule it, earlier
   * ones do not. A `subscribed` without a later proof does not lift an unsubscribe of the person.
   *
   * @throws Refusal (404, or 409 for an erased person)
   */
  async patch(id: string, patch: CustomerPatch): Promise<CustomerView> {
    return this.database.transaction((tx) => this.apply(tx, id, () => patch, 'customer.patch'));
  }

  /**
   * As {@link patch}, but what is not given is cleared, attributes by key. The consent is left alone unless it is given:
   * it is a record of what a person said, not a field of a form.
   */
  async replace(id: string, given: CustomerPatch): Promise<CustomerView> {
    return this.database.transaction((tx) => this.apply(tx, id, (before) => whole(given, before), 'customer.replace'));
  }

  private async apply(
    tx: Tx,
    ref: string,
    patchOf: (before: CustomerView) => CustomerPatch,
    action: string,
  ): Promise<CustomerView> {
    const before = await this.customers.get(ref, tx);
    if (before.erasedAt) throw Refusal.conflict('The person was erased; the record cannot be filled again.');
    const patch = patchOf(before);
    const at = this.clock.now();
    // Sorts behind every event id, so that at one instant the word of the API is the last.
    const eventId = `~api:${newId(at)}`;
    const [result] = await this.ingest.applyBatch(
      tx,
      [{ kind: 'upsert', identity: { id: before.id }, patch, version: { at, eventId }, source: 'api' }],
      at,
    );
    if (result?.consentSubscribed) {
      const subscribed = { customerId: before.id, type: 'consent.subscribed', occurredAt: at, eventId, starts: true };
      await this.events.record(tx, [subscribed], at);
    }
    // Names of fields only: the log outlives an erasure.
    await this.audit.record(tx, { action, resource: `customer:${before.id}`, after: { fields: Object.keys(patch) } });
    return this.customers.get(before.id, tx);
  }
}

const PLAIN = ['email', 'firstName', 'lastName', 'locale', 'timezone', 'tags'] as const;

function whole(given: CustomerPatch, before: CustomerView): CustomerPatch {
  const cleared = Object.fromEntries(PLAIN.filter((field) => given[field] === undefined).map((field) => [field, null]));
  const attributes = Object.fromEntries(Object.keys(before.attributes).map((key) => [key, null]));
  return { ...given, ...cleared, attributes: { ...attributes, ...given.attributes } };
}
