/** Log directories as brokers leave them: closed cleanly, and cut off with bytes that only the redo journal has. */
import { join } from 'node:path';
import { crc32c } from '../../../src/base/crc32c.js';
import { SlabPool } from '../../../src/base/slabs.js';
import {
  CLEAN_SHUTDOWN_MARKER,
  LOG_START_OFFSET_CHECKPOINT,
  RECOVERY_POINT_CHECKPOINT,
} from '../../../src/log/checkpoint.js';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/config.js';
import {
  encodeJournalHeader,
  encodeJournalRecord,
  JOURNAL_BLOCK_BYTES,
  JOURNAL_FILE_NAMES,
  JOURNAL_RECORD_BYTES_MAX,
} from '../../../src/log/journal.js';
import type { Log } from '../../../src/log/log.js';
import { LogDirectory } from '../../../src/log/log-directory.js';
import { OpenSegments } from '../../../src/log/open-segments.js';
import { LOG_SUFFIX, SNAPSHOT_SUFFIX } from '../../../src/log/segment-names.js';
import { TailBudget } from '../../../src/log/tail-budget.js';
import type { Disk } from '../../../src/ports/disk.js';
import type { Logger } from '../../../src/ports/logger.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { setBaseOffset } from '../../../src/records/batch.js';
import type { Compression } from '../../../src/records/compression/compression.js';
import { infoOf } from '../../../src/records/validate.js';
import { repairBatches } from './batch-repair.js';
import { type DiskImage, imageOf } from './disk-image.js';
import { NOW_MS, sampleBatches } from './sample-batches.js';

export const LOG_DIRECTORY = '/data';
export const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
export const LOG_CONFIG = {
  ...DEFAULT_LOG_CONFIG,
  segmentBytes: 1500,
  indexIntervalBytes: 200,
  retentionMs: -1,
};

export function openLogDirectory(
  disk: Disk,
  compression: Compression,
  logger: Logger,
): Promise<LogDirectory> {
  return LogDirectory.open({
    path: LOG_DIRECTORY,
    disk,
    clock: manualClock(NOW_MS),
    logger,
    compression,
    // No tail to read from: what is served comes from the files.
    tailBudget: new TailBudget({ tailBytesMax: 0 }),
    openSegments: new OpenSegments(SILENT_LOGGER),
    slabs: new SlabPool(),
    configOf: () => LOG_CONFIG,
  });
}

/** Two logs: one of many small segments, one of a single batch. */
export async function logImages(compression: Compression): Promise<readonly DiskImage[]> {
  const disk = memoryDisk();
  await disk.makeDir(LOG_DIRECTORY);
  const directory = await openLogDirectory(disk, compression, SILENT_LOGGER);
  const [orders, single] = [await create(directory, 'orders'), await create(directory, 'single')];
  const batches = [...sampleBatches(compression)];
  for (let epoch = 0; epoch < 2; epoch++) {
    orders.beginEpoch(epoch);
    for (const [at, batch] of batches.entries()) {
      const producer = 100 * epoch + at;
      batch.writeBigInt64BE(BigInt(producer), 43);
      repairBatches(batch);
      append(orders, batch, epoch);
      await orders.flush();
    }
  }
  single.beginEpoch(0);
  append(single, batches[0]!, 0);
  await single.flush();
  await directory.checkpoint();
  const running = await imageOf(disk, LOG_DIRECTORY);
  await directory.close();
  const clean = await imageOf(disk, LOG_DIRECTORY);
  return [clean, withoutTrust(running), journaled(running), withoutIndexes(clean)];
}

async function create(directory: LogDirectory, topic: string): Promise<Log> {
  const log = await directory.create({ topic, index: 0, topicId: TOPIC_ID, config: LOG_CONFIG });
  return log;
}

function append(log: Log, batch: Buffer, epoch: number): void {
  const outcome = log.append(Buffer.from(batch), infoOf(batch, 0), epoch);
  if (outcome.kind === 'rejected') throw new Error(`a seed is not appended: ${outcome.message}`);
}

