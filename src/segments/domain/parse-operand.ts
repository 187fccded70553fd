import { type FactField, isStorable } from '../../customers/facts';
import { parseDuration, type Duration } from '../../kernel/duration';
import { parseMoney } from '../../kernel/money';
import { type Operand } from './condition';
import { instantOfText } from './instant-text';

/** What turns amounts and calendar days of a condition into what is stored. */
export interface StoreMoneyAndZone {
  currency: string;
  timezone: string;
}

const TEXT_LIMIT = 1000;

/**
 * Reads the `value` of a condition on one field, by the field's type. Each method returns undefined after telling what
 * is wrong through `fault` (its `at` is the path below `value`, such as `[2]`).
 */
export class OperandReader {
  constructor(
    private readonly field: FactField,
    private readonly store: StoreMoneyAndZone,
    private readonly fault: (at: string, message: string) => undefined,
  ) {}

  /** A value to be equal to. */
  scalar(value: unknown, at = ''): Operand | undefined {
    switch (this.field.type) {
      case 'text':
      case 'list':
        return this.plainText(value, at);
      case 'choice':
        return this.choice(value, at);
      case 'number':
        return typeof value === 'number' && Number.isFinite(value) ? value : this.fault(at, 'must be a number');
      case 'money':
        return this.money(value, at);
      case 'instant':
        return this.instant(value, at);
      case 'json':
        if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
        return typeof value === 'string'
          ? this.plainText(value, at)
          : this.fault(at, 'must be a text, a number, true or false');
      default:
        return this.field.type satisfies never;
    }
  }

  /** A list of values of which one is to be equal. */
  list(value: unknown, most: number): Operand[] | undefined {
    if (!Array.isArray(value) || value.length === 0) return this.fault('', 'must be a list with at least one value');
    if (value.length > most) return this.fault('', `must have at most ${most} values`);
    const read = (value as unknown[]).map((one, i) => this.scalar(one, `[${i}]`));
    return read.every((one) => one !== undefined) ? read : undefined;
  }

  /** What a value is greater or less than: a number, an amount or an instant. */
  bound(value: unknown): number | Date | undefined {
    switch (this.field.type) {
      case 'instant':
        return this.instant(value);
      case 'money':
        return this.money(value, '');
      case 'number':
      case 'json':
        if (typeof value === 'number' && Number.isFinite(value)) return value;
        return this.fault(
          '',
          this.field.type === 'json' ? 'must be a number; for dates use before and after' : 'must be a number',
        );
      case 'text':
      case 'choice':
      case 'list':
        return this.fault('', 'cannot be compared by size');
      default:
        return this.field.type satisfies never;
    }
  }

  instant(value: unknown, at = ''): Date | undefined {
    const instant = typeof value === 'string' ? instantOfText(value, this.store.timezone) : undefined;
    return instant ?? this.fault(at, 'must be an instant such as 2026-03-01T08:00:00Z, or a day such as 2026-03-01');
  }

  /** A part of a text, or an element of a list; never empty, which every text would contain. */
  text(value: unknown): string | undefined {
    const text = this.plainText(value, '');
    return text === '' ? this.fault('', 'must not be empty') : text;
  }

  truth(value: unknown): boolean | undefined {
    return typeof value === 'boolean' ? value : this.fault('', 'must be true or false');
  }

  duration(value: unknown): Duration | undefined {
    const duration = typeof value === 'string' ? parseDuration(value) : undefined;
    return duration ?? this.fault('', 'must be a duration such as P30D');
  }

  private plainText(value: unknown, at: string): string | undefined {
    if (typeof value !== 'string') return this.fault(at, 'must be a text');
    if (value.length > TEXT_LIMIT) return this.fault(at, `must have at most ${TEXT_LIMIT} characters`);
    if (!isStorable(value)) return this.fault(at, 'has characters that no stored text can have');
    return this.field.normalise ? this.field.normalise(value) : value;
  }

  private choice(value: unknown, at: string): string | undefined {
    const choices = this.field.choices ?? [];
    return typeof value === 'string' && choices.includes(value)
      ? value
      : this.fault(at, `must be one of ${choices.join(', ')}`);
  }

  private money(value: unknown, at: string): number | undefined {
    const isWritten = typeof value === 'string' || typeof value === 'number';
    const minor = isWritten ? parseMoney(value, this.store.currency) : undefined;
    return minor ?? this.fault(at, `must be an amount in ${this.store.currency} such as "49.90"`);
  }
}
