import { type FactSource } from '../../customers/fact-source';
import { type FactReader, type FactRequest } from '../../customers/facts';
import { type Queryable } from '../../platform/database/database';
import { type FieldCondition, type HappenedCondition, type Leaf } from '../domain/condition';
import { type EvaluateOptions, type Happening } from '../domain/evaluate-condition';
import { windowStart } from '../domain/window-start';
import { type HappeningQuestion, type HappeningRow, loadHappenings } from './happenings.sql';

/** Of whom and as of when facts are loaded. */
export interface FactScope {
  customerIds: readonly string[];
  /** The instant that is asked about; with `history` the latest of them. */
  asOf: Date;
  /** Facts are loaded with their past, so that any instant up to `asOf` can be asked about. */
  history: boolean;
  zone: string;
}

/** The loaded facts of one customer. */
export type LoadedFacts = Pick<EvaluateOptions, 'facts' | 'happenings'>;

/** Loads all that some leaves ask for: one to three statements for each source of facts, one for all happenings. */
export async function loadFacts(
  db: Queryable,
  sources: readonly FactSource[],
  leaves: readonly Leaf[],
  scope: FactScope,
): Promise<(customerId: string) => LoadedFacts> {
  const fields = leaves.filter((leaf) => leaf.kind === 'field');
  const readers = await loadFields(db, sources, fields, scope);
  const happenings = await loadCounted(
    db,
    leaves.filter((leaf) => leaf.kind === 'happened'),
    scope,
  );
  return (id) => ({
    facts: { read: (name, reading) => readers.get(name)?.get(id)?.read(name, reading) ?? null },
    happenings: (leaf) => happenings.get(questionKey(leaf))?.get(id) ?? [],
  });
}

async function loadFields(
  db: Queryable,
  sources: readonly FactSource[],
  leaves: readonly FieldCondition[],
  { customerIds, asOf, history }: FactScope,
): Promise<Map<string, Map<string, FactReader>>> {
  const readers = new Map<string, Map<string, FactReader>>();
  for (const source of sources) {
    const names = new Set(source.fields.map(({ name }) => name));
    const wanted = leaves.filter(({ field }) => names.has(field.name));
    if (wanted.length === 0) continue;
    const request: FactRequest = {
      customerIds,
      fields: new Set(wanted.map(({ field }) => field.name)),
      windowed: new Set(wanted.filter(({ within }) => within).map(({ field }) => field.name)),
      keys: new Set(wanted.flatMap(({ key }) => key ?? [])),
    };
    const loaded = history ? await source.timelines(db, request, asOf) : await source.load(db, request);
    for (const name of request.fields) readers.set(name, loaded);
  }
  return readers;
}

function questionKey({ happening, filter }: HappenedCondition): string {
  return `${happening.name} ${JSON.stringify(filter)}`;
}

async function loadCounted(
  db: Queryable,
  leaves: readonly HappenedCondition[],
  { customerIds, asOf, history, zone }: FactScope,
): Promise<Map<string, Map<string, Happening[]>>> {
  const questions = new Map<string, HappeningQuestion>();
  for (const leaf of leaves) {
    const key = questionKey(leaf);
    const since = leaf.within && !history ? windowStart(asOf, leaf.within, zone) : null;
    const known = questions.get(key);
    if (!known) questions.set(key, { happening: leaf.happening, filter: leaf.filter, since });
    else if (known.since && (since === null || since < known.since)) known.since = since;
  }
  const loaded = new Map([...questions.keys()].map((key) => [key, new Map<string, Happening[]>()]));
  if (questions.size === 0) return loaded;
  const perCustomer = [...loaded.values()];
  const statement = loadHappenings([...questions.values()], customerIds, asOf, history);
  for (const { question, customerId, at, endedAt } of await db.query<HappeningRow>(statement)) {
    const known = perCustomer[question]?.get(customerId);
    if (known) known.push({ at, endedAt });
    else perCustomer[question]?.set(customerId, [{ at, endedAt }]);
  }
  return loaded;
}
