const FORM = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}(?::?\d{2})?)$/;

const EARLIEST_YEAR = 1900;
const LATEST_YEAR = 2200;
const CANONICAL_LENGTH = '2026-03-01T10:00:00.000Z'.length;

/**
 * Reads an ISO 8601 instant with its offset. Undefined for other text, without an offset, and for times that do not
 * exist: 30 February, 24:30, an offset of 26 hours (`Date.parse` would roll some of them over).
 */
export function parseInstant(text: string): Date | undefined {
  return canonical(text) ?? parsed(text);
}

/** An instant in the one form that the engine itself writes, which is how most of them come. */
function canonical(text: string): Date | undefined {
  if (text.length !== CANONICAL_LENGTH || !text.endsWith('Z')) return undefined;
  const date = new Date(text);
  const year = date.getUTCFullYear();
  return year >= EARLIEST_YEAR && year <= LATEST_YEAR && date.toISOString() === text ? date : undefined;
}

function parsed(text: string): Date | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const part = (group: number): number => Number(match[group] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (year < EARLIEST_YEAR || year > LATEST_YEAR || hour > 23 || minute > 59 || second > 59) return undefined;
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second, milliseconds));
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  const offset = offsetMinutes(match[8] ?? 'Z');
  return offset === undefined ? undefined : new Date(local.getTime() - offset * 60_000);
}

function offsetMinutes(text: string): number | undefined {
  if (text === 'Z' || text === 'z') return 0;
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(2));
  const total = Number(digits.slice(0, 2)) * 60 + minutes;
  if (minutes > 59 || total > 14 * 60) return undefined;
  return text.startsWith('-') ? -total : total;
}
