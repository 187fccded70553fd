import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startEmbedded } from '../src/platform/database/embedded/embedded-postgres';
import { Child } from './child';
import { keptDatabases } from './kept-databases';
import { type Measured, type Row } from './row';
import { advances } from './rows/advances';
import { branches } from './rows/branches';
import { coupons } from './rows/coupons';
import { bulk } from './rows/bulk';
import { endToEnd } from './rows/end-to-end';
import { pixels } from './rows/pixels';
import { closeReportShop, reportRows } from './rows/reports';
import { segmentByFacts, segmentByTime, segmentEvaluation } from './rows/segments';
import { sends } from './rows/sends';
import { simulation } from './rows/simulation';
import { webhooks } from './rows/webhooks';
import { closeShop } from './segment-shop';

const ROWS: readonly Row[] = [
  sends,
  advances,
  branches,
  coupons,
  webhooks,
  bulk,
  pixels,
  endToEnd,
  simulation,
  segmentEvaluation,
  segmentByFacts,
  segmentByTime,
  ...reportRows,
];

interface Result {
  name: string;
  unit: string;
  perSecond: number;
  limitPerSecond: number | null;
  ratio: number | null;
  cpuSecondsPer1000: number;
  note?: string;
}

/**
 * Drives the shipped program in processes of its own and prints one table: each row beside its bare limit, measured in
 * the same run. `--json` prints an array, `--plans` shows the plans of rows about segments, further words choose rows by
 * name.
 */
async function main(words: readonly string[]): Promise<void> {
  const json = words.includes('--json');
  const plans = words.includes('--plans');
  const wanted = words.filter((word) => !word.startsWith('--'));
  const rows = ROWS.filter((row) => wanted.length === 0 || wanted.some((word) => row.name.includes(word)));
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ritorno-bench-db-'));
  // As root the database's own user must get in; else it would be kept elsewhere, and outlive the folder.
  chmodSync(dataDir, 0o755);
  const postgres = await startEmbedded({ dataDir, log: () => undefined });
  const sink = Child.start('smtp-sink');
  const results: Result[] = [];
  try {
    const { port } = await sink.ask<{ port: number }>({ kind: 'listen' });
    for (const row of rows) {
      if (!json) process.stderr.write(`${row.name} ...\n`);
      const measured = await row.run({ sink, sinkPort: port, plans, database: () => emptyDatabase(postgres.url) });
      results.push(resultOf(row, measured));
    }
  } finally {
    await closeShop();
    await closeReportShop();
    await keptDatabases.close();
    await sink.stop();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  process.stdout.write(json ? `${JSON.stringify(results, null, 2)}\n` : table(rows, results));
}

function resultOf(row: Row, measured: Measured): Result {
  const round = (value: number, digits: number): number => Number(value.toFixed(digits));
  const { perSecond, limitPerSecond, cpuSecondsPer1000, note } = measured;
  return {
    name: row.name,
    unit: row.unit,
    perSecond: round(perSecond, 1),
    limitPerSecond: limitPerSecond === null ? null : round(limitPerSecond, 1),
    ratio: limitPerSecond === null ? null : round(perSecond / limitPerSecond, 3),
    cpuSecondsPer1000: round(cpuSecondsPer1000, 3),
    ...(note === undefined ? {} : { note }),
  };
}

function table(rows: readonly Row[], results: readonly Result[]): string {
  const lines = results.map((result, at) => [
    result.name,
    result.unit,
    String(result.perSecond),
    rows[at]?.limit ?? '',
    String(result.limitPerSecond ?? '-'),
    String(result.ratio ?? '-'),
    String(rows[at]?.target ?? '-'),
    String(result.cpuSecondsPer1000),
  ]);
  const head = ['row', 'unit', 'per second', 'bare limit', 'its per second', 'ratio', 'to reach', 'CPU s per 1,000'];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const notes = results.flatMap(({ name, note }) => (note === undefined ? [] : [`\n${name}: ${note}\n`]));
  return line(head) + line(head.map(() => '---')) + lines.map(line).join('') + notes.join('');
}

async function emptyDatabase(url: string): Promise<string> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
