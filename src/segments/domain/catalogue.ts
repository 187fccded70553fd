import { type FactField, type FactHappening } from '../../customers/facts';

/** A field found by its name in a condition; `key` is what stood for the star of a family. */
export interface FoundField {
  field: FactField;
  key?: string;
}

/**
 * The one catalogue of fields and happenings, from all sources of facts. Validation, the SQL compiler, the evaluator and
 * the documentation all read it, so each exists everywhere or nowhere.
 */
export class Catalogue {
  private readonly byName: ReadonlyMap<string, FactField>;
  private readonly families: ReadonlyArray<{ prefix: string; field: FactField }>;

  constructor(
    readonly fields: readonly FactField[],
    readonly happenings: readonly FactHappening[] = [],
  ) {
    this.byName = new Map(fields.filter((f) => !f.name.endsWith('.*')).map((f) => [f.name, f]));
    this.families = fields.filter((f) => f.name.endsWith('.*')).map((f) => ({ prefix: f.name.slice(0, -1), field: f }));
  }

  find(name: string): FoundField | undefined {
    const field = this.byName.get(name);
    if (field) return { field };
    const family = this.families.find(({ prefix }) => name.startsWith(prefix) && name.length > prefix.length);
    return family && { field: family.field, key: name.slice(family.prefix.length) };
  }
}
