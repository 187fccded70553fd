import { Injectable } from '@nestjs/common';
import { TooMany } from '../../kernel/errors';
import { AppConfig } from '../config/config';
import { Metrics } from '../metrics/metrics';
import { callerOf } from './client-address';
import { TokenBuckets } from './token-buckets';

/** What is limited: calls by API key, pages by address, and by address what failed to show a good key or signature. */
type Limited = 'key' | 'pages' | 'bad_keys' | 'bad_signatures';

/**
 * Limits on callers, counted in this process: several processes behind a balancer let through as many times as much. They
 * are there against floods, not for metering: to count together each request would cost a statement.
 */
@Injectable()
export class RateLimits {
  private readonly buckets: Readonly<Record<Limited, TokenBuckets>>;
  private readonly refused;

  constructor(config: AppConfig, metrics: Metrics) {
    const { key, pages, failures } = config.rateLimits;
    this.buckets = {
      key: new TokenBuckets(key),
      pages: new TokenBuckets(pages),
      bad_keys: new TokenBuckets(failures),
      bad_signatures: new TokenBuckets(failures),
    };
    this.refused = metrics.counter('ritorno_http_limited_total', 'Requests refused with 429, by limit', ['limit']);
  }

  /** Counts a call with an API key. @throws Refusal 429 */
  call(keyId: string): void {
    this.answer('key', this.buckets.key.take(keyId, performance.now()));
  }

  /** Counts a look at a public page. @throws Refusal 429 */
  page(address: string): void {
    this.answer('pages', this.buckets.pages.take(callerOf(address), performance.now()));
  }

  /** Counts a key or signature that was wrong. @throws Refusal 429 when there were too many */
  failed(what: 'bad_keys' | 'bad_signatures', address: string): void {
    this.answer(what, this.buckets[what].take(callerOf(address), performance.now()));
  }

  /** Whether an address was wrong too often. */
  isFailing(what: 'bad_keys' | 'bad_signatures', address: string): boolean {
    return this.buckets[what].look(callerOf(address), performance.now()) > 0;
  }

  private answer(limit: Limited, seconds: number): void {
    if (seconds === 0) return;
    this.refused.inc({ limit });
    throw new TooMany(seconds);
  }
}
