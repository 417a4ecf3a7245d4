/**
 * A log directory whose files somebody injured, opened as a broker opens it. Either a log stays shut with an error that says why, or it
 * keeps its promises: its marks in order, only whole batches, none with a wrong checksum where a start looks at each, new records
 * behind the old ones, and the same again after a stop.
 */
import { INT32_MAX } from '../../../src/base/ids.js';
import { UserError } from '../../../src/base/errors.js';
import type { Log } from '../../../src/log/log.js';
import { StorageError } from '../../../src/log/storage-error.js';
import type { Disk } from '../../../src/ports/disk.js';
import { baseOffset, batchBytes, crcMatches, headerProblem, lastOffset } from '../../../src/records/batch.js';
import { CompressionError } from '../../../src/records/compression/compressor.js';
import { CorruptBatchError } from '../../../src/records/iterate.js';
import { infoOf } from '../../../src/records/validate.js';
import { diskWith } from '../parts/disk-image.js';
import { InjuredLogs } from '../parts/injured-logs.js';
import { ListeningLogger, mustBeNoBug } from '../parts/listening-logger.js';
import { anotherBatch, openLogDirectory, withoutTrust } from '../parts/log-images.js';
import { NOW_MS } from '../parts/sample-batches.js';
import { settles, turnOver } from '../parts/settles.js';
import { Broken, mustHold, type Target } from '../target.js';

const READ_BYTES = 4096;
const logs = new InjuredLogs({ injuriesMax: 6 });

export const logDirectory: Target = {
  name: 'log-directory',
  roundInputs: 40,
  seeds: () => logs.seeds([0, 1, 2, 3]),
  async run(bytes) {
    const { image, mode } = logs.injured(bytes);
    const isScanned = (mode & 2) !== 0;
    await settles(
      opens(await diskWith(isScanned ? withoutTrust(image) : image), isScanned),
      'a log directory',
    );
  },
};

async function opens(disk: Disk, isScanned: boolean): Promise<void> {
  const first = await openAndLook(disk, isScanned, 'append');
  if (first === null) return;
  const second = await openAndLook(disk, isScanned, 'look');
  mustHold(second !== null, () => 'a directory that could be opened cannot be opened again');
  for (const [name, before] of first) {
    const after = second.get(name);
    mustHold(
      after === before,
      () => `${name} had the batches ${before}, and after a stop it has ${after ?? 'none, and is shut'}`,
    );
  }
}

/** By name: what each open log holds. Null: the directory cannot be opened, for a reason that is told. */
async function openAndLook(
  disk: Disk,
  isScanned: boolean,
  then: 'append' | 'look',
): Promise<Map<string, string> | null> {
  const logger = new ListeningLogger();
  let directory;
  try {
    directory = await openLogDirectory(disk, logs.compression, logger);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
  const held = new Map<string, string>();
  for (const log of [...directory.logs()]) {
    const before = await contentOf(log, isScanned);
    // A stretch that cannot be read leaves the log online, and its end is known: it takes new records all the same.
    if (then === 'append') await appends(log);
    const after = await contentOf(log, isScanned);
    mustHold(
      before === null || after === null || after.startsWith(before),
      () => `${log.name} lost what it had`,
    );
    if (after !== null) held.set(log.name, after);
  }
  await directory.close();
  for (const { error } of logger.complaints) if (error !== undefined) mustBeNoBug(error, 'a log');
  return held;
}

/** Its batches as `first-last/bytes`; null: it says itself that it cannot read them, which a log that was scanned does not. */
async function contentOf(log: Log, isScanned: boolean): Promise<string | null> {
  const { startOffset, syncedEnd, writtenEnd, endOffset } = log;
  mustHold(
    0 <= startOffset && startOffset <= syncedEnd && syncedEnd <= writtenEnd && writtenEnd <= endOffset,
    () => `${log.name}: ${startOffset} <= ${syncedEnd} <= ${writtenEnd} <= ${endOffset} does not hold`,
  );
  try {
    const batches: string[] = [];
    for (let next = startOffset; next < writtenEnd; ) {
      const read = await log.read(next, { maxBytes: READ_BYTES, upTo: writtenEnd, atLeastOneBatch: true });
      mustHold(read.bytes > 0 && read.nextOffset > next, () => `${log.name}: nothing to read at ${next}`);
      for (const part of read.parts) {
        let expected = next;
        for (let at = 0; at < part.length; at += batchBytes(part, at)) {
          const problem = headerProblem(part, at, part.length - at);
          mustHold(problem === null, () => `${log.name} at ${next}: ${problem}`);
          mustHold(
            !isScanned || crcMatches(part, at),
            () => `${log.name} at ${next}: a wrong checksum is served`,
          );
          mustHold(lastOffset(part, at) >= expected, () => `${log.name}: offsets fall at ${expected}`);
          expected = lastOffset(part, at) + 1;
          batches.push(`${baseOffset(part, at)}-${lastOffset(part, at)}/${batchBytes(part, at)}`);
        }
      }
      next = read.nextOffset;
    }
    for (const timestamp of [0, NOW_MS, NOW_MS + 5, NOW_MS * 2]) await log.offsetForTimestamp(timestamp);
    await log.maxTimestamp();
    return batches.join(' ');
  } catch (error) {
    if (error instanceof Broken) throw error;
    // Batches are sound here, and what is in them need not be: their checksum may have been made right.
    if (error instanceof CorruptBatchError || error instanceof CompressionError) return null;
    if (!(error instanceof StorageError)) throw error;
    mustBeNoBug(error, log.name);
    mustHold(!isScanned || error.cause !== undefined, () => `${log.name} was scanned: ${error.message}`);
    return null;
  }
}

async function appends(log: Log): Promise<void> {
  const batch = anotherBatch(logs.compression);
  const end = log.endOffset;
  // A leader epoch is an int32, and the log may have been left with the last.
  log.beginEpoch(Math.min(log.latestEpoch + 1, INT32_MAX));
  const outcome = log.append(batch, infoOf(batch, 0), log.latestEpoch);
  mustHold(outcome.kind === 'appended', () => `${log.name} takes no records: ${JSON.stringify(outcome)}`);
  mustHold(outcome.baseOffset === end, () => `${log.name}: appended at ${outcome.baseOffset}, not ${end}`);
  for (let turn = 0; log.durableEnd <= end && log.online; turn++) {
    mustHold(turn < 1000, () => `${log.name}: what was appended never becomes durable`);
    await turnOver();
  }
  mustHold(log.online, () => `${log.name} went offline`);
}
