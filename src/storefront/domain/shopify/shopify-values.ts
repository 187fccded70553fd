import { instantOrUndefined } from '../lenient-values';
import { type DeliveryContext, type Loose } from '../translation';

/** The number at the end of `gid://shopify/Customer/706405506930370084`. */
export function idOfGid(value: unknown): string | undefined {
  return typeof value === 'string' ? /\/(\d+)$/.exec(value)?.[1] : undefined;
}

/** `id`, else the number of `admin_graphql_api_id`. */
export function shopifyId(body: Loose): string | undefined {
  return body.id('id') ?? idOfGid(body.get('admin_graphql_api_id'));
}

/** When it happened: by Shopify's own header, else by the payload's times, else when it reached us. */
export function occurredAt(body: Loose, context: DeliveryContext): string {
  return (
    instantOrUndefined(context.triggeredAt) ??
    instantOrUndefined(body.get('updated_at')) ??
    instantOrUndefined(body.get('created_at')) ??
    context.receivedAt.toISOString()
  );
}
