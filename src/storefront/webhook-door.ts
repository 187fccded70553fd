import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { RateLimits } from '../platform/http/rate-limits';
import { isRecord } from './domain/field-reader';
import { outerFaults } from './domain/read-envelope';
import { type SourceKind, verifyRequest } from './domain/source-kind';
import { type Headers } from './domain/verify-signature';
import { versionHint } from './domain/version-hint';
import { isPing } from './domain/woocommerce/translate-woocommerce';
import { DeliveryInbox, type Receipt } from './delivery-inbox';
import { type KnownSource, SourceDirectory } from './source-directory';

/** Headers that are kept with a delivery: what the translation needs, and never a signature. */
const KEPT: Record<SourceKind, readonly string[]> = {
  generic: [],
  shopify: ['x-shopify-topic', 'x-shopify-triggered-at', 'x-shopify-shop-domain', 'x-shopify-api-version'],
  woocommerce: ['x-wc-webhook-topic'],
};

const LONGEST_ID = 255;

/** The public door for webhooks: judges the signature over the raw bytes, stores, answers. Works nothing off. */
@Injectable()
export class WebhookDoor {
  constructor(
    private readonly directory: SourceDirectory,
    private readonly inbox: DeliveryInbox,
    private readonly clock: Clock,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Takes one delivery. Resolves once it is durable; what its `data` says is judged later. What is signed well is taken
   * however often; what is not is counted by the address that it came from.
   *
   * @param headers names in lower case
   * @param address who sends it
   * @throws Refusal 404 unknown source, 401 bad signature or stamp, 422 no JSON or (generic) not the outer form,
   *   429 too many bad ones
   */
  async accept(sourceKey: string, headers: Headers, body: Buffer, address: string): Promise<Receipt> {
    const now = this.clock.now();
    const source = await this.directory.find(sourceKey);
    if (!source) {
      this.limits.failed('bad_signatures', address);
      throw Refusal.notFound('The source');
    }
    if (source.kind === 'woocommerce' && isPing(body)) return { id: newId(now), duplicate: false };
    if (!(await this.isSigned(source, headers, body, { now, address }))) {
      this.limits.failed('bad_signatures', address);
      throw new Refusal(
        'unauthenticated',
        'The signature does not fit the body, or its time stamp is more than 5 minutes off.',
      );
    }
    const text = body.toString('utf8');
    const parsed = parsedOrRefused(text);
    const type = typeOf(source.kind, headers, parsed);
    const deliveryId = deliveryIdOf(source.kind, headers, body);
    return this.inbox.store({
      id: newId(now),
      scope: source.id,
      source: source.key,
      kind: source.kind,
      channel: 'webhook',
      deliveryId,
      // One event of Shopify may be told under several topics, all with its one id.
      identity: source.kind === 'shopify' ? `${deliveryId} ${type}` : deliveryId,
      type,
      receivedAt: now,
      versionAt: versionHint(source.kind, parsed, headers['x-shopify-triggered-at'], now),
      headers: kept(source.kind, headers),
      body: text,
    });
  }

  private async isSigned(
    source: KnownSource,
    headers: Headers,
    body: Buffer,
    { now, address }: { now: Date; address: string },
  ): Promise<boolean> {
    if (verifyRequest(source.kind, { headers, body }, inForce(source, now), now)) return true;
    // The secret may have been rotated by another process a moment ago; who fails all the time is not looked up again.
    if (this.limits.isFailing('bad_signatures', address)) return false;
    const fresh = await this.directory.find(source.key, true);
    return fresh !== undefined && verifyRequest(fresh.kind, { headers, body }, inForce(fresh, now), now);
  }
}

function inForce(source: KnownSource, now: Date): string[] {
  return source.secrets.flatMap(({ secret, expiresAt }) => (expiresAt === null || expiresAt > now ? [secret] : []));
}

function parsedOrRefused(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw Refusal.invalid([{ path: '', message: 'is no JSON' }], 'The body is no JSON.');
  }
}

function typeOf(kind: SourceKind, headers: Headers, body: unknown): string {
  switch (kind) {
    case 'generic': {
      const faults = outerFaults(body);
      if (faults.length > 0) throw Refusal.invalid(faults, 'The body must have type, occurredAt and data.');
      return isRecord(body) && typeof body.type === 'string' ? printable(body.type) : '';
    }
    case 'shopify':
      return (headers['x-shopify-topic'] ?? '').slice(0, LONGEST_ID);
    case 'woocommerce':
      return (headers['x-wc-webhook-topic'] ?? '').slice(0, LONGEST_ID);
    default:
      return kind satisfies never;
  }
}

/** NUL cannot be stored, and would fail the statement that is shared with other deliveries. */
function printable(text: string): string {
  return text.slice(0, LONGEST_ID).replace(/[\u0000-\u001f\u007f]/g, '\ufffd');
}

/** The shop's own id of the delivery, else the hash of the body: the same body again is the same delivery. */
function deliveryIdOf(kind: SourceKind, headers: Headers, body: Buffer): string {
  const told = {
    generic: headers['webhook-id'],
    shopify: headers['x-shopify-event-id'] ?? headers['x-shopify-webhook-id'],
    woocommerce: headers['x-wc-webhook-delivery-id'],
  }[kind];
  if (told && told.length <= LONGEST_ID) return told;
  return `sha256:${createHash('sha256')
    .update(told ?? body)
    .digest('hex')}`;
}

function kept(kind: SourceKind, headers: Headers): Record<string, string> {
  const entries = KEPT[kind].flatMap((name): [string, string][] => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value.slice(0, 500)]];
  });
  return Object.fromEntries(entries);
}
