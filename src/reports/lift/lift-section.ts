import type { AppConfig } from '../../platform/config/config';
import type { CampaignDefinition } from '../../campaigns/campaign.types';
import type { ReportWindow } from '../campaign-question';
import type { ReportedCampaign } from '../data/campaign.sql';
import type { LiftScope } from '../data/lift-population.sql';
import type { ReportsDatabase } from '../data/reports-database';
import type { CountedArms } from '../domain/arm-totals';
import type { LiftFigures } from '../domain/lift-figures';

/** The arms as counted, and what follows from them: the head of the report. */
export interface LiftCounted extends CountedArms {
  figures: LiftFigures;
}

/** What a section is told: whom the report is about, where to read, and what the counts gave. */
export interface LiftContext {
  database: ReportsDatabase;
  store: AppConfig['store'];
  campaign: ReportedCampaign & { definition: CampaignDefinition };
  window: ReportWindow;
  scope: LiftScope;
  /** Minor units per unit of the store's currency, 100 for euros. */
  minorUnits: number;
  counted: LiftCounted;
}

/** What a section gives: its part of the report, and why parts of it are null, by the path within it (`''`: all of it). */
export interface SectionAnswer<T> {
  value: T | null;
  undefinedBecause: Record<string, string>;
}

/**
 * One part of the lift report beside its head. A `light` one costs next to nothing over the counts (it reads none of the
 * people, or an index range of few) and is in every report; a `heavy` one passes over the population again, and is left
 * out of the report of a very large campaign until it is asked for by name.
 */
export interface LiftSection<T> {
  cost: 'light' | 'heavy';
  read(context: LiftContext): Promise<SectionAnswer<T>> | SectionAnswer<T>;
}

/** A section that is defined, but for the paths given. */
export function known<T>(value: T, undefinedBecause: Record<string, string> = {}): SectionAnswer<T> {
  return { value, undefinedBecause };
}

/** A section that is null as a whole. */
export function unknown(reason: string): SectionAnswer<never> {
  return { value: null, undefinedBecause: { '': reason } };
}
