/** Batches as producers send them: each codec, few and many records, headers, nulls, producers, markers. */
import { BatchBuilder } from '../../../src/records/builder.js';
import type { Compression } from '../../../src/records/compression/compression.js';
import type { CodecId } from '../../../src/records/compression/compressor.js';
import { CONTROL_ABORT, CONTROL_COMMIT, controlBatch } from '../../../src/records/control.js';

export const NOW_MS = 1_700_000_000_000;
const CODECS: readonly CodecId[] = [0, 1, 2, 3, 4];

export function* sampleBatches(compression: Compression): Generator<Buffer, void, void> {
  for (const codec of CODECS) {
    for (const records of [1, 20]) {
      const builder = new BatchBuilder({
        codec,
        compression,
        producerId: 7,
        producerEpoch: 1,
        baseSequence: 2,
      });
      for (let at = 0; at < records; at++) {
        const value = at % 5 === 4 ? null : Buffer.from(`{"at":${at},"text":"${'x'.repeat(at)}"}`);
        const headers = at % 3 === 1 ? [{ key: 'trace', value: at % 2 === 0 ? null : Buffer.of(at) }] : [];
        builder.append({
          key: at % 4 === 3 ? null : Buffer.from(`k${at}`),
          value,
          timestamp: NOW_MS + at,
          headers,
        });
      }
      yield builder.build();
    }
  }
  const plain = new BatchBuilder();
  plain.append({ key: null, value: Buffer.from('plain'), timestamp: NOW_MS });
  yield plain.build();
  for (const type of [CONTROL_ABORT, CONTROL_COMMIT] as const)
    yield controlBatch({ type, producerId: 7, producerEpoch: 1, coordinatorEpoch: 3, timestamp: NOW_MS });
}
