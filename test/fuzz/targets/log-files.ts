/** The small files beside a log, each by its own reader: bytes that say nothing are refused with a reason, and what was read is written back as it was. */
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../../src/base/errors.js';
import {
  encodeOffsetCheckpoint,
  encodePartitionMetadata,
  parseOffsetCheckpoint,
  parsePartitionMetadata,
} from '../../../src/log/checkpoint.js';
import { encodeEpochCheckpoint, LeaderEpochs, parseEpochCheckpoint } from '../../../src/log/epochs.js';
import {
  decodeJournalHeader,
  encodeJournalHeader,
  encodeJournalRecord,
  JOURNAL_BLOCK_BYTES,
} from '../../../src/log/journal.js';
import { readJournal } from '../../../src/log/journal-reader.js';
import { planReplay } from '../../../src/log/journal-replay.js';
import { OffsetIndex } from '../../../src/log/offset-index.js';
import { encodeProducerSnapshot, parseProducerSnapshot } from '../../../src/log/producer-snapshot.js';
import { ProducerStates } from '../../../src/log/producers.js';
import { TimeIndex } from '../../../src/log/time-index.js';
import { formatMetaProperties, parseMetaProperties } from '../../../src/metadata/meta-properties.js';
import { diskWith } from '../parts/disk-image.js';
import { repairJournal, repairSnapshot, TOPIC_ID } from '../parts/log-images.js';
import { repairsChecksums } from '../parts/batch-repair.js';
import { mustHold, refusing, type Target } from '../target.js';

const BASE_OFFSET = 1000;
const SEGMENT_BYTES = 100_000;

export const offsetIndex: Target = {
  name: 'offset-index',
  seeds() {
    const index = new OffsetIndex(BASE_OFFSET);
    const seeds = [index.encode()];
    for (let at = 0; at < 20; at++) index.append(BASE_OFFSET + 10 * at, 500 * at);
    return [...seeds, index.encode()];
  },
  run(bytes) {
    const index = OffsetIndex.parse(bytes, BASE_OFFSET, SEGMENT_BYTES);
    if (index === null) return;
    mustHold(index.encode().equals(bytes), () => 'an offset index is written differently than it was read');
    let last = 0;
    for (const offset of [0, BASE_OFFSET - 1, BASE_OFFSET, BASE_OFFSET + 55, BASE_OFFSET + 2 ** 31]) {
      const position = index.lookup(offset);
      mustHold(
        position >= last && position < SEGMENT_BYTES,
        () => `offset ${offset} is looked up at ${position}`,
      );
      last = position;
    }
    index.truncate(index.entries >>> 1);
    mustHold(
      index.encode().equals(bytes.subarray(0, index.bytes)),
      () => 'a truncated index is no beginning of it',
    );
  },
};

export const timeIndex: Target = {
  name: 'time-index',
  seeds() {
    const index = new TimeIndex(BASE_OFFSET);
    const seeds = [index.encode()];
    for (let at = 0; at < 20; at++) index.appendIfNewer(1_700_000_000_000 + 1000 * at, BASE_OFFSET + 10 * at);
    return [...seeds, index.encode()];
  },
  run(bytes) {
    const index = TimeIndex.parse(bytes, BASE_OFFSET);
    if (index === null) return;
    mustHold(index.encode().equals(bytes), () => 'a time index is written differently than it was read');
    let last = BASE_OFFSET;
    for (const timestamp of [-1, 0, 1_700_000_000_000, 1_700_000_005_001, Number.MAX_SAFE_INTEGER]) {
      const offset = index.floorOffset(timestamp);
      mustHold(
        offset >= last && offset <= index.lastOffset,
        () => `time ${timestamp} is looked up at ${offset}`,
      );
      last = offset;
    }
  },
};

export const producerSnapshot: Target = {
  name: 'producer-snapshot',
  seeds: () => [0, 1, 3].map((count) => encodeProducerSnapshot(entries(count))),
  run(bytes) {
    if (repairsChecksums(bytes)) repairSnapshot(bytes);
    const parsed = parseProducerSnapshot(bytes);
    if (!parsed.ok) return;
    const again = parseProducerSnapshot(encodeProducerSnapshot(parsed.value));
    // One that names a producer twice is read as it stands; what is kept of it, the last one says.
    const ids = new Set(parsed.value.map(({ producerId }) => producerId));
    mustHold(
      ids.size < parsed.value.length || (again.ok && isDeepStrictEqual(again.value, parsed.value)),
      () => 'a producer snapshot is written differently than it was read',
    );
    const states = new ProducerStates();
    states.restore(parsed.value);
    states.expire(Number.MAX_SAFE_INTEGER, 1);
  },
};

function entries(count: number) {
  return Array.from({ length: count }, (_, at) => ({
    producerId: 5 + at,
    producerEpoch: at,
    batches: Array.from({ length: 1 + 2 * at }, (_, nth) => ({
      lastSequence: 10 * nth + 9,
      lastOffset: 100 * at + 10 * nth + 9,
      offsetDelta: 9,
      timestamp: 1_700_000_000_000 + nth,
    })),
    lastTimestamp: 1_700_000_000_000 + 2 * at,
    coordinatorEpoch: -1,
    currentTransactionFirstOffset: -1,
  }));
}

