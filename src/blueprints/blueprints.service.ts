import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { Database, sqlState, type Tx } from '../platform/database/database';
import { type PreparedTemplate, Templates } from '../templates/templates.service';
import { BlueprintChanges, type ChangeRun, templateChanges } from './blueprint-changes';
import { BlueprintPruning } from './blueprint-pruning';
import {
  type Blueprint,
  BLUEPRINT_KINDS,
  type BlueprintPlan,
  type PlanAction,
  type PlanBasis,
  type PlanItem,
} from './blueprint.types';
import { ConcernedCustomers, type PendingCount } from './concerned-customers';
import { holdBlueprints } from './data/present-shop.sql';
import { FaultCollector } from './domain/fault-collector';
import { readBlueprint, type ReadBlueprint } from './domain/read-blueprint';
import { staleBasis } from './domain/stale-basis';
import { blueprintOf, type PresentShop, readPresentShop } from './present-shop';

const UNIQUE_VIOLATION = '23505';
const NOT_VALID = 'The content is not valid; nothing was changed.';

/** The templates that are to be written, ready for it, and what was at fault so far. */
interface Compiled {
  prepared: Map<string, PreparedTemplate>;
  faults: FaultCollector;
}

/**
 * A shop's segments, templates and campaigns as one content: exported, compared, and made so, all or nothing.
 *
 * A plan is an application that is taken back: it goes the whole way through the services that own each part, in one
 * transaction, so that what it says, faults included, is what applying does.
 */
@Injectable()
export class Blueprints {
  constructor(
    private readonly database: Database,
    private readonly templates: Templates,
    private readonly changes: BlueprintChanges,
    private readonly pruning: BlueprintPruning,
    private readonly customers: ConcernedCustomers,
  ) {}

  /** The content of the shop, as of one instant. */
  async export(): Promise<Blueprint> {
    return this.database.transaction(async (tx) => {
      await tx.execute('set transaction isolation level repeatable read, read only');
      return blueprintOf(await readPresentShop(tx));
    });
  }

  /**
   * What applying would change, with whom it concerns.
   *
   * @throws Refusal (422 with every fault, each at its place in the request)
   */
  async plan(body: unknown): Promise<BlueprintPlan> {
    const read = readBlueprint(body, false);
    const compiled = await this.compile(read);
    const { plan, before, after, pending } = await this.database.rehearse(async (tx) => {
      const run = await this.run(tx, read, compiled);
      const shop = await readPresentShop(tx);
      const counts: PendingCount[] = await this.customers.prepare(tx, run.items, shop);
      return { plan: planOf(run, false), before: run.present, after: shop, pending: counts };
    });
    await this.customers.count(plan.items, pending, before, after);
    return plan;
  }

  /**
   * Makes the shop so, or changes nothing.
   *
   * @throws Refusal (412 when what the plan saw has changed, 422 with every fault)
   */
  async apply(body: unknown): Promise<BlueprintPlan> {
    const read = readBlueprint(body, true);
    const compiled = await this.compile(read);
    try {
      return await this.database.transaction(async (tx) => {
        const run = await this.run(tx, read, compiled);
        return planOf(run, true);
      });
    } catch (error) {
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
      throw new Refusal('stale', 'Something with one of these keys was made in the meantime; plan again.');
    }
  }

  /** Templates that differ are compiled before a transaction is opened: it takes milliseconds a locale. */
  private async compile(read: ReadBlueprint): Promise<Compiled> {
    const faults = new FaultCollector(read.faults, read.broken);
    const prepared = new Map<string, PreparedTemplate>();
    const present = await readPresentShop(this.database);
    for (const { path, item } of read.templates) {
      const before = present.templates.get(item.key);
      if (before && templateChanges(before, item).length === 0) continue;
      const template = await faults.try(path, item, () => this.templates.prepare(item));
      if (template) prepared.set(item.key, template);
    }
    return { prepared, faults };
  }

  private async run(tx: Tx, read: ReadBlueprint, { prepared, faults: found }: Compiled): Promise<ChangeRun> {
    await tx.execute(holdBlueprints);
    const present = await readPresentShop(tx);
    const faults = found.copy();
    const run: ChangeRun = { tx, read, present, prepared, faults, items: [] };
    if (read.basis) {
      const stale = staleBasis(read.basis, basisOf(read, present));
      if (stale.length > 0) {
        throw new Refusal('stale', 'The shop has changed since the plan was made; plan again.', stale);
      }
    }
    await this.changes.run(run);
    if (faults.faults.length > 0) throw Refusal.invalid(faults.faults, NOT_VALID);
    await this.pruning.run(tx, read, present, run.items);
    return run;
  }
}

function planOf({ read, present, items }: ChangeRun, applied: boolean): BlueprintPlan {
  const summary: Record<PlanAction, number> = { create: 0, update: 0, unchanged: 0, missing: 0, delete: 0, archive: 0 };
  for (const { action } of items) summary[action]++;
  const rank = ({ kind }: PlanItem): number => BLUEPRINT_KINDS.indexOf(kind);
  return {
    applied,
    changes: summary.create + summary.update + summary.delete + summary.archive > 0,
    summary,
    items: [...items].sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1)),
    basis: basisOf(read, present),
  };
}

/** The revisions on which a plan rests: of what it names, and with pruning of everything that it might take away. */
function basisOf(read: ReadBlueprint, present: PresentShop): PlanBasis {
  const basis: PlanBasis = {};
  for (const list of ['surveys', 'segments', 'templates', 'campaigns'] as const) {
    const shop: ReadonlyMap<string, { revision: number }> = present[list];
    const keys = new Set([...read[list].map(({ item }) => item.key), ...(read.prune ? shop.keys() : [])]);
    for (const key of [...keys].sort()) basis[`${list.slice(0, -1)}:${key}`] = shop.get(key)?.revision ?? null;
  }
  return basis;
}
