/** A line of a cart or checkout as an event carries it. */
export interface EventLine {
  productExternalId: string;
  name: string | null;
  category: string | null;
  quantity: number;
  unitPrice: string | null;
}

/** The lines among an event's properties; what is no line is left out. Fifty at most: a mail shows a few. */
export function eventLines(properties: Readonly<Record<string, unknown>>): EventLine[] {
  const { lines } = properties;
  if (!Array.isArray(lines)) return [];
  return lines.slice(0, 50).flatMap((line: unknown) => {
    if (typeof line !== 'object' || line === null) return [];
    const { productExternalId, name, category, quantity, unitPrice } = line as Record<string, unknown>;
    const id = textOf(productExternalId);
    if (id === null) return [];
    const number = Number(quantity);
    return [
      {
        productExternalId: id,
        name: textOf(name),
        category: textOf(category),
        quantity: Number.isFinite(number) ? number : 1,
        unitPrice: textOf(unitPrice),
      },
    ];
  });
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}
