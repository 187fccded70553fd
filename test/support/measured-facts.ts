import { randomUUID } from 'node:crypto';
import { newId } from '../../src/kernel/ids';
import { type Database } from '../../src/platform/database/database';

/** Builders of the facts that measurement reads, written straight into the tables. Instants as ISO 8601. */
export class MeasuredFacts {
  constructor(private readonly db: Database) {}

  async customer(): Promise<string> {
    const id = randomUUID();
    await this.db.query(
      `insert into customers (id, external_id, created_at, recorded_at, updated_at) values ($1, $2, $3, $3, $3)`,
      [id, `x-${id}`, new Date('2025-01-01T00:00:00Z')],
    );
    return id;
  }

  /** A campaign with one version for each of `epochs` (definitions; the last is live). */
  async campaign(key: string, definition: object, options: CampaignOptions = {}): Promise<string> {
    const { epochs = [definition], status = 'active', steps = ['one', 'two'], archivedAt = null } = options;
    const id = randomUUID();
    const at = new Date('2025-01-01T00:00:00Z');
    const program = {
      instructions: steps.map((step, i) => ({ op: 'email', path: `steps[${i}]`, key: step, templateId: randomUUID() })),
    };
    await this.db.query(
      `insert into campaigns (id, key, name, status, version, live_version, salt, epoch, priority, archived_at, created_at,
         updated_at)
       values ($1, $2, $2, $3, $4, $4, 'salt', $4, 50, $5, $6, $6)`,
      [id, key, status, epochs.length, archivedAt && new Date(archivedAt), at],
    );
    for (const [i, version] of epochs.entries()) {
      await this.db.query(
        `insert into campaign_versions (campaign_id, version, epoch, definition, program, created_at, published_at)
         values ($1, $2, $2, $3::jsonb, $4::jsonb, $5, $5)`,
        [
          id,
          i + 1,
          JSON.stringify({ key, name: key, trigger: { on: 'manual' }, holdout: 0, ...version }),
          JSON.stringify(program),
          at,
        ],
      );
    }
    return id;
  }

  async enrollment(facts: EnrollmentFacts): Promise<string> {
    const id = newId(new Date(facts.enteredAt));
    await this.db.query(
      `insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, entry_key, status, position,
         entered_at, ended_at, trigger_order_id)
       values ($1, $2, $3, 1, $4, $5, 'drawn', $1::uuid::text, 'completed', 0, $6, $6, $7)`,
      [
        id,
        facts.customer,
        facts.campaign,
        facts.epoch ?? 1,
        facts.arm ?? 'treatment',
        new Date(facts.enteredAt),
        facts.triggerOrder ?? null,
      ],
    );
    return id;
  }

  /** An order with its refunds, announced as changed. Amounts in cents. */
  async order(facts: OrderFacts): Promise<string> {
    const id = facts.id ?? randomUUID();
    const total = facts.total ?? 1000;
    const status = facts.status ?? 'paid';
    const placedAt = new Date(facts.placedAt);
    await this.db.query(
      `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
         total_minor, store_total_minor, counting, recorded_at)
       values ($1, $1::uuid::text, $2, $3, $3, 'e', $4, $5, $6, $7, $8, $9, $3)`,
      [
        id,
        facts.customer,
        placedAt,
        status,
        facts.origin ?? 'shop',
        facts.storeTotal === undefined ? 'EUR' : 'USD',
        total,
        facts.storeTotal === undefined ? total : facts.storeTotal,
        status === 'paid',
      ],
    );
    await this.announce(id);
    for (const refund of facts.refunds ?? []) await this.refund(id, refund.amount, refund.at);
    return id;
  }

