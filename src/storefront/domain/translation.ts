import { type Fault } from '../../kernel/errors';
import { type SourceEvent } from './envelope';
import { isRecord } from './field-reader';

/** What an adapter makes of one delivery: events in the one form, or a reason why it is left out. */
export type Translation =
  | { outcome: 'events'; events: SourceEvent[] }
  | { outcome: 'ignored'; reason: string }
  | { outcome: 'faults'; faults: Fault[] };

/** What came with the body. */
export interface DeliveryContext {
  topic: string;
  /** When the shop says that it happened, from a header. */
  triggeredAt: string | undefined;
  receivedAt: Date;
  /** Domain of a Shopify shop, for the links of products. */
  shopDomain: string | undefined;
  storeCurrency: string;
}

export const ignored = (reason: string): Translation => ({ outcome: 'ignored', reason });
export const told = (...events: SourceEvent[]): Translation => ({ outcome: 'events', events });

/** A vendor's JSON object, read leniently: what is absent or of another type reads as undefined. */
export class Loose {
  constructor(readonly object: Record<string, unknown>) {}

  static of(value: unknown): Loose {
    return new Loose(isRecord(value) ? value : {});
  }

  get(name: string): unknown {
    return this.object[name];
  }
  has(name: string): boolean {
    return Object.hasOwn(this.object, name);
  }
  child(name: string): Loose {
    return Loose.of(this.object[name]);
  }
  list(name: string): Loose[] {
    const value = this.object[name];
    return Array.isArray(value) ? value.filter(isRecord).map((item) => new Loose(item)) : [];
  }
  text(name: string): string | undefined {
    const value = this.object[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }
  /** An id: text or number; 0 and empty mean none. */
  id(name: string): string | undefined {
    const value = this.object[name];
    if (typeof value === 'number') return value === 0 ? undefined : String(value);
    return typeof value === 'string' && value !== '' && value !== '0' ? value : undefined;
  }
  flag(name: string): boolean | undefined {
    const value = this.object[name];
    return typeof value === 'boolean' ? value : undefined;
  }
}

/** Drops the entries that are undefined, so that they are absent: "left alone", never "cleared". */
export function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
