import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { DatasetRow, DatasetValue } from '../data/dataset.sql';
import { type ColumnType, type Dataset, fieldName } from '../domain/datasets';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/**
 * Ids are texts: the type UUID of the format is read as bare bytes by some of those who read it, and joins between files
 * matter more than the bytes. Integers are of 64 bits, instants milliseconds in UTC.
 */
const TYPES: Record<ColumnType, Pick<SchemaElement, 'type' | 'converted_type'>> = {
  id: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  instant: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
};

/**
 * A Parquet file of any length, a row group a page: the bytes of each as it is ready, so that no more than a page and the
 * list of row groups is in memory.
 */
export async function* parquetChunks(
  dataset: Dataset,
  pages: AsyncIterable<readonly DatasetRow[]>,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(dataset), createdBy: 'ritorno' });
  for await (const rows of pages) {
    if (rows.length === 0) continue;
    const columnData = dataset.columns.map(({ name, type }) => ({
      name: fieldName(name),
      data: rows.map((row) => parquetValue(row[name] ?? null, type)),
    }));
    await writer.write({ columnData, rowGroupSize: rows.length });
    yield taken(bytes);
  }
  await writer.finish();
  yield taken(bytes);
}

/** What was written since the last time. The writer's offset in the file goes on; its buffer begins anew. */
function taken(bytes: ByteWriter): Uint8Array {
  const chunk = bytes.getBytes().slice();
  bytes.index = 0;
  return chunk;
}

function schemaOf({ columns }: Dataset): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement => ({
      name: fieldName(name),
      repetition_type: 'OPTIONAL',
      ...TYPES[type],
    })),
  ];
}

function parquetValue(value: DatasetValue, type: ColumnType): DatasetValue | bigint {
  return type === 'integer' && typeof value === 'number' ? BigInt(value) : value;
}