  async refund(orderId: string, amount: number, at: string): Promise<void> {
    await this.db.query(
      `insert into refunds (id, event_key, order_external_id, order_id, amount, amount_minor, at, recorded_at)
       values ($1, $1::uuid::text, $2::uuid::text, $2, $3::bigint / 100.0, $3::bigint, $4, $4)`,
      [randomUUID(), orderId, amount, new Date(at)],
    );
    await this.db.query(
      `update orders set refunded_minor = refunded_minor + $2::bigint,
         counting = status = 'paid' and not (total_minor > 0 and refunded_minor + $2::bigint >= total_minor)
       where id = $1`,
      [orderId, amount],
    );
    await this.announce(orderId);
  }

  async setStatus(orderId: string, status: string): Promise<void> {
    await this.db.query(
      `update orders set status = $2::text,
         counting = $2::text = 'paid' and not (total_minor > 0 and refunded_minor >= total_minor)
       where id = $1`,
      [orderId, status],
    );
    await this.announce(orderId);
  }

  /** As the orders module does when anything about an order changes. */
  private async announce(orderId: string): Promise<void> {
    await this.db.query(`insert into order_changes (order_id, at) values ($1, $2)`, [
      orderId,
      new Date('2025-01-01T00:00:00Z'),
    ]);
  }

  async message(facts: MessageFacts): Promise<string> {
    const due = new Date(facts.dueAt);
    const id = facts.id ?? newId(due);
    const status = facts.status ?? 'sent';
    const instant = (text: string | undefined): Date | null => (text === undefined ? null : new Date(text));
    await this.db.query(
      `insert into messages (id, origin, origin_id, enrollment_id, campaign_id, customer_id, step, status, reason, basis,
         due_at, queued_at, expires_at, sent_at, opened_at, clicked_at, machine_opened_at, machine_clicked_at, bounced_at,
         unsubscribed_at)
       values ($1, 'enrollment', $2, $2, $3, $4, $5, $6, $7, 'consent', $8, $8, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        id,
        facts.enrollment,
        facts.campaign,
        facts.customer,
        facts.step ?? 'one',
        status,
        facts.reason ?? null,
        due,
        status === 'sent' || status === 'bounced' ? (instant(facts.sentAt) ?? due) : null,
        instant(facts.openedAt),
        instant(facts.clickedAt),
        instant(facts.machineOpenedAt),
        instant(facts.machineClickedAt),
        instant(facts.bouncedAt),
        instant(facts.unsubscribedAt),
      ],
    );
    return id;
  }

  async hit(facts: HitFacts): Promise<void> {
    const kind = facts.kind ?? 'click';
    await this.db.query(
      `insert into hits (id, message_id, customer_id, kind, link_index, at, machine, rule, rule_version, method)
       values ($1, $2, $3, $4, $5, $6, $7, $8, 1, 'GET')`,
      [
        randomUUID(),
        facts.message,
        facts.customer,
        kind,
        kind === 'click' ? 0 : null,
        new Date(facts.at),
        facts.machine ?? false,
        facts.machine === true ? 'agent' : null,
      ],
    );
  }
}

export interface CampaignOptions {
  epochs?: object[];
  status?: string;
  steps?: string[];
  archivedAt?: string;
}

export interface EnrollmentFacts {
  customer: string;
  campaign: string;
  enteredAt: string;
  arm?: 'treatment' | 'holdout';
  epoch?: number;
  triggerOrder?: string;
}

export interface OrderFacts {
  id?: string;
  customer: string;
  placedAt: string;
  total?: number;
  /** In another currency than the store's: what it is in store money, null when the shop does not say. */
  storeTotal?: number | null;
  status?: string;
  origin?: string;
  refunds?: Array<{ amount: number; at: string }>;
}

export interface MessageFacts {
  id?: string;
  customer: string;
  campaign: string;
  enrollment: string;
  dueAt: string;
  step?: string;
  status?: string;
  reason?: string;
  sentAt?: string;
  openedAt?: string;
  clickedAt?: string;
  machineOpenedAt?: string;
  machineClickedAt?: string;
  bouncedAt?: string;
  unsubscribedAt?: string;
}

export interface HitFacts {
  message: string;
  customer: string;
  at: string;
  kind?: 'open' | 'click' | 'unsubscribe';
  machine?: boolean;
}
