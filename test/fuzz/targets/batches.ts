/** A records field as a producer sends it: validated both ways, walked, iterated, recompressed; as it came, and with its checksum repaired. */
import {
  baseOffset,
  crcMatches,
  headerProblem,
  isControl,
  lastOffset,
  maxTimestamp,
  setBaseOffset,
  setLeaderEpoch,
} from '../../../src/records/batch.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { CompressionError } from '../../../src/records/compression/compressor.js';
import { decodeControlMarker } from '../../../src/records/control.js';
import { batchesIn, CorruptBatchError, recordsIn } from '../../../src/records/iterate.js';
import type { Recompression } from '../../../src/records/recompress.js';
import { infoOf, type ProduceRules, validateProduced } from '../../../src/records/validate.js';
import { repairBatch, repairsChecksums } from '../parts/batch-repair.js';
import { NOW_MS, sampleBatches } from '../parts/sample-batches.js';
import { mustHold, refusing, type Target } from '../target.js';

const CONTENT_BYTES_MAX = 256 * 1024;
const BASE_OFFSET = 1000;

const RELAXED: ProduceRules = {
  maxMessageBytes: 1 << 20,
  validation: 'relaxed',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  nowMs: NOW_MS,
  allowZstd: true,
  maxDecompressedBytes: CONTENT_BYTES_MAX,
  recompression: null,
};
const STRICT: ProduceRules = { ...RELAXED, validation: 'strict' };
const TO: readonly Recompression[] = [
  { codec: 0, level: null },
  { codec: 1, level: 1 },
  { codec: 3, level: null },
];

const compression = new Compression();

export const batches: Target = {
  name: 'batches',
  async seeds() {
    await compression.loadAll();
    const all = [...sampleBatches(compression)];
    return [...all, Buffer.concat(all.slice(0, 3))];
  },
  run(bytes) {
    if (repairsChecksums(bytes)) repairBatch(bytes);
    readAll(bytes);
    const relaxed = validateProduced(Buffer.from(bytes), RELAXED, compression);
    const strict = validateProduced(Buffer.from(bytes), STRICT, compression);
    validateProduced(Buffer.from(bytes), { ...STRICT, compacted: true }, compression);
    validateProduced(Buffer.from(bytes), { ...STRICT, timestampType: 'LogAppendTime' }, compression);
    mustHold(!strict.ok || relaxed.ok, () => 'strict validation lets pass what relaxed refuses');
    if (!strict.ok) return;
    readsBack(strict.batch, strict.info.recordCount);
    for (const recompression of TO) {
      const recompressed = validateProduced(Buffer.from(bytes), { ...STRICT, recompression }, compression);
      // What is compressed less may exceed the largest message.
      if (recompressed.ok) readsBack(recompressed.batch, strict.info.recordCount);
    }
  },
};

/** What strict validation accepts is read back without error, all of it, and says of itself what was said of it. */
function readsBack(batch: Buffer, recordCount: number): void {
  // The log stamps both, and the checksum covers neither: what a client put there does not matter.
  setBaseOffset(batch, 0, BASE_OFFSET);
  setLeaderEpoch(batch, 0, 0);
  mustHold(crcMatches(batch, 0), () => 'the checksum of an accepted batch does not match');
  mustHold(
    headerProblem(batch, 0, batch.length) === null,
    () => 'the header of an accepted batch has a problem',
  );
  let count = 0;
  let newest = Number.NEGATIVE_INFINITY;
  for (const record of recordsIn(batch, 0, compression, CONTENT_BYTES_MAX)) {
    mustHold(record.offset === BASE_OFFSET + count, () => `record ${count} has offset ${record.offset}`);
    record.headers();
    newest = Math.max(newest, record.timestamp);
    count++;
  }
  mustHold(count === recordCount, () => `validated ${recordCount} records, and ${count} came out`);
  mustHold(
    newest === maxTimestamp(batch, 0),
    () => `the newest is of ${newest}, not ${maxTimestamp(batch, 0)}`,
  );
  mustHold(lastOffset(batch, 0) === BASE_OFFSET + count - 1, () => 'the last offset is not the last record');
}

function readAll(bytes: Buffer): void {
  refusing(
    () => {
      for (const at of batchesIn(bytes)) {
        if (headerProblem(bytes, at, bytes.length - at) === null) {
          mustHold(lastOffset(bytes, at) >= baseOffset(bytes, at), () => 'a batch ends before it begins');
          infoOf(bytes, at);
        }
        for (const record of recordsIn(bytes, at, compression, CONTENT_BYTES_MAX)) {
          record.headers();
          if (isControl(bytes, at)) decodeControlMarker(record.key, record.value);
        }
      }
    },
    CorruptBatchError,
    CompressionError,
  );
}
