import { type LineTold, type OrderTold } from './envelope';
import { type FieldReader } from './field-reader';
import { readCustomerOf } from './read-customer';

const STATUS = ['pending', 'paid', 'cancelled', 'refunded'] as const;
const ORIGIN = ['shop', 'renewal'] as const;
const MOST_LINES = 1000;
const MOST_COUPONS = 50;

/** Reads the order of `order.placed`, `order.updated` and `order.cancelled`. Undefined when there were faults. */
export function readOrder(data: FieldReader, storeCurrency: string): OrderTold | undefined {
  const before = data.faults.length;
  const externalId = data.requiredId('externalId');
  const customer = readCustomerOf(data);
  const placedAt = data.requiredInstant('placedAt');
  const currency = data.currency('currency') ?? missing(data, 'currency');
  const totalMinor = data.money('total', currency) ?? missing(data, 'total');
  const optional = {
    storeTotalMinor: data.money('storeTotal', storeCurrency),
    status: data.oneOf('status', STATUS),
    origin: data.oneOf('origin', ORIGIN),
    couponCodes: coupons(data),
    discountMinor: data.money('discount', currency),
  };
  const lines = readLines(data) ?? missing(data, 'lines');
  if (data.faults.length > before || !externalId || !customer || !placedAt || !currency) return undefined;
  if (totalMinor === undefined || lines === undefined) return undefined;
  return { externalId, customer, placedAt, currency, totalMinor, ...optional, lines };
}

/** Reads `lines`; undefined when they are absent or no list. */
export function readLines(data: FieldReader): LineTold[] | undefined {
  return data.objects('lines', MOST_LINES)?.map((line) => readLine(line));
}

function readLine(line: FieldReader): LineTold {
  const read: LineTold = {
    productExternalId: line.requiredId('productExternalId') ?? '',
    name: line.optional('name', { max: 500 }) ?? null,
    category: line.optional('category') ?? null,
    quantity: Number(line.decimal('quantity', 4) ?? missing(line, 'quantity') ?? 0),
    unitPrice: line.decimal('unitPrice', 4) ?? missing(line, 'unitPrice') ?? '0',
  };
  if (read.quantity < 0) line.fault('quantity', 'must not be negative');
  line.refuseUnknown();
  return read;
}

function coupons(data: FieldReader): string[] | undefined {
  const codes = data.texts('couponCodes', MOST_COUPONS);
  return codes === undefined ? undefined : [...new Set(codes)];
}

/** A fault for what is absent, unless its value was already found wrong. */
function missing(data: FieldReader, name: string): undefined {
  const path = data.at(name);
  if (data.faults.some((fault) => fault.path === path || fault.path.startsWith(`${path}[`))) return undefined;
  return data.fault(name, 'is missing');
}
