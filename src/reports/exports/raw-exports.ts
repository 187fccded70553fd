import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Refusal } from '../../kernel/errors';
import { csvStream } from '../../platform/http/csv';
import { reportedCampaign, type ReportedCampaign } from '../data/campaign.sql';
import { datasetPage, type DatasetRow, type DatasetScope } from '../data/dataset.sql';
import { ReportsDatabase } from '../data/reports-database';
import { type Dataset, DATASETS, datasetNamed, fieldName } from '../domain/datasets';
import { parquetChunks } from './parquet';

export const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What is wanted: rows whose own time lies in [from, to), of one campaign. */
export interface ExportQuestion {
  dataset: string;
  format: ExportFormat;
  from?: Date | undefined;
  to?: Date | undefined;
  /** Id or key. */
  campaign?: string | undefined;
}

/**
 * A row group of Parquet is a page: with more of them the list at its end, which is in memory, is longer. The others hand on
 * what they have as soon as they may.
 */
const ROWS_PER_PAGE: Record<ExportFormat, number> = { csv: 2_000, ndjson: 2_000, parquet: 10_000 };
/** Each holds a connection now and then and a page in memory. */
const EXPORTS_AT_ONCE = 3;

/**
 * The rows behind the reports, streamed. Pages are read one by one along the primary key, as the client takes them: no
 * long transaction stands in the way of vacuum, and no row that was there before and after is missed or written twice. A
 * row that changes meanwhile is written as it was when its page was read.
 */
@Injectable()
export class RawExports {
  private running = 0;

  constructor(private readonly database: ReportsDatabase) {}

  /**
   * The whole dataset as a stream of bytes; a fault on the way breaks it off.
   *
   * @throws Refusal 404 for an unknown dataset or campaign; 422 for a filter that it does not have or an empty span; 429
   * while others are at work.
   */
  async stream(question: ExportQuestion): Promise<Readable> {
    const dataset = datasetNamed(question.dataset);
    if (!dataset) {
      throw new Refusal('not_found', `There is no dataset ${question.dataset}: ${Object.keys(DATASETS).join(', ')}.`);
    }
    const scope = await this.scope(dataset, question);
    if (this.running >= EXPORTS_AT_ONCE) {
      throw new Refusal('too_many', `${EXPORTS_AT_ONCE} exports are running: wait for one to end.`);
    }
    this.running++;
    const stream = streamOf(dataset, question.format, this.pages(dataset, scope, ROWS_PER_PAGE[question.format]));
    stream.once('close', () => this.running--);
    return stream;
  }

  private async *pages(dataset: Dataset, scope: DatasetScope, limit: number): AsyncGenerator<DatasetRow[]> {
    let last: DatasetRow | undefined;
    for (;;) {
      const rows: DatasetRow[] = await this.database.query(datasetPage(dataset, scope, last, limit));
      if (rows.length > 0) yield rows;
      if (rows.length < limit) return;
      last = rows.at(-1);
    }
  }

  private async scope(dataset: Dataset, { from, to, campaign }: ExportQuestion): Promise<DatasetScope> {
    const faults = [];
    if (dataset.time === undefined) {
      for (const [path, value] of Object.entries({ from, to })) {
        if (value) faults.push({ path, message: 'is no filter of this dataset: its rows have no time of their own' });
      }
    }
    if (from && to && from >= to) faults.push({ path: 'to', message: 'must be after from' });
    const ofCampaigns = dataset.columns.some(({ name }) => name === 'campaign_id');
    if (campaign !== undefined && !ofCampaigns) {
      faults.push({ path: 'campaign', message: 'is no filter of this dataset: its rows belong to no campaign' });
    }
    if (faults.length > 0) throw Refusal.invalid(faults);
    return { from, to, ...(campaign === undefined ? {} : { campaignId: await this.campaignId(campaign) }) };
  }

  private async campaignId(ref: string): Promise<string> {
    const [campaign] = await this.database.query<ReportedCampaign>(reportedCampaign(ref, undefined));
    if (!campaign) throw Refusal.notFound(`The campaign ${ref}`);
    return campaign.id;
  }
}

function streamOf(dataset: Dataset, format: ExportFormat, pages: AsyncIterable<readonly DatasetRow[]>): Readable {
  switch (format) {
    case 'csv':
      return csvStream(
        dataset.columns.map(({ name }) => fieldName(name)),
        mapped(pages, (rows) => rows.map((row) => dataset.columns.map(({ name }) => row[name]))),
      );
    case 'ndjson':
      return Readable.from(
        mapped(pages, (rows) => rows.map((row) => jsonLine(dataset, row)).join('')),
        { objectMode: false },
      );
    case 'parquet':
      return Readable.from(parquetChunks(dataset, pages), { objectMode: false });
    default:
      return format satisfies never;
  }
}

function jsonLine({ columns }: Dataset, row: DatasetRow): string {
  return `${JSON.stringify(Object.fromEntries(columns.map(({ name }) => [fieldName(name), row[name]])))}\n`;
}

async function* mapped<In, Out>(pages: AsyncIterable<In>, one: (page: In) => Out): AsyncGenerator<Out> {
  for await (const page of pages) yield one(page);
}
