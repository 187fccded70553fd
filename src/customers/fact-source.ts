import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { type FactField, type FactHappening, type FactReader, type FactRequest } from './facts';

/**
 * A module that knows something about customers. Each registers one in `onModuleInit`; segments reads the registry and
 * knows no source by name, so a source may stand downstream of it.
 */
export interface FactSource {
  /** Stable name: `orders`. */
  readonly name: string;
  readonly fields: readonly FactField[];
  /** What can be counted, besides the fields. */
  readonly happenings?: readonly FactHappening[];
  /** Hears of each condition that is accepted and asks for fields of this source: for facts that are kept on demand. */
  asked?(fields: readonly string[]): Promise<void>;
  /**
   * Loads the wanted facts of a set of customers as they are now, in one or two statements, for reading in memory. A
   * customer without a reader has no value in any field.
   */
  load(db: Queryable, request: FactRequest): Promise<Map<string, FactReader>>;
  /**
   * The same with their past: the readers answer as of any instant up to `until` (`Reading.asOf`) from memory, by the
   * facts known now whose own time is not later. No more statements than `load`, whatever the number of instants.
   */
  timelines(db: Queryable, request: FactRequest, until: Date): Promise<Map<string, FactReader>>;
}

/** All sources of facts. Names of fields are unique over all of them. */
@Injectable()
export class FactSources {
  private readonly list: FactSource[] = [];

  register(source: FactSource): void {
    const taken = new Set(this.list.flatMap(namesOf));
    for (const name of namesOf(source)) {
      if (taken.has(name)) throw new Error(`${name} of ${source.name} is registered twice`);
    }
    this.list.push(source);
  }

  all(): readonly FactSource[] {
    return this.list;
  }
}

function namesOf({ fields, happenings = [] }: FactSource): string[] {
  return [...fields, ...happenings].map(({ name }) => name);
}
