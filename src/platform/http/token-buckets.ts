/** Callers remembered at a time: beyond that the one not heard of for longest is forgotten. */
const REMEMBERED = 20_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets: each caller may do `perMinute` things in a burst and as many a minute. Time is passed in, in milliseconds;
 * memory is bounded however many callers there are. 0 a minute: no limit.
 */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly perMinute: number,
    private readonly remembered = REMEMBERED,
  ) {}

  /** Takes a token and answers 0; else the whole seconds after which there will be one. */
  take(caller: string, now: number): number {
    if (this.perMinute === 0) return 0;
    const bucket = this.filled(caller, now);
    if (bucket.tokens < 1) return this.wait(bucket);
    bucket.tokens--;
    return 0;
  }

  /** As {@link take}, without taking. */
  look(caller: string, now: number): number {
    if (this.perMinute === 0 || !this.buckets.has(caller)) return 0;
    const bucket = this.filled(caller, now);
    return bucket.tokens < 1 ? this.wait(bucket) : 0;
  }

  private wait({ tokens }: Bucket): number {
    return Math.max(1, Math.ceil(((1 - tokens) * 60) / this.perMinute));
  }

  /** The caller's bucket as it is filled by now, moved to the end of the map. */
  private filled(caller: string, now: number): Bucket {
    const known = this.buckets.get(caller);
    const grown = known ? known.tokens + (Math.max(0, now - known.at) * this.perMinute) / 60_000 : this.perMinute;
    const bucket = { tokens: Math.min(this.perMinute, grown), at: now };
    this.buckets.delete(caller);
    this.buckets.set(caller, bucket);
    if (this.buckets.size > this.remembered) {
      for (const oldest of this.buckets.keys()) {
        this.buckets.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}
