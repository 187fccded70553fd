import { type ApiBodyOptions } from '@nestjs/swagger';

/** A schema as OpenAPI writes it. */
export type Schema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

const shared = new Map<string, Schema>();

/**
 * Puts a schema among the document's components and returns the reference to it. For schemas that hold themselves and
 * are written by hand: the body is read by a grammar of its own, not by validators.
 */
export function sharedSchema(name: string, schema: Schema): Schema {
  shared.set(name, schema);
  return { $ref: refTo(name) };
}

/** How a shared schema is named from within itself. */
export function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}

/** All of them, by name. */
export function sharedSchemas(): Record<string, Schema> {
  return Object.fromEntries(shared);
}
