import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { type Fault, Refusal } from '../kernel/errors';
import { Database } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { notifyDue } from '../platform/jobs/notify';

export const DELIVERY_STATUSES = ['stored', 'processed', 'failed', 'ignored'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export interface DeliveryView {
  id: string;
  /** Key of the source, `bulk` for what came by `POST /events`. */
  source: string;
  deliveryId: string;
  type: string;
  receivedAt: string;
  status: DeliveryStatus;
  /** Of a failed one: what is wrong, by path; of an ignored one: the reason. */
  errors: Fault[];
  /** How often it was worked off. */
  attempts: number;
}

interface Row extends Omit<DeliveryView, 'receivedAt'> {
  receivedAt: Date;
}

const COLUMNS = `id, source, delivery_id as "deliveryId", type, received_at as "receivedAt", status, errors, attempts`;

/** The deliveries as they came, and a second try for those that failed. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** Newest first; by status, by source. Raw bodies are not shown in the list. */
  async list({ limit, cursor }: PageQuery, status?: DeliveryStatus, source?: string): Promise<Page<DeliveryView>> {
    const [id] = cursor === undefined ? [undefined] : decodeCursor(cursor, 1);
    // The status stands in the text, so that the partial indexes of it can be used.
    const only = DELIVERY_STATUSES.find((one) => one === status);
    const rows = await this.database.query<Row>(
      `select ${COLUMNS} from deliveries
       where ($1::uuid is null or id < $1::uuid) and ($2::text is null or source = $2)
         ${only ? `and status = '${only}'` : ''}
       order by id desc limit $3`,
      [id ?? null, source ?? null, limit + 1],
    );
    return pageOf(rows, limit, viewOf, (row) => [row.id]);
  }

  /** One delivery with its raw body. @throws Refusal 404 */
  async get(id: string): Promise<DeliveryView & { body: string }> {
    const [row] = await this.database.query<Row & { body: string }>(
      `select ${COLUMNS}, body from deliveries where id = $1`,
      [id],
    );
    if (!row) throw Refusal.notFound('The delivery');
    return { ...viewOf(row), body: row.body };
  }

  /**
   * Has a failed or ignored delivery worked off once more. One that was processed or still waits stays as it is: its
   * effects stand, or are to come.
   *
   * @throws Refusal 404
   */
  async replay(id: string): Promise<DeliveryView> {
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<Row>(`select ${COLUMNS} from deliveries where id = $1 for no key update`, [id]);
      if (!row) throw Refusal.notFound('The delivery');
      if (row.status === 'processed' || row.status === 'stored') return viewOf(row);
      await tx.execute(`update deliveries set status = 'stored', errors = '[]', processed_at = null where id = $1`, [
        id,
      ]);
      await this.audit.record(tx, {
        action: 'delivery.replay',
        resource: `delivery:${id}`,
        before: { status: row.status },
        after: { status: 'stored' },
      });
      await notifyDue(tx);
      return viewOf({ ...row, status: 'stored', errors: [] });
    });
  }
}

function viewOf({ receivedAt, ...row }: Row): DeliveryView {
  return { ...row, receivedAt: receivedAt.toISOString() };
}
