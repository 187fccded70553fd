import { type Queryable } from '../../platform/database/database';
import { type EndpointView } from '../webhooks.types';

/** An endpoint as it is stored, with its secrets' times and how much waits. */
export interface EndpointRow {
  id: string;
  name: string | null;
  description: string | null;
  url: string;
  events: string[];
  enabled: boolean;
  disabledAt: Date | null;
  disabledReason: string | null;
  failingSince: Date | null;
  waiting: number;
  secretCreatedAt: Date;
  previousValidUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** Counting stops here: nobody needs to know more exactly how far behind a receiver is. */
const COUNTED = 100_000;

const SELECT = `select e.id, e.name, e.description, e.url, e.events, e.enabled, e.disabled_at as "disabledAt",
    e.disabled_reason as "disabledReason", e.failing_since as "failingSince", e.created_at as "createdAt",
    e.updated_at as "updatedAt",
    (select count(*) from (
      select from webhook_deliveries d where d.endpoint_id = e.id and d.status = 'queued' limit ${COUNTED}) w) as waiting,
    (select max(s.created_at) from webhook_secrets s where s.endpoint_id = e.id) as "secretCreatedAt",
    (select max(s.expires_at) from webhook_secrets s where s.endpoint_id = e.id and s.expires_at > $1) as "previousValidUntil"
  from webhook_endpoints e`;

/** All of them, newest first, or the one with an id. There are few, so they are not paged. */
export function endpointRows(db: Queryable, now: Date, id: string | null = null): Promise<EndpointRow[]> {
  return db.query<EndpointRow>(`${SELECT} where $2::uuid is null or e.id = $2 order by e.id desc`, [now, id]);
}

export function endpointView(row: EndpointRow): EndpointView {
  const { waiting, failingSince, secretCreatedAt, previousValidUntil, disabledAt, createdAt, updatedAt, ...rest } = row;
  const at = (instant: Date | null): string | null => instant?.toISOString() ?? null;
  return {
    ...rest,
    disabledAt: at(disabledAt),
    health: {
      status: !row.enabled ? 'disabled' : failingSince === null ? 'ok' : 'failing',
      failingSince: at(failingSince),
      waiting,
    },
    secret: { createdAt: secretCreatedAt.toISOString(), previousValidUntil: at(previousValidUntil) },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
