/**
 * What a Fetch costs the broker's event loop when all records lie in memory: a whole broker without sockets, asked as a connection asks
 * it.
 *
 *     npm run bench -- micro/fetch-assembly
 *
 * The reader has no session and is one batch behind in every partition, so each answer has one batch of each. A request is: header, decode,
 * look, read from the tail, answer, encode, and the memory let go as when the answer has left. Two of its parts stand beside it alone. What
 * a session saves is in fetch-sessions.
 */
import { Bench } from 'tinybench';
import { NO_UUID } from '../../src/base/ids.js';
import type { Peer } from '../../src/broker/context.js';
import { FetchPlan } from '../../src/broker/fetch-plan.js';
import { FetchSession } from '../../src/broker/fetch-session.js';
import { recordCount } from '../../src/records/batch.js';
import { codec } from '../../src/wire/codec.js';
import { ErrorCode } from '../../src/wire/errors.js';
import { decodeResponseHeader, encodeRequest, encodeResponse } from '../../src/wire/headers.js';
import { Fetch, type FetchResponseDraft } from '../../src/wire/messages/fetch.js';
import { clock, createFilled, newBatch, openBroker } from './parts/broker-in-memory.js';

const KiB = 1024;
const SHAPES = [
  { topic: 'twelve', partitions: 12, batchBytes: 16 * KiB },
  { topic: 'hundred', partitions: 100, batchBytes: KiB },
] as const;
/** In memory of each partition, so that there is something to look through. */
const TAIL_BYTES = 64 * KiB;
const VERSION = 12;
const CORRELATION_ID = 1;
/** What the Java client asks for. */
const LIMITS = { maxWaitMs: 500, minBytes: 1, maxBytes: 50 * KiB * KiB };
const PARTITION_BYTES_MAX = KiB * KiB;
const FRAME_SIZE_BYTES = 4;

const broker = await openBroker();
const waiting = { cancel() {} };
const peer: Peer = {
  connectionId: 1,
  remote: { host: '127.0.0.1', port: 50_000 },
  local: { host: '127.0.0.1', port: 9092 },
  onEnding: () => waiting,
  onGone: () => waiting,
};

/** Every partition of the topic, from the last batch on. */
function askedOf(topic: string, batch: Buffer) {
  const led = [...broker.partitions.all()].filter(({ identity }) => identity.topic === topic);
  const partitions = led.map(({ identity, leaderEpoch, highWatermark }) => ({
    partition: identity.index,
    currentLeaderEpoch: leaderEpoch,
    fetchOffset: highWatermark - recordCount(batch, 0),
    lastFetchedEpoch: leaderEpoch,
    partitionMaxBytes: PARTITION_BYTES_MAX,
  }));
  return { topic, topicId: NO_UUID, partitions };
}
type Asked = ReturnType<typeof askedOf>;

function frameOf(asked: Asked): Buffer {
  const header = { correlationId: CORRELATION_ID, clientId: 'bench' };
  const draft = { ...LIMITS, isolationLevel: 0, sessionId: 0, topics: [asked], forgottenTopicsData: [] };
  const parts = encodeRequest(Fetch, VERSION, header, { ...draft, rackId: '' });
  return Buffer.concat(parts).subarray(FRAME_SIZE_BYTES);
}

/** A whole request. `send` has the answer's bytes for as long as a socket would. */
async function ask(frame: Buffer, send: (parts: readonly Uint8Array[]) => void): Promise<void> {
  const dispatched = broker.dispatcher.start(frame, peer, (wantedBytes) => Promise.resolve(wantedBytes));
  const outcome = await dispatched.outcome;
  if (typeof outcome === 'string') throw new Error(`a fetch ended with: ${outcome}`);
  send(outcome);
  dispatched.sent();
}

/** The middle of a request: which partitions have something, and their records. */
async function lookAndRead({ partitions, ...topic }: Asked): Promise<void> {
  const session = new FetchSession('by name');
  for (const partition of partitions) session.ask(topic, partition);
  const sources = {
    partitions: broker.partitions,
    topicName: (id: string) => broker.image.topicById(id)?.name,
    mayRead: () => true,
  };
  const reader = { isolation: 'read_uncommitted', knowsZstd: true } as const;
  const plan = new FetchPlan({ session, ...reader, sources, keeps: false });
  await plan.ready(LIMITS.minBytes, LIMITS.maxWaitMs, clock, () => waiting);
  const fetched = await plan.read(LIMITS.maxBytes);
  if (fetched === null) throw new Error('nobody else speaks for the session');
  for (const { look } of fetched) for (const slab of look.slabs) slab.release();
  plan.end();
  session.close();
}

/** What the encoder was given for this answer, with each partition's records in parts. @throws when one has not its batch */
function draftOf(answer: Buffer, asked: Asked, batch: Buffer): FetchResponseDraft {
  const { body } = decodeResponseHeader(Fetch, VERSION, answer.subarray(FRAME_SIZE_BYTES));
  const decoded = codec(Fetch.response, VERSION).decode(body);
  const partitions = decoded.responses.flatMap((topic) => topic.partitions);
  if (partitions.length !== asked.partitions.length) throw new Error('an answer has not every partition');
  for (const { errorCode, records } of partitions)
    if (errorCode !== ErrorCode.NONE || records?.length !== batch.length)
      throw new Error('an answer has not one batch of each partition');
  const inParts = partitions.map((partition) => ({ ...partition, records: [partition.records!] }));
  return { ...decoded, responses: [{ topic: asked.topic, partitions: inParts }] };
}

const bench = new Bench({ time: 1000, warmupTime: 300 });
for (const shape of SHAPES) {
  const batch = newBatch(shape.batchBytes);
  await createFilled(broker, shape, batch, Math.ceil(TAIL_BYTES / batch.length));
  const asked = askedOf(shape.topic, batch);
  const frame = frameOf(asked);
  let sent = Buffer.alloc(0);
  await ask(frame, (parts) => (sent = Buffer.concat(parts)));
  const draft = draftOf(sent, asked, batch);
  const what = `${shape.partitions} partitions, ${batch.length} B each`;
  bench
    .add(`${what}: the whole request`, () => ask(frame, () => {}))
    .add(`${what}: look and read alone`, () => lookAndRead(asked))
    .add(`${what}: encode alone`, () => encodeResponse(Fetch, VERSION, CORRELATION_ID, draft));
}
await bench.run();

console.log(`Fetch version ${VERSION}, Node ${process.version}`);
console.table(
  bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
    return {
      what: name,
      'µs (median)': (result.latency.p50 * 1000).toFixed(1),
      'µs (p99)': (result.latency.p99 * 1000).toFixed(1),
    };
  }),
);
await broker.resign();
await broker.close();
