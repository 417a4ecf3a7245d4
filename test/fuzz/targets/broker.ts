/**
 * A whole broker over a memory disk, a memory network and a clock that stands still. The input is a story: requests with fields of all kinds,
 * whole or injured, on several connections, bytes that are no requests, time that passes, peers that leave or stop reading.
 *
 * A finding is a handler that fails, a broken invariant anywhere, an answer that does not decode or overtakes another, a request that is
 * neither answered nor refused, a broker that does not stop, or memory that is not given back.
 */
import { HANDLERS } from '../../../src/broker/served.js';
import { readBrokerSettings } from '../../../src/broker/settings/broker-settings.js';
import type { Disk } from '../../../src/ports/disk.js';
import { type ManualClock, manualClock } from '../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { memoryNet } from '../../../src/ports/memory/net.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { type RunningServer, startServer } from '../../../src/server/start-server.js';
import { encodeRequest } from '../../../src/wire/headers.js';
import { CreateTopics } from '../../../src/wire/messages/create-topics.js';
import { WireError } from '../../../src/wire/reader.js';
import { Dice } from '../dice.js';
import { repairBatch } from '../parts/batch-repair.js';
import { BrokerPeer } from '../parts/broker-peer.js';
import { capturedFrames } from '../parts/captured-frames.js';
import { ListeningLogger } from '../parts/listening-logger.js';
import { type Filling, fullDraft, versionsOf } from '../parts/sample-drafts.js';
import { sampleBatches } from '../parts/sample-batches.js';
import { turnOver } from '../parts/settles.js';
import { Broken, mustHold, refusing, type Target } from '../target.js';

const SIZE_BYTES = 4;
const PEERS = 3;
const STEPS_MAX = 24;
const START_MS = Date.UTC(2026, 0, 1);
const SETTINGS = new Map([
  ['listeners', 'PLAINTEXT://127.0.0.1:9092'],
  ['offsets.topic.num.partitions', '1'],
  ['group.initial.rebalance.delay.ms', '0'],
  ['group.min.session.timeout.ms', '1000'],
  ['queued.max.request.bytes', '1048576'],
]);
const FAILED_HANDLER = 'failed; its connection is closed';
/** Of the fuzzer's own time: what takes longer does not end. */
const STOP_TURNS_MAX = 3000;
const WAITS_MS = [1, 100, 3000, 10_000, 60_000, 600_000];
const API_NAMES = HANDLERS.map(({ api }) => api.name);

const compression = new Compression();
let batches: readonly Buffer[] = [];
let captured: readonly Buffer[] = [];

export const broker: Target = {
  name: 'broker',
  roundInputs: 25,
  async seeds() {
    await compression.loadAll();
    batches = [...sampleBatches(compression)];
    captured = capturedFrames().flatMap(({ direction, frame }) => (direction === 'request' ? [frame] : []));
    return stories();
  },
  async run(bytes) {
    const disk = memoryDisk();
    const dice = new Dice(bytes);
    const restarts = dice.mostly(2);
    await tells(disk, dice);
    if (restarts) await tells(disk, new Dice(Buffer.from([STEP.wait, 0, 1])));
  },
};

/** The kinds of step, by their place in ten. */
const STEP = { request: 0, injured: 6, captured: 7, wait: 8, raw: 9, leave: 10, pause: 11 } as const;
const STEP_KINDS = 12;

/** A request to each API at its oldest and newest version, and the lives of a producer, a consumer and a group. */
function stories(): Buffer[] {
  const ask = (name: string, version: number, ...more: number[]): number[] => [
    STEP.request,
    0,
    API_NAMES.indexOf(name),
    version,
    ...more,
  ];
  const alone = HANDLERS.flatMap(({ api }) =>
    [0, api.maxVersion - api.minVersion].map((version) => Buffer.from([1, ...ask(api.name, version)])),
  );
  const group = [
    'FindCoordinator',
    'JoinGroup',
    'SyncGroup',
    'Heartbeat',
    'OffsetCommit',
    'OffsetFetch',
    'LeaveGroup',
  ];
  const data = ['Metadata', 'InitProducerId', 'Produce', 'ListOffsets', 'Fetch', 'DeleteRecords', 'Fetch'];
  const topics = [
    'CreateTopics',
    'CreatePartitions',
    'IncrementalAlterConfigs',
    'DescribeConfigs',
    'DeleteTopics',
  ];
  return [
    ...alone,
    ...[group, data, topics].flatMap((names) =>
      [0, 3, 5].map((version) =>
        Buffer.from([0, ...names.flatMap((name) => [...ask(name, version), ...ZEROS])]),
      ),
    ),
  ];
}

