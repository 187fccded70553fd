import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { type FactField, type FactReader, type FactRequest } from './facts';

/**
 * A module that knows something about customers. Each registers one in `onModuleInit`; segments reads the registry and
 * knows no source by name, so a source may stand downstream of it.
 */
export interface FactSource {
  /** Stable name: `orders`. */
  readonly name: string;
  readonly fields: readonly FactField[];
  /**
   * Loads the wanted facts of a set of customers in one or two statements, for reading in memory. A customer without a
   * reader has no value in any field.
   */
  load(db: Queryable, request: FactRequest): Promise<Map<string, FactReader>>;
}

/** All sources of facts. Names of fields are unique over all of them. */
@Injectable()
export class FactSources {
  private readonly list: FactSource[] = [];

  register(source: FactSource): void {
    const taken = new Set(this.list.flatMap((known) => known.fields.map((field) => field.name)));
    for (const field of source.fields) {
      if (taken.has(field.name)) throw new Error(`the field ${field.name} of ${source.name} is registered twice`);
    }
    this.list.push(source);
  }

  all(): readonly FactSource[] {
    return this.list;
  }
}
