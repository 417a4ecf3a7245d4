/**
 * The log's own cost, without a disk: appending batches of 16 KiB, and reading them back at the head, from memory.
 *
 *     npm run bench -- micro/log
 *
 * An append here is: sequence check, offsets and epoch in place, copy into the tail, index, write and sync to a disk in memory, and
 * the report that it is durable. A read is what a consumer gets that keeps up.
 */
import { Bench } from 'tinybench';
import { DEFAULT_LOG_CONFIG } from '../../src/log/config.js';
import { Logs } from '../../src/log/logs.js';
import type { Disk, DiskFile } from '../../src/ports/disk.js';
import { SILENT_LOGGER } from '../../src/ports/logger.js';
import { memoryDisk } from '../../src/ports/memory/disk.js';
import { nodeClock } from '../../src/ports/node/clock.js';
import { BatchBuilder } from '../../src/records/builder.js';
import { Compression } from '../../src/records/compression/compression.js';
import { infoOf } from '../../src/records/validate.js';

const KiB = 1024;
const BATCH_BYTES = 16 * KiB;
/** Appends of one turn of the event loop: what a busy connection brings. */
const BURST = 64;

/** A disk in memory whose segment files forget what is written, so that the bench measures the log and not the growth of a heap. */
function forgetfulDisk(): Disk {
  const disk = memoryDisk();
  const open = async (path: string, options?: { readonly create?: boolean }): Promise<DiskFile> => {
    const file = await disk.open(path, options);
    if (!path.endsWith('.log')) return file;
    return {
      path,
      get size() {
        return file.size;
      },
      read: (target, position) => file.read(target, position),
      write: async () => {},
      truncate: (size) => file.truncate(size),
      sync: async () => {},
      close: () => file.close(),
    };
  };
  return new Proxy(disk, {
    get: (target, key) => {
      if (key === 'open') return open;
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function newBatch(producerId: number): Buffer {
  const builder = new BatchBuilder({
    producerId,
    producerEpoch: producerId < 0 ? -1 : 0,
    baseSequence: producerId < 0 ? -1 : 0,
  });
  while (builder.estimatedBytes < BATCH_BYTES - 200) {
    builder.append({ key: null, value: Buffer.alloc(150, 'x'), timestamp: 1_700_000_000_000 });
  }
  return builder.build();
}

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';

async function openLogs(disk: Disk): Promise<Logs> {
  await disk.makeDir('/data');
  return Logs.open({
    disk,
    clock: nodeClock(),
    logger: SILENT_LOGGER,
    compression: new Compression(),
    directories: ['/data'],
    configOf: () => DEFAULT_LOG_CONFIG,
  });
}

const writing = await openLogs(forgetfulDisk());
const plain = await writing.create('plain', 0, TOPIC_ID, DEFAULT_LOG_CONFIG);
const idempotent = await writing.create('idempotent', 0, TOPIC_ID, DEFAULT_LOG_CONFIG);
// Apart: what is appended there would push these bytes out of memory.
const reading = await openLogs(memoryDisk());
const followed = await reading.create('followed', 0, TOPIC_ID, DEFAULT_LOG_CONFIG);

const batch = newBatch(-1);
const info = infoOf(batch, 0);
const sequenced = newBatch(9);
const sequencedInfo = infoOf(sequenced, 0);
let sequence = 0;

for (let at = 0; at < 200; at++) followed.append(batch, info, 0);
await followed.flush();
const { endOffset } = followed;
const upTo = followed.durableEnd;

const bench = new Bench({ time: 2000, warmupTime: 500 });
bench
  .add('read 1 MiB at the head, from memory', () => {
    void followed.read(endOffset - 64 * info.recordCount, {
      maxBytes: KiB * KiB,
      upTo,
      atLeastOneBatch: true,
    });
  })
  .add('read the last batch, from memory', () => {
    void followed.read(endOffset - 1, { maxBytes: KiB * KiB, upTo, atLeastOneBatch: true });
  })
  .add(`append, ${BURST} batches of 16 KiB, until durable`, async () => {
    for (let at = 0; at < BURST; at++) plain.append(batch, info, 0);
    while (plain.durableEnd < plain.endOffset) await new Promise((resolve) => setImmediate(resolve));
  })
  .add(`append idempotently, ${BURST} batches of 16 KiB, until durable`, async () => {
    for (let at = 0; at < BURST; at++) {
      const numbered = { ...sequencedInfo, baseSequence: sequence };
      sequence = (sequence + sequencedInfo.recordCount) % 2 ** 31;
      idempotent.append(sequenced, numbered, 0);
    }
    while (idempotent.durableEnd < idempotent.endOffset)
      await new Promise((resolve) => setImmediate(resolve));
  });
await bench.run();

console.table(
  bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
    const { latency } = result;
    const appends = name.startsWith('append') ? BURST : 1;
    return {
      what: name,
      'µs each (median)': ((latency.p50 * 1000) / appends).toFixed(2),
      'µs each (p99)': ((latency.p99 * 1000) / appends).toFixed(2),
      'MB/s': name.startsWith('append')
        ? Math.round((BURST * batch.length) / 1e6 / (latency.p50 / 1000))
        : '',
    };
  }),
);
await writing.close();
await reading.close();
