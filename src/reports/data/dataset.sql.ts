import type { Sql } from '../../platform/database/database';
import type { Dataset } from '../domain/datasets';

/** What is asked of a dataset. */
export interface DatasetScope {
  from?: Date | undefined;
  to?: Date | undefined;
  campaignId?: string | undefined;
}

/** A value of a row as the driver gives it. */
export type DatasetValue = string | number | boolean | Date | null;
export type DatasetRow = Record<string, DatasetValue>;

/**
 * The next `limit` rows along the dataset's key, after those of `after` (the last row of the page before). Names come
 * from the closed list of datasets, values are parameters.
 */
export function datasetPage(dataset: Dataset, scope: DatasetScope, after: DatasetRow | undefined, limit: number): Sql {
  const values: unknown[] = [];
  const param = (value: unknown): string => `$${values.push(value)}`;
  const where: string[] = [];
  if (after) where.push(`(${dataset.key.join(', ')}) > (${dataset.key.map((name) => param(after[name])).join(', ')})`);
  if (scope.from && dataset.time) where.push(`${dataset.time} >= ${param(scope.from)}`);
  if (scope.to && dataset.time) where.push(`${dataset.time} < ${param(scope.to)}`);
  if (scope.campaignId !== undefined) where.push(`campaign_id = ${param(scope.campaignId)}`);
  return {
    text: `select ${dataset.columns.map(({ name }) => name).join(', ')} from analytics.${dataset.view}
      ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
      order by ${dataset.key.join(', ')} limit ${param(limit)}`,
    values,
  };
}
