/**
 * A batch's base offset is outside of what its checksum covers: damage there is seen by what stands around it, and told. Found by fuzzing
 * the files of a log directory.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TimeIndex } from '../../../../src/log/time-index.js';
import type { Disk } from '../../../../src/ports/disk.js';
import { memoryDisk } from '../../../../src/ports/memory/disk.js';
import { setBaseOffset } from '../../../../src/records/batch.js';
import { ErrorCode } from '../../../../src/wire/errors.js';
import { append, batchOf, Checkpointed, DIRECTORY, openLog, readAll, settle } from './harness.js';

const OUT_OF_REACH = 2 ** 40;
const SEGMENT = join(DIRECTORY, '00000000000000000000.log');
const CONFIG = { indexIntervalBytes: 0 };
const WHOLE = { maxBytes: 1 << 20, upTo: Number.MAX_SAFE_INTEGER, atLeastOneBatch: true };

/** Three batches of one record each, closed cleanly; then one batch claims another offset. */
async function damaged(nth: number, offset: number): Promise<{ disk: Disk; checkpoints: Checkpointed }> {
  const disk = memoryDisk();
  const checkpoints = new Checkpointed();
  const { log } = await openLog({ disk, checkpoints, config: CONFIG });
  for (let batch = 0; batch < 3; batch++) {
    append(log, batchOf({ timestamps: [1_700_000_000_000 + batch] }));
    await settle();
  }
  await log.close();
  await checkpoints.checkpoint();
  const bytes = await disk.readFile(SEGMENT);
  setBaseOffset(bytes, (nth * bytes.length) / 3, offset);
  const file = await disk.open(SEGMENT);
  await file.write([bytes], 0);
  await file.close();
  return { disk, checkpoints };
}

test('a start that looks at each batch cuts the log before one that is out of reach of its segment', async () => {
  const { disk } = await damaged(1, OUT_OF_REACH);
  const { log } = await openLog({ disk, config: CONFIG });
  expect(log.endOffset).toBe(1);
  expect(await readAll(log)).toHaveLength(1);
});

test.each([
  ['behind all that the log has', 100],
  ['out of reach', OUT_OF_REACH],
])(
  'a log that was trusted, its first batch %s: a reader is told, and not left waiting',
  async (_, offset) => {
    const { disk, checkpoints } = await damaged(0, offset);
    const { log } = await openLog({ disk, checkpoints, isClean: true, config: CONFIG, tailBytesMax: 0 });
    expect(log.endOffset).toBe(3);
    await expect(log.read(0, WHOLE)).rejects.toMatchObject({ error: ErrorCode.CORRUPT_MESSAGE });
    expect(log.online).toBe(true);
  },
);

test('a log that was trusted, a batch with the offset of an earlier one: nobody is sent back', async () => {
  const { disk, checkpoints } = await damaged(2, 0);
  const { log } = await openLog({ disk, checkpoints, isClean: true, config: CONFIG, tailBytesMax: 0 });
  await expect(log.read(0, WHOLE)).rejects.toMatchObject({ error: ErrorCode.CORRUPT_MESSAGE });
  expect(log.online).toBe(true);
});

test.each([
  ['an offset out of reach', OUT_OF_REACH],
  ['an offset that is taken', 0],
])('indexes made anew over a batch with %s: damage, and no broken invariant', async (_, offset) => {
  const { disk, checkpoints } = await damaged(2, offset);
  for (const suffix of ['index', 'timeindex']) {
    const file = await disk.open(SEGMENT.replace('log', suffix));
    await file.truncate(5);
    await file.close();
  }
  const opening = openLog({ disk, checkpoints, isClean: true, config: CONFIG, tailBytesMax: 0 });
  const outcome = opening.then(({ log }) => log.read(0, WHOLE));
  await expect(outcome).rejects.toMatchObject({ error: ErrorCode.CORRUPT_MESSAGE });
});

test('an index that is ahead of the log is made anew before anything is appended', async () => {
  const { disk, checkpoints } = await damaged(0, 0);
  const index = new TimeIndex(0);
  index.appendIfNewer(1, 50);
  await put(disk, 'timeindex', index.encode());
  const { log } = await openLog({ disk, checkpoints, isClean: true, config: CONFIG });
  expect(append(log, batchOf({ timestamps: [1_700_000_000_011] }))).toEqual([3, 3]);
  expect(append(log, batchOf({ timestamps: [1_700_000_000_012] }))).toEqual([4, 4]);
  await settle();
  expect(await log.offsetForTimestamp(1_700_000_000_012)).toMatchObject({ offset: 4 });
  expect(log.online).toBe(true);
});

test('a log whose batches are ahead of it stays shut: what it acknowledged is damaged', async () => {
  const { disk, checkpoints } = await damaged(2, 50);
  await put(disk, 'timeindex', Buffer.alloc(5));
  const opening = openLog({ disk, checkpoints, isClean: true, config: CONFIG });
  await expect(opening).rejects.toMatchObject({ error: ErrorCode.CORRUPT_MESSAGE });
});

/** In the place of the segment's index. */
async function put(disk: Disk, suffix: string, bytes: Buffer): Promise<void> {
  const file = await disk.open(SEGMENT.replace('log', suffix));
  await file.truncate(0);
  await file.write([bytes], 0);
  await file.close();
}
