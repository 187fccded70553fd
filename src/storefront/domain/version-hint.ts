import { type SourceKind } from './source-kind';
import { isRecord } from './field-reader';
import { parseInstant } from './parse-instant';

/**
 * The version of what a delivery tells, as far as its outer form says it: deliveries that wait are worked off in this
 * order, so that the order in which they arrived does not matter even where one batch does not take them all.
 */
export function versionHint(kind: SourceKind, body: unknown, triggeredAt: string | undefined, receivedAt: Date): Date {
  if (!isRecord(body)) return receivedAt;
  const told = candidates(kind, body, triggeredAt).map((value) =>
    typeof value === 'string' ? parseInstant(value) : undefined,
  );
  return told.find((at) => at !== undefined) ?? receivedAt;
}

function candidates(kind: SourceKind, body: Record<string, unknown>, triggeredAt: string | undefined): unknown[] {
  switch (kind) {
    case 'generic':
      return [isRecord(body.data) ? body.data.updatedAt : undefined, body.occurredAt];
    case 'shopify':
      return [body.updated_at, triggeredAt, body.created_at];
    case 'woocommerce':
      return [utc(body.date_modified_gmt), utc(body.date_created_gmt)];
    default:
      return kind satisfies never;
  }
}

const utc = (value: unknown): unknown => (typeof value === 'string' && !/Z$/i.test(value) ? `${value}Z` : value);
