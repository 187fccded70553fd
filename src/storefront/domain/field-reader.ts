import { type Fault } from '../../kernel/errors';
import { normaliseAddress } from '../../kernel/address';
import { isCurrency, parseMoney } from '../../kernel/money';
import { parseInstant } from './parse-instant';
import { decimalText } from './decimal-text';
import { cleanJson, hasControl, wellFormed } from './clean-json';

/** Largest magnitude that a unit price, a quantity or an attribute of an order may have: columns hold ten digits. */
const LARGEST = 1e10;

export interface TextRule {
  max?: number;
  /** Line breaks and tabs are fine (names, texts of consent); NUL never is. */
  lines?: boolean;
}

/**
 * Reads the fields of one object of an event and collects what is wrong with them, each under its path. A field that
 * is at fault reads as undefined; whoever uses the values first asks whether there were faults.
 */
export class FieldReader {
  private readonly known = new Set<string>();

  constructor(
    private readonly object: Record<string, unknown>,
    readonly path: string,
    readonly faults: Fault[],
  ) {}

  /** The raw value, and marks the name as known. */
  raw(name: string): unknown {
    this.known.add(name);
    return Object.hasOwn(this.object, name) ? this.object[name] : undefined;
  }

  fault(name: string, message: string): undefined {
    this.faults.push({ path: this.at(name), message });
    return undefined;
  }

  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** Absent stays undefined, null stays null. */
  text(name: string, rule: TextRule = {}): string | null | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return value;
    if (typeof value !== 'string') return this.fault(name, 'must be text');
    const max = rule.max ?? 255;
    if (value.length > max) return this.fault(name, `must have ${max} characters or fewer`);
    if (hasControl(value, rule.lines === true)) return this.fault(name, 'must not hold control characters');
    return wellFormed(value);
  }

  /** As {@link text}; empty text counts as null. */
  optional(name: string, rule: TextRule = {}): string | undefined {
    const text = this.text(name, rule);
    return text === null || text === '' ? undefined : text;
  }

  required(name: string, rule: TextRule = {}): string | undefined {
    const before = this.faults.length;
    const text = this.text(name, rule)?.trim();
    if (text) return text;
    return this.faults.length > before ? undefined : this.fault(name, 'is missing');
  }

  /** An id of the shop: text, or a whole number that lost no digits. */
  id(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number') {
      return Number.isSafeInteger(value) ? String(value) : this.fault(name, 'must be text or a whole number');
    }
    const text = this.text(name)?.trim();
    return text === '' ? undefined : text;
  }

  requiredId(name: string): string | undefined {
    const before = this.faults.length;
    return this.id(name) ?? (this.faults.length > before ? undefined : this.fault(name, 'is missing'));
  }

  /** A normalised address; null clears. */
  address(name: string): string | null | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null || value === '') return value === undefined ? undefined : null;
    if (typeof value !== 'string') return this.fault(name, 'must be text');
    return normaliseAddress(value) ?? this.fault(name, 'is no e-mail address that can be written to');
  }

  instant(name: string): Date | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    const at = typeof value === 'string' ? parseInstant(value) : undefined;
    return at ?? this.fault(name, 'must be an instant such as 2026-03-01T08:00:00Z');
  }

  requiredInstant(name: string): Date | undefined {
    const before = this.faults.length;
    return this.instant(name) ?? (this.faults.length > before ? undefined : this.fault(name, 'is missing'));
  }

  currency(name: string): string | undefined {
    const text = this.text(name, { max: 16 })?.trim().toUpperCase();
    if (text === undefined) return undefined;
    return isCurrency(text) ? text : this.fault(name, 'must be an ISO 4217 code such as EUR');
  }

  /** Minor units of `currency`, rounded half up, not negative. Unread (but known) while the currency is at fault. */
  money(name: string, currency: string | undefined): number | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    const trimmed = typeof value === 'string' ? value.trim() : value;
    const minor =
      typeof trimmed === 'string' || typeof trimmed === 'number' ? parseMoney(trimmed, currency ?? 'EUR') : undefined;
    if (minor === undefined) return this.fault(name, 'must be an amount of money such as "49.90"');
    return minor < 0 ? this.fault(name, 'must not be negative') : minor;
  }

  /** Decimal text with at most `digits` decimals, rounded half up. */
  decimal(name: string, digits: number): string | null | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null || value === '') return value === undefined ? undefined : null;
    const text = decimalText(value, digits);
    if (text === undefined || Math.abs(Number(text)) >= LARGEST)
      return this.fault(name, 'must be a number such as "9.90"');
    return text;
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    return typeof value === 'boolean' ? value : this.fault(name, 'must be true or false');
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    const found = allowed.find((one) => one === value);
    return found ?? this.fault(name, `must be one of ${allowed.join(', ')}`);
  }

  url(name: string): string | null | undefined {
    const text = this.text(name, { max: 2048 });
    if (text === undefined || text === null || text === '') return text === undefined ? undefined : null;
    return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text)
      ? text
      : this.fault(name, 'must be an http or https address');
  }

  texts(name: string, most: number): string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (value === null) return [];
    if (!Array.isArray(value)) return this.fault(name, 'must be a list of texts');
    if (value.length > most) return this.fault(name, `must have ${most} entries or fewer`);
    const list = new FieldReader(Object.fromEntries(value.map((item, i) => [String(i), item as unknown])), '', []);
    const read = value.map((_, i) => list.required(String(i)));
    for (const fault of list.faults) this.faults.push({ ...fault, path: `${this.at(name)}[${fault.path}]` });
    return read.filter((text) => text !== undefined);
  }

  child(name: string): FieldReader | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    if (!isRecord(value)) return this.fault(name, 'must be an object');
    return new FieldReader(value, this.at(name), this.faults);
  }

  objects(name: string, most: number): FieldReader[] | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) return this.fault(name, 'must be a list');
    if (value.length > most) return this.fault(name, `must have ${most} entries or fewer`);
    return value.flatMap((item: unknown, i) => {
      const path = `${this.at(name)}[${i}]`;
      if (isRecord(item)) return [new FieldReader(item, path, this.faults)];
      this.faults.push({ path, message: 'must be an object' });
      return [];
    });
  }

  /** Free JSON: any shape, bounded in size, without what Postgres cannot hold. */
  json(name: string): Record<string, unknown> | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    if (!isRecord(value)) return this.fault(name, 'must be an object');
    const clean = cleanJson(value);
    return clean.ok ? (clean.value as Record<string, unknown>) : this.fault(name, clean.message);
  }

  /** Call last: every field that was not asked for is a fault. */
  refuseUnknown(hint = 'is not a known field'): void {
    for (const name of Object.keys(this.object)) if (!this.known.has(name)) this.fault(name, hint);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
