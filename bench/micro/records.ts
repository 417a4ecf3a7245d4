/**
 * What a produced batch costs: validation per batch and per record, its parts beside it, and the codecs.
 *
 *     npm run bench -- micro/records
 */
import { Bench } from 'tinybench';
import { CRC32C_IMPLEMENTATION, crc32c, portableCrc32c } from '../../src/base/crc32c.js';
import { BatchBuilder } from '../../src/records/builder.js';
import { Compression } from '../../src/records/compression/compression.js';
import type { CodecId } from '../../src/records/compression/compressor.js';
import { recordsIn } from '../../src/records/iterate.js';
import { type ProduceRules, validateProduced } from '../../src/records/validate.js';
import { walkRecords } from '../../src/records/walk.js';

const NOW = 1_700_000_000_000;
const VALUE_BYTES = 100;
const RULES: ProduceRules = {
  maxMessageBytes: 1 << 20,
  validation: 'relaxed',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  nowMs: NOW,
  allowZstd: true,
  maxDecompressedBytes: 64 << 20,
  recompression: null,
};

const compression = new Compression();

/** Records with an 8-byte key and a 100-byte value of JSON-like text. */
function build(records: number, codec: CodecId): Buffer {
  const builder = new BatchBuilder({ codec, compression, producerId: 1, producerEpoch: 0, baseSequence: 0 });
  for (let index = 0; index < records; index++) {
    const text = `{"id":${index},"user":"user-${(index * 7919) % 1000}","action":"click"}`;
    const key = Buffer.from(String(index % 97).padStart(8, '0'));
    builder.append({ key, value: Buffer.from(text.padEnd(VALUE_BYTES, 'x')), timestamp: NOW + index });
  }
  return builder.build();
}

async function main(): Promise<void> {
  await compression.loadAll();
  const bench = new Bench({ time: 300, warmupTime: 100 });
  const perTask = new Map<string, number>();
  const add = (name: string, records: number, run: () => void): void => {
    perTask.set(name, records);
    bench.add(name, run);
  };

  for (const records of [1, 10, 100, 1000, 8000]) {
    const batch = build(records, 0);
    add(`validateProduced relaxed, ${records} records, ${batch.length} B`, records, () => {
      if (!validateProduced(batch, RULES, compression).ok) throw new Error('the batch is good');
    });
  }
  const thousand = build(1000, 0);
  add('  of which: walk of 1000 records', 1000, () => {
    const rules = { baseTimestamp: NOW, earliestMs: 0, latestMs: NOW * 2, keysRequired: false };
    if (walkRecords(thousand, 61, thousand.length, 1000, rules).malformed !== null)
      throw new Error('the batch is good');
  });
  add('  of which: CRC-32C of the batch', 1000, () => void crc32c(thousand, 21, thousand.length));
  add('  CRC-32C of the batch, portable', 1000, () => void portableCrc32c(thousand, 21, thousand.length));
  for (const codec of [1, 2, 3, 4] as const) {
    const batch = build(1000, codec);
    const name = compression.get(codec)!.name;
    add(
      `relaxed, ${name}, 1000 records, ${batch.length} B`,
      1000,
      () => void validateProduced(batch, RULES, compression),
    );
    const strict: ProduceRules = { ...RULES, validation: 'strict' };
    add(`strict, ${name}, 1000 records`, 1000, () => void validateProduced(batch, strict, compression));
    add(`build, ${name}, 1000 records`, 1000, () => void build(1000, codec));
  }
  add('build, none, 1000 records', 1000, () => void build(1000, 0));
  add('recordsIn, 1000 records', 1000, () => {
    for (const record of recordsIn(thousand, 0, compression, 1 << 20))
      if (record.offset < 0) throw new Error('offset');
  });
  for (const bytes of [64, 100, 150, 200, 250, 300, 400]) {
    const buffer = build(10, 0);
    add(`crc32c ${bytes} B, chosen`, 1, () => void crc32c(buffer, 21, 21 + bytes));
    add(`crc32c ${bytes} B, portable`, 1, () => void portableCrc32c(buffer, 21, 21 + bytes));
  }

  await bench.run();
  console.log(`Node ${process.version}, crc32c ${CRC32C_IMPLEMENTATION}; medians`);
  for (const codec of [1, 2, 3, 4] as const)
    console.log(`${compression.get(codec)!.name}: ${compression.get(codec)!.implementation}`);
  console.table(
    bench.tasks.map((task) => {
      const { result } = task;
      if (!('latency' in result)) throw new Error(`${task.name} did not run: ${JSON.stringify(result)}`);
      const perRunNs = result.latency.p50 * 1e6;
      return {
        task: task.name,
        'ns per run': Math.round(perRunNs),
        'ns per record': +(perRunNs / perTask.get(task.name)!).toFixed(1),
      };
    }),
  );
}

await main();
