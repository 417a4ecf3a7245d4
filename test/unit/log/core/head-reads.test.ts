import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeEpochCheckpoint } from '../../../../src/log/epochs.js';
import { OffsetIndex } from '../../../../src/log/offset-index.js';
import { encodeProducerSnapshot } from '../../../../src/log/producer-snapshot.js';
import { segmentFileName } from '../../../../src/log/segment-names.js';
import { TimeIndex } from '../../../../src/log/time-index.js';
import { writeWhole } from '../../../../src/log/segment.js';
import { type DiskOperationRecord, LossyDisk } from '../../../../src/ports/memory/lossy-disk.js';
import { batchOf, Checkpointed, DIRECTORY, openLog } from './harness.js';

const MiB = 1024 * 1024;
const OFFSETS_PER_SEGMENT = 1_000_000;

/**
 * A log as a clean stop leaves it, of so many segments, each with an index entry for every 4 KiB; only the batches at the newest end
 * are there, the rest of the files is a hole.
 */
async function sparseLog(disk: LossyDisk, segments: number, segmentBytes: number): Promise<Checkpointed> {
  await disk.makeDir(DIRECTORY);
  const checkpoints = new Checkpointed();
  for (let at = 0; at < segments; at++) {
    const base = at * OFFSETS_PER_SEGMENT;
    const entries = Math.floor(segmentBytes / 4096) - 2;
    const offsets = new OffsetIndex(base);
    const times = new TimeIndex(base);
    for (let entry = 1; entry <= entries; entry++) {
      offsets.append(base + entry, entry * 4096);
      times.appendIfNewer(base + entry, base + entry);
    }
    const file = await disk.open(join(DIRECTORY, segmentFileName(base, '.log')), { create: true });
    await file.write([Buffer.from(batchOf())], 0);
    const newest = Buffer.concat([
      batchOf({ baseOffset: base + entries, leaderEpoch: 0 }),
      batchOf({ baseOffset: base + entries + 1, leaderEpoch: 0 }),
    ]);
    await file.write([newest], entries * 4096);
    await file.close();
    await writeWhole(disk, join(DIRECTORY, segmentFileName(base, '.index')), offsets.encode());
    await writeWhole(disk, join(DIRECTORY, segmentFileName(base, '.timeindex')), times.encode());
    checkpoints.recoveryPoint = base + entries + 2;
  }
  const snapshot = segmentFileName(checkpoints.recoveryPoint, '.snapshot');
  await writeWhole(disk, join(DIRECTORY, snapshot), encodeProducerSnapshot([]));
  await writeWhole(
    disk,
    join(DIRECTORY, 'leader-epoch-checkpoint'),
    encodeEpochCheckpoint([{ epoch: 0, startOffset: 0 }]),
  );
  return checkpoints;
}

async function countedOperations(segments: number, segmentBytes: number): Promise<string[][]> {
  const operations: DiskOperationRecord[] = [];
  const disk = new LossyDisk({ operations });
  const checkpoints = await sparseLog(disk, segments, segmentBytes);
  const counted = (): string[] => {
    const ops = operations.splice(0).filter(({ path }) => path.startsWith(DIRECTORY));
    return ops.map(({ op, bytes }) => (op === 'read' ? `read ${bytes}` : op));
  };
  counted();
  const { log } = await openLog({ disk, checkpoints, isClean: true });
  expect(log.sizeBytes).toBeGreaterThan(segments * segmentBytes * 0.99);
  const opening = counted();
  const limits = { maxBytes: MiB, upTo: log.endOffset, atLeastOneBatch: true };
  const first = await log.read(log.endOffset - 1, limits);
  expect(first.nextOffset).toBe(log.endOffset);
  const reading = counted();
  await log.read(log.endOffset - 2, limits);
  return [opening, reading, counted()];
}

test('opening after a clean stop and reading at the head cost the same for 10 GiB as for 10 MiB', async () => {
  const small = await countedOperations(1, 10 * MiB);
  const large = await countedOperations(10, 1024 * MiB);
  expect(large).toEqual(small);
  // One read for the batches, and nothing else.
  expect(large[1]!.length).toBe(1);
  expect(large[2]!.length).toBe(1);
});