/** Kafka's checkpoints and partition.metadata, all by all of their readers: they are text, and short. */
export const checkpoints: Target = {
  name: 'checkpoints',
  seeds: () => [
    encodeOffsetCheckpoint([
      { topic: 'orders', partition: 0, offset: 17 },
      { topic: 'a.b_c-d', partition: 12, offset: 2 ** 40 },
    ]),
    encodeOffsetCheckpoint([]),
    encodeEpochCheckpoint([
      { epoch: 0, startOffset: 0 },
      { epoch: 3, startOffset: 100 },
      { epoch: 4, startOffset: 2 ** 33 },
    ]),
    encodePartitionMetadata(TOPIC_ID),
    formatMetaProperties({ clusterId: 'a=cluster', directoryId: TOPIC_ID, nodeId: 7 }),
  ],
  run(bytes) {
    const offsets = parseOffsetCheckpoint(bytes);
    if (offsets.ok) {
      const again = parseOffsetCheckpoint(encodeOffsetCheckpoint(offsets.value));
      mustHold(isDeepStrictEqual(again, offsets), () => 'an offset checkpoint is written differently');
    }
    const epochs = parseEpochCheckpoint(bytes);
    if (epochs.ok) epochsHold(new LeaderEpochs(epochs.value));
    const topicId = parsePartitionMetadata(bytes);
    if (topicId.ok) {
      const again = parsePartitionMetadata(encodePartitionMetadata(topicId.value));
      mustHold(isDeepStrictEqual(again, topicId), () => 'partition.metadata is written differently');
    }
    const properties = refusing(() => parseMetaProperties('meta.properties', bytes), UserError);
    if (properties === null) return;
    const again = parseMetaProperties('meta.properties', formatMetaProperties(properties));
    mustHold(isDeepStrictEqual(again, properties), () => 'meta.properties is written differently');
  },
};

function epochsHold(epochs: LeaderEpochs): void {
  const entries = epochs.entries();
  for (const [at, { epoch, startOffset }] of entries.entries()) {
    const next = entries[at + 1];
    mustHold(
      next === undefined || (next.epoch > epoch && next.startOffset > startOffset),
      () => 'epochs do not rise',
    );
    mustHold(epochs.epochAt(startOffset) === epoch, () => 'an epoch does not begin where it begins');
    epochs.endOffsetFor(epoch, Number.MAX_SAFE_INTEGER);
  }
  const again = parseEpochCheckpoint(encodeEpochCheckpoint(entries));
  mustHold(
    again.ok && isDeepStrictEqual(again.value, entries),
    () => 'leader epochs are written differently',
  );
  epochs.truncateFromStart(50);
  epochs.truncateFromEnd(40);
}

const GENERATION = 3;
const LOG = { directoryName: 'orders-0', topicId: TOPIC_ID };

export const journal: Target = {
  name: 'journal',
  roundInputs: 100,
  seeds() {
    const range = (position: number, bytes: number) => ({
      segmentBaseOffset: 0,
      position,
      parts: [Buffer.alloc(bytes, 7)],
      bytes,
    });
    const record = (sequence: number, bytes: number): Buffer => {
      const into = Buffer.alloc(8 * JOURNAL_BLOCK_BYTES);
      const ranges = [range(100 * sequence, bytes), range(9000, 10)];
      return into.subarray(
        0,
        encodeJournalRecord(into, { generation: GENERATION, sequence }, sequence === 1 ? [LOG] : [], [
          { log: LOG, ranges },
        ]),
      );
    };
    const header = encodeJournalHeader(GENERATION);
    return [
      header,
      Buffer.concat([header, record(0, 50), Buffer.alloc(JOURNAL_BLOCK_BYTES)]),
      Buffer.concat([header, record(0, 50), record(1, 9000), record(2, 200)]),
    ];
  },
  async run(bytes) {
    if (repairsChecksums(bytes)) repairJournal(bytes);
    const header = decodeJournalHeader(bytes.subarray(0, JOURNAL_BLOCK_BYTES));
    if (header.kind !== 'journal') return;
    const disk = await diskWith(new Map([['/journal', bytes]]));
    const file = await disk.open('/journal');
    const content = await readJournal(file, header.generation);
    for (const { record, position } of content.records)
      for (const { at, bytes: length } of record.ranges)
        mustHold(
          position + at + length <= bytes.length,
          () => 'a journaled range lies behind the end of the file',
        );
    const found = { topicId: TOPIC_ID, segments: new Map([[0, 10_000]]) };
    const plan = planReplay([content], new Map([[LOG.directoryName, found]]));
    for (const { writes } of plan.files)
      for (const write of writes)
        mustHold(write.position >= 0 && write.bytes >= 0, () => 'a replay writes before the beginning');
    await file.close();
  },
};