/** Decisions that a request takes for its fields: all the likeliest. */
const ZEROS: readonly number[] = Array.from({ length: 24 }, () => 0);

async function tells(disk: Disk, dice: Dice): Promise<void> {
  const clock = manualClock(START_MS);
  const logger = new ListeningLogger();
  const net = memoryNet();
  const running = await startServer({
    ports: { clock, disk, net, entropy: seededEntropy(1) },
    logger,
    settings: readBrokerSettings(SETTINGS),
    directories: ['/data'],
  });
  const memory = new Seen();
  const peers: BrokerPeer[] = [];
  for (let peer = 0; peer < PEERS; peer++) {
    const connection = await net.connect({ ...running.address, timeoutMs: 1000 });
    peers.push(new BrokerPeer(connection, (body) => memory.learn(body)));
  }
  try {
    peers[0]!.request(topicsRequest());
    await turnOver();
    for (let step = 0; step < STEPS_MAX && !dice.over; step++) {
      await takeStep(dice, peers, clock, memory);
      await turnOver();
    }
    for (const peer of peers) peer.resume();
    for (let minute = 0; minute < 15; minute++) {
      clock.advance(60_000);
      await turnOver();
    }
    for (const peer of peers) peer.mustBeServed();
  } finally {
    await stops(running, clock);
  }
  for (const { trouble, closed } of peers) {
    if (trouble !== null) throw trouble;
    mustHold(closed, () => 'a connection is open after the broker has stopped');
  }
  mustHold(
    running.server.requestBytes === 0,
    () => `${running.server.requestBytes} bytes of requests are held`,
  );
  mustHold(running.server.answerBytes === 0, () => `${running.server.answerBytes} bytes of answers are held`);
  logger.throwBugs();
  const failed = logger.complaints.find(({ message }) => message.includes(FAILED_HANDLER));
  if (failed !== undefined) throw failed.error;
}

async function takeStep(
  dice: Dice,
  peers: readonly BrokerPeer[],
  clock: ManualClock,
  memory: Seen,
): Promise<void> {
  const kind = dice.below(STEP_KINDS);
  if (kind === STEP.wait) return clock.advance(dice.pick(WAITS_MS));
  const peer = dice.pick(peers);
  if (kind < STEP.injured) {
    const frame = requestOf(dice, memory);
    if (frame !== null) peer.request(frame);
  } else if (kind === STEP.injured) {
    const frame = requestOf(dice, memory);
    if (frame !== null) peer.request(injured(frame, dice));
  } else if (kind === STEP.captured) {
    if (captured.length > 0) peer.request(Buffer.from(dice.pick(captured)));
  } else if (kind === STEP.raw) peer.raw(dice.take(dice.byte()));
  else if (kind === STEP.leave) {
    if (dice.mostly(5)) peer.end();
    else peer.destroy();
  } else if (kind === STEP.pause) {
    if (dice.mostly(5)) peer.pause();
    else peer.resume();
  }
}

function requestOf(dice: Dice, memory: Seen): Buffer | null {
  const { api } = dice.pick(HANDLERS);
  const version = dice.pick(versionsOf(api.request));
  const draft = fullDraft(api.request, version, fillingOf(dice, memory));
  const header = { correlationId: 0, clientId: dice.pick(['fuzz', '', null]) };
  return refusing(
    () => Buffer.concat(encodeRequest(api, version, header, draft)).subarray(SIZE_BYTES),
    WireError,
  );
}

/** A few bytes behind the header changed, or the end cut off. */
function injured(frame: Buffer, dice: Dice): Buffer {
  const copy = Buffer.from(frame);
  for (let injury = 1 + dice.below(4); injury > 0; injury--) copy[dice.uint16() % copy.length] = dice.byte();
  return dice.mostly(8) ? copy : copy.subarray(0, Math.max(8, dice.uint16() % copy.length));
}

/** Looks at every record, and writes each batch anew. */
const STRICT_TOPIC = [
  { name: 'produce.validation', value: 'strict' },
  { name: 'compression.type', value: 'gzip' },
  { name: 'segment.bytes', value: '100000' },
];

function topicsRequest(): Buffer {
  const topics = ['t', 'u'].map((name) => ({
    name,
    numPartitions: 2,
    replicationFactor: -1,
    assignments: [],
    configs: name === 'u' ? STRICT_TOPIC : [],
  }));
  const request = encodeRequest(CreateTopics, 5, { correlationId: 0, clientId: null }, { topics });
  return Buffer.concat(request).subarray(SIZE_BYTES);
}

async function stops(running: RunningServer, clock: ManualClock): Promise<void> {
  let stopped = false;
  const stopping = running.stop().then(() => {
    stopped = true;
  });
  for (let turn = 0; turn < STOP_TURNS_MAX; turn++) {
    if (stopped) return stopping;
    clock.advance(100);
    await turnOver();
  }
  throw new Broken('the broker does not stop');
}