/** What a start believes goes: it has to look at every batch. */
export function withoutTrust(image: DiskImage): DiskImage {
  const distrusted = new Map(image);
  for (const name of [CLEAN_SHUTDOWN_MARKER, RECOVERY_POINT_CHECKPOINT, LOG_START_OFFSET_CHECKPOINT])
    distrusted.delete(join(LOG_DIRECTORY, name));
  return distrusted;
}

function withoutIndexes(image: DiskImage): DiskImage {
  return new Map([...image].filter(([path]) => !path.endsWith('index') && !path.endsWith(SNAPSHOT_SUFFIX)));
}

/** The last segment of the first log ends too early, and the journal has the rest. */
function journaled(image: DiskImage): DiskImage {
  const torn = withoutTrust(image);
  const path = [...torn.keys()]
    .filter((each) => each.includes('/orders-0/') && each.endsWith(LOG_SUFFIX))
    .at(-1)!;
  const whole = torn.get(path)!;
  const cut = whole.length >>> 1;
  torn.set(path, whole.subarray(0, cut));
  const log = { directoryName: 'orders-0', topicId: TOPIC_ID };
  const segmentBaseOffset = Number(path.slice(path.lastIndexOf('/') + 1, -LOG_SUFFIX.length));
  const range = { segmentBaseOffset, position: cut, parts: [whole.subarray(cut)], bytes: whole.length - cut };
  const records = [0, 1].map((sequence) => {
    const into = Buffer.alloc(4 * JOURNAL_BLOCK_BYTES);
    const discards = sequence === 0 ? [{ directoryName: 'single-0', topicId: TOPIC_ID }] : [];
    return into.subarray(
      0,
      encodeJournalRecord(into, { generation: 3, sequence }, discards, [{ log, ranges: [range] }]),
    );
  });
  torn.set(
    join(LOG_DIRECTORY, JOURNAL_FILE_NAMES[0]),
    Buffer.concat([encodeJournalHeader(3), ...records, Buffer.alloc(2 * JOURNAL_BLOCK_BYTES)]),
  );
  torn.set(join(LOG_DIRECTORY, JOURNAL_FILE_NAMES[1]), encodeJournalHeader(2));
  return torn;
}

/** Checksums made right again, in batches, journals and producer snapshots. */
export function repairChecksums(image: DiskImage): void {
  for (const [path, bytes] of image) {
    const repaired = Buffer.from(bytes);
    if (path.endsWith(LOG_SUFFIX)) repairBatches(repaired);
    else if (path.endsWith(SNAPSHOT_SUFFIX)) repairSnapshot(repaired);
    else if (path.includes('redo-journal')) repairJournal(repaired);
    else continue;
    image.set(path, repaired);
  }
}

export function repairSnapshot(bytes: Buffer): void {
  if (bytes.length >= 6) bytes.writeUInt32BE(crc32c(bytes, 6, bytes.length), 2);
}

/** Both copies of the header, and each record whose length is possible. */
export function repairJournal(bytes: Buffer): void {
  for (const at of [0, JOURNAL_BLOCK_BYTES / 2])
    if (bytes.length >= at + 24) bytes.writeUInt32BE(crc32c(bytes, at, at + 20), at + 20);
  for (let at = JOURNAL_BLOCK_BYTES; at + JOURNAL_BLOCK_BYTES <= bytes.length; at += JOURNAL_BLOCK_BYTES) {
    const length = bytes.readUInt32BE(at + 20);
    if (length < 32 || length > JOURNAL_RECORD_BYTES_MAX || at + length > bytes.length) continue;
    bytes.writeUInt32BE(crc32c(bytes, at + 8, at + length), at + 4);
  }
}

/** As a producer would send it. */
export function anotherBatch(compression: Compression): Buffer {
  const [batch] = sampleBatches(compression);
  setBaseOffset(batch!, 0, 0);
  batch!.writeBigInt64BE(-1n, 43);
  batch!.writeInt16BE(-1, 51);
  batch!.writeInt32BE(-1, 53);
  repairBatches(batch!);
  return batch!;
}
