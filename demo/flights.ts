/**
 * The flights: `flights-3m.parquet` of the npm package vega-datasets, 3,000,000 flights within the United States from 1 January to
 * 1 July 2001, by the Bureau of Transportation Statistics; in order of departure, without gaps. Its columns:
 *
 * - `date`: when the aircraft really left the gate, on the local clock of the airport of origin, to the minute;
 * - `delay`: minutes late at the *arrival*, negative when early; a few are plain errors of the source (−1,116), kept as they are;
 * - `distance` in miles, `origin` and `destination` as three-letter codes.
 *
 * "The hour of a departure" is therefore the hour of that local clock, 0 to 23.
 */
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { loadZstd } from '../src/records/compression/zstd.js';

/** Far above the largest page of this file; a bound because the decoder wants one. */
const PAGE_BYTES_MAX = 64 * 1024 * 1024;

/** A run of flights, by column: `at(0)` of each belongs to the first flight. */
export interface FlightBlock {
  readonly count: number;
  /** Minutes since 1970 on the local clock of the origin. */
  readonly localMinutes: readonly number[];
  readonly delayMinutes: readonly number[];
  readonly distanceMiles: readonly number[];
  readonly origins: readonly string[];
  readonly destinations: readonly string[];
}

const COLUMNS = {
  localMinutes: 'date',
  delayMinutes: 'delay',
  distanceMiles: 'distance',
  origins: 'origin',
  destinations: 'destination',
} as const;

export class FlightFile {
  readonly rowCount: number;
  readonly #metadata: FileMetaData;
  readonly #file: Awaited<ReturnType<typeof asyncBufferFromFile>>;
  readonly #decompress: (page: Uint8Array) => Uint8Array;

  static async open(path: string): Promise<FlightFile> {
    const file = await asyncBufferFromFile(path);
    const zstd = await loadZstd();
    return new FlightFile(file, await parquetMetadataAsync(file), (page) =>
      zstd.decompress(page, PAGE_BYTES_MAX),
    );
  }

  private constructor(
    file: Awaited<ReturnType<typeof asyncBufferFromFile>>,
    metadata: FileMetaData,
    decompress: (page: Uint8Array) => Uint8Array,
  ) {
    this.#file = file;
    this.#metadata = metadata;
    this.#decompress = decompress;
    this.rowCount = Number(metadata.num_rows);
  }

  /** The first `rowLimit` flights, a row group (272,727 of them) at a time. */
  async *blocks(rowLimit: number): AsyncGenerator<FlightBlock> {
    let groupStart = 0;
    for (const group of this.#metadata.row_groups) {
      const rowEnd = Math.min(groupStart + Number(group.num_rows), rowLimit);
      if (groupStart >= rowEnd) return;
      yield await this.#block(groupStart, rowEnd);
      groupStart += Number(group.num_rows);
    }
  }

  async #block(rowStart: number, rowEnd: number): Promise<FlightBlock> {
    const count = rowEnd - rowStart;
    const columns = new Map<string, unknown[]>(
      Object.values(COLUMNS).map((name) => [name, Array.from({ length: count })]),
    );
    await parquetRead({
      file: this.#file,
      metadata: this.#metadata,
      compressors: { ZSTD: this.#decompress },
      parsers: { timestampFromMicroseconds: (micros) => Number(micros) / 60e6 },
      columns: Object.values(COLUMNS),
      rowStart,
      rowEnd,
      // A chunk may begin before the rows asked for and end behind them.
      onChunk({ columnName, columnData, rowStart: chunkStart }) {
        const column = columns.get(columnName)!;
        for (let row = 0; row < columnData.length; row++) {
          const at = chunkStart + row - rowStart;
          if (at < 0 || at >= count) continue;
          const value: unknown = columnData[row];
          column[at] = typeof value === 'bigint' ? Number(value) : value;
        }
      },
    });
    const numbers = (name: string): number[] => checked(name, columns, isWhole);
    const codes = (name: string): string[] => checked(name, columns, isCode);
    return {
      count,
      localMinutes: numbers(COLUMNS.localMinutes),
      delayMinutes: numbers(COLUMNS.delayMinutes),
      distanceMiles: numbers(COLUMNS.distanceMiles),
      origins: codes(COLUMNS.origins),
      destinations: codes(COLUMNS.destinations),
    };
  }
}

const isWhole = (value: unknown): value is number => Number.isInteger(value);
const isCode = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** A column whose every value is what its name promises: a missing one would be summed up as something else. */
function checked<T>(
  name: string,
  columns: ReadonlyMap<string, unknown[]>,
  fits: (value: unknown) => value is T,
): T[] {
  const column = columns.get(name)!;
  if (column.every(fits)) return column;
  const row = column.findIndex((value) => !fits(value));
  throw new Error(`flights-3m.parquet: ${name} of row ${row} of its row group is ${String(column[row])}`);
}