/** What the broker said, by field: a story goes on with its member ids, generations, topic ids and sessions. */
class Seen {
  readonly #strings = new Map<string, string>();
  readonly #numbers = new Map<string, number>();

  learn(body: unknown): void {
    if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) return;
    for (const [field, value] of Object.entries(body)) {
      if (typeof value === 'string' && value !== '') this.#strings.set(field, value);
      else if (typeof value === 'number' && value > 0) this.#numbers.set(field, value);
      else this.learn(value);
    }
  }

  text(field: string): string | undefined {
    return this.#strings.get(field);
  }

  number(field: string): number | undefined {
    return this.#numbers.get(field);
  }
}

const TEXTS = [
  '',
  'x',
  'nope',
  '../t',
  'ä'.repeat(40),
  '__consumer_offsets',
  'a'.repeat(300),
  '\u0000',
  '1',
  '-1',
  '2147483648',
];
const TOPICS = ['t', 'u', 't', 'new', '__consumer_offsets', 'nope', '', 'a/b'];
const GROUPS = ['g', 'g', 'h', 'nope', ''];
const CONFIGS = [
  'retention.ms',
  'segment.bytes',
  'cleanup.policy',
  'compression.type',
  'max.message.bytes',
  'flush.policy',
  'log.retention.ms',
  'nope',
];
const VALUES = ['1', '-1', 'zstd', 'compact', '1000', 'nope', '', '9223372036854775807'];
const NUMBERS = [0, 1, -1, 2, 3, 100, 1000, 0x7f, 0x7fff, 0x7fff_ffff, -0x8000_0000, Number.MAX_SAFE_INTEGER];
const PARTITIONS = [0, 0, 1, 2, -1, 0x7fff_ffff];
const MS = [1000, 10_000, 0, 1, -1, 60_000, 0x7fff_ffff];
const UUIDS = ['AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAQ', 'BBBBBBBBBBBBBBBBBBBBBB'];
const PROTOCOL_METADATA = Buffer.from([0, 1, 0, 0, 0, 1, 0, 1, 0x74, 0, 0, 0, 0]);

function fillingOf(dice: Dice, memory: Seen): Filling {
  const topicId = memory.text('topicId');
  return {
    text(field) {
      // One value in ten is anything at all; of the others, those come first that lead further.
      if (!dice.mostly(9)) return dice.pick(TEXTS);
      if (/^(group.*|coordinatorKeys|key)$/.test(field)) return dice.pick(GROUPS);
      if (/topic|^name$|resourceName/i.test(field))
        return dice.pick(field === 'name' ? [...TOPICS, 'range', ...CONFIGS] : TOPICS);
      if (/config/i.test(field)) return dice.pick(CONFIGS);
      if (field === 'value') return dice.pick(VALUES);
      if (field === 'protocolType') return 'consumer';
      if (field === 'protocolName') return 'range';
      return memory.text(field) ?? dice.pick(TEXTS);
    },
    number(field) {
      const any = (): number => dice.pick(NUMBERS);
      if (!dice.mostly(9)) return any();
      if (field === 'acks') return dice.pick([-1, 1, 0]);
      if (field === 'numPartitions' || field === 'count') return dice.pick([1, 2, 3, -1, 0]);
      if (field === 'replicationFactor') return dice.pick([-1, 1, 2, 0]);
      if (field === 'resourceType') return dice.pick([2, 4, 0, 8, 32]);
      if (field.endsWith('Ms')) return dice.pick(MS);
      if (/partition|^index$/i.test(field) && !/Bytes|Limit|Count/.test(field)) return dice.pick(PARTITIONS);
      if (field.endsWith('Bytes')) return dice.pick([100_000, 1, 0, 0x7fff_ffff, -1]);
      if (/replica|broker|node/i.test(field)) return dice.pick([-1, 0, 1]);
      return dice.mostly(5) ? (memory.number(field) ?? any()) : any();
    },
    bytes(field) {
      if (field !== 'records') return dice.mostly(7) ? PROTOCOL_METADATA : dice.take(dice.byte());
      const batch = Buffer.from(dice.pick(batches));
      for (let injury = dice.below(4); injury > 0; injury--)
        batch[dice.uint16() % batch.length] = dice.byte();
      if (dice.mostly(9)) repairBatch(batch);
      return batch;
    },
    uuid: topicId !== undefined && dice.mostly(8) ? topicId : dice.pick(UUIDS),
    count: () => dice.pick([1, 1, 1, 2, 0, 3]),
    isNull: () => !dice.mostly(9),
  };
}
