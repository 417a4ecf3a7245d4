/**
 * A FetchRequest of version 12 with 100 partitions: generated codec, interpreter, and code written by hand
 * for this one version. The hand-written code does what any of them must: it checks what it reads and what it
 * writes.
 *
 *     npm run bench -- micro/wire
 */
import { NO_UUID } from '../../src/base/ids.js';
import { Bench } from 'tinybench';
import { codec } from '../../src/wire/codec.js';
import { interpret } from '../../src/wire/interpret.js';
import { Fetch, type FetchRequest } from '../../src/wire/messages/fetch.js';
import { int64At, Reader, WireError } from '../../src/wire/reader.js';
import { int8, int32, int64, Writer } from '../../src/wire/writer.js';

const VERSION = 12;
const PARTITIONS = 100;
const PARTITION_BYTES = 33;

const request: FetchRequest = {
  clusterId: null,
  replicaId: -1,
  replicaState: { replicaId: -1, replicaEpoch: -1 },
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 50 * 1024 * 1024,
  isolationLevel: 1,
  sessionId: 77,
  sessionEpoch: 3,
  topics: [
    {
      topic: 'orders-of-the-day',
      topicId: NO_UUID,
      partitions: Array.from({ length: PARTITIONS }, (_, partition) => ({
        partition,
        currentLeaderEpoch: 7,
        fetchOffset: 2 ** 35 + partition,
        lastFetchedEpoch: 7,
        logStartOffset: -1,
        partitionMaxBytes: 1024 * 1024,
        replicaDirectoryId: NO_UUID,
      })),
    },
  ],
  forgottenTopicsData: [],
  rackId: '',
};

function encodeByHand(writer: Writer, draft: FetchRequest): void {
  const start = writer.reserve(25);
  let { view } = writer;
  view.setInt32(start, int32(draft.replicaId));
  view.setInt32(start + 4, int32(draft.maxWaitMs));
  view.setInt32(start + 8, int32(draft.minBytes));
  view.setInt32(start + 12, int32(draft.maxBytes));
  view.setInt8(start + 16, int8(draft.isolationLevel));
  view.setInt32(start + 17, int32(draft.sessionId));
  view.setInt32(start + 21, int32(draft.sessionEpoch));
  writer.uvarint(draft.topics.length + 1);
  for (const { topic, partitions } of draft.topics) {
    writer.compactString(topic);
    writer.uvarint(partitions.length + 1);
    for (const partition of partitions) {
      const at = writer.reserve(PARTITION_BYTES);
      view = writer.view;
      view.setInt32(at, int32(partition.partition));
      view.setInt32(at + 4, int32(partition.currentLeaderEpoch));
      int64(view, at + 8, partition.fetchOffset);
      view.setInt32(at + 16, int32(partition.lastFetchedEpoch));
      int64(view, at + 20, partition.logStartOffset);
      view.setInt32(at + 28, int32(partition.partitionMaxBytes));
      view.setInt8(at + 32, 0);
    }
    writer.int8(0);
  }
  writer.uvarint(draft.forgottenTopicsData.length + 1);
  for (const { topic, partitions } of draft.forgottenTopicsData) {
    writer.compactString(topic);
    writer.uvarint(partitions.length + 1);
    for (const partition of partitions) writer.int32(partition);
    writer.int8(0);
  }
  writer.compactString(draft.rackId);
  writer.int8(0);
}

function decodeByHand(reader: Reader): FetchRequest {
  const { view } = reader;
  const start = reader.take(25);
  const topics: FetchRequest['topics'] = [];
  for (let left = reader.compactCount(3); left > 0; left--) {
    const topic = reader.compactString();
    const partitions: FetchRequest['topics'][number]['partitions'] = [];
    for (let more = reader.compactCount(PARTITION_BYTES); more > 0; more--) {
      const at = reader.take(32);
      partitions.push({
        partition: view.getInt32(at),
        currentLeaderEpoch: view.getInt32(at + 4),
        fetchOffset: int64At(view, at + 8),
        lastFetchedEpoch: view.getInt32(at + 16),
        logStartOffset: int64At(view, at + 20),
        partitionMaxBytes: view.getInt32(at + 28),
        replicaDirectoryId: NO_UUID,
      });
      noTags(reader);
    }
    noTags(reader);
    topics.push({ topic, topicId: NO_UUID, partitions });
  }
  const forgottenTopicsData: FetchRequest['forgottenTopicsData'] = [];
  for (let left = reader.compactCount(3); left > 0; left--) {
    const topic = reader.compactString();
    const partitions: number[] = [];
    for (let more = reader.compactCount(4); more > 0; more--) partitions.push(reader.int32());
    noTags(reader);
    forgottenTopicsData.push({ topic, topicId: NO_UUID, partitions });
  }
  const rackId = reader.compactString();
  noTags(reader);
  return {
    clusterId: null,
    replicaId: view.getInt32(start),
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: view.getInt32(start + 4),
    minBytes: view.getInt32(start + 8),
    maxBytes: view.getInt32(start + 12),
    isolationLevel: view.getInt8(start + 16),
    sessionId: view.getInt32(start + 17),
    sessionEpoch: view.getInt32(start + 21),
    topics,
    forgottenTopicsData,
    rackId,
  };
}

function noTags(reader: Reader): void {
  if (reader.uvarint() !== 0) throw new WireError('the code written by hand knows no tags');
}

const generated = codec(Fetch.request, VERSION);
const interpreted = interpret(Fetch.request, VERSION);
const byHand = { encode: encodeByHand, decode: decodeByHand };
const ways = { generated, interpreted, 'by hand': byHand };

const frames = Object.values(ways).map((way) => {
  const writer = new Writer();
  way.encode(writer, request);
  return Buffer.concat(writer.parts());
});
const [frame] = frames;
if (frame === undefined || frames.some((other) => !other.equals(frame)))
  throw new Error('the three ways differ');

const bench = new Bench({ time: 1000, warmupTime: 500 });
for (const [name, way] of Object.entries(ways)) {
  bench.add(`encode, ${name}`, () => {
    const writer = new Writer();
    way.encode(writer, request);
    return writer.parts();
  });
  bench.add(`decode, ${name}`, () => way.decode(new Reader(frame)));
}
await bench.run();
process.stdout.write(
  `FetchRequest version ${VERSION}, ${PARTITIONS} partitions, ${frame.length} bytes, Node ${process.version}\n`,
);
for (const { name, result } of bench.tasks) {
  const perSecond =
    'throughput' in result ? Math.round(result.throughput.p50).toLocaleString('en') : 'failed';
  process.stdout.write(`${name.padEnd(24)}${perSecond.padStart(10)} /s\n`);
}
