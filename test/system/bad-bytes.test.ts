/**
 * Bytes that nobody should send, to a real broker over real sockets: the connection ends or the error code is right, the log has one clear
 * line, memory stays bounded, and a well-behaved client beside it notices nothing and loses nothing.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/prng.js';
import { BatchBuilder } from '../../src/records/builder.js';
import { Compression } from '../../src/records/compression/compression.js';
import type { CodecId } from '../../src/records/compression/compressor.js';
import type { RpcConnection } from '../../src/rpc/rpc-connection.js';
import { errorName } from '../../src/wire/errors.js';
import { ApiVersions } from '../../src/wire/messages/api-versions.js';
import { CreateTopics } from '../../src/wire/messages/create-topics.js';
import { APIS } from '../../src/wire/messages/index.js';
import { Metadata } from '../../src/wire/messages/metadata.js';
import { Produce } from '../../src/wire/messages/produce.js';
import { batch } from '../unit/broker/parts/batches.js';
import { minimalRequest } from '../unit/broker/parts/minimal-requests.js';
import { frameOf, strangeFrame } from '../unit/broker/parts/raw-connection.js';
import { World } from '../unit/broker/parts/world.js';
import { BrokerProcess, type LogLine } from './parts/broker-process.js';
import { connect } from './parts/client.js';
import { below, mutant } from './parts/mutants.js';
import { withDirectory } from './parts/temporary-directory.js';
import { WellBehaved } from './parts/well-behaved.js';

const MiB = 1024 * 1024;
const RESIDENT_BYTES_MAX = 400 * MiB;
/** Four times what the broker is told a batch may become; snappy, the weakest, still packs it below `max.message.bytes`. */
const BOMB_BYTES = 16 * MiB;
const MUTANTS_PER_VERSION = 12;
const MUTANTS_OVER_SOCKETS = 300;

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

class Stranger {
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  readonly closed: Promise<void>;

  constructor(address: { readonly host: string; readonly port: number }) {
    this.#socket = connectSocket({ host: address.host, port: address.port, noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#received.push(chunk));
    // A reset is one way to be hung up on.
    this.#socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  /** Resolves when the system has taken the bytes; also when the peer has gone. */
  send(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** Resolves when so many bytes have come, or the connection is closed. */
  async receive(bytes: number): Promise<Buffer> {
    while (this.received.length < bytes && !this.#socket.destroyed) {
      await Promise.race([new Promise((resolve) => this.#socket.once('data', resolve)), this.closed]);
    }
    return this.received;
  }

  /** No more from us: the broker answers what it has, and closes. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

describe(`over real sockets, seed ${seed}`, () => {
  let stop: () => void;
  let done: Promise<void>;
  let broker: BrokerProcess & { readonly address: { readonly host: string; readonly port: number } };
  let client: RpcConnection;
  let good: WellBehaved;
  let residentMax = 0;
  let residentAtFirst = 0;

  beforeAll(async () => {
    const compression = new Compression();
    await compression.loadAll();
    let started: () => void;
    const running = new Promise<void>((resolve) => (started = resolve));
    done = withDirectory(async (directory) => {
      const settings = { 'decompressed.batch.max.bytes': String(4 * MiB) };
      broker = await BrokerProcess.start({ directory, settings });
      started();
      await new Promise<void>((resolve) => (stop = resolve));
      expect(await broker.terminate(), broker.stderr).toEqual({ code: 0, signal: null });
    });
    await Promise.race([running, done]);
    client = await connect(broker.address);
    good = await WellBehaved.begin(client, Date.now());
    await good.produce();
    const { topics } = await client.call(CreateTopics, {
      topics: [
        {
          name: 'strict',
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [],
          configs: [{ name: 'produce.validation', value: 'strict' }],
        },
        { name: 'topic', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
      ],
      validateOnly: false,
    });
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([0, 0]);
    residentAtFirst = await broker.residentBytes();
  });

  afterAll(async () => {
    stop();
    await done;
  });

  /** After each mischief: the other client is served, and the broker has not grown beyond its bound. */
  async function stillFine(): Promise<void> {
    await good.produce();
    residentMax = Math.max(residentMax, await broker.residentBytes());
    expect(residentMax).toBeLessThan(RESIDENT_BYTES_MAX);
  }

  async function warningsAfter(lines: number): Promise<LogLine[]> {
    // The line is written before the connection ends, and comes over another pipe than the end.
    await good.produce();
    return broker.log.slice(lines).filter(({ level }) => level !== 'debug');
  }

  const CLIENT_HELLO = Buffer.concat([
    Buffer.from('16030102000100' + '01fc0303', 'hex'),
    new Prng(seed).fill(Buffer.alloc(500)),
  ]);
  const metadata = frameOf(Metadata, 9, 1, minimalRequest(Metadata, 9));
  const lyingCount = Buffer.from(frameOf(Metadata, 8, 1, minimalRequest(Metadata, 8)));
  // Behind size, key, version, correlation id and the client id "raw".
  lyingCount.writeInt32BE(0x7fffffff, 4 + 2 + 2 + 4 + 2 + 3);
  const lyingString = Buffer.from(frameOf(Metadata, 8, 1, minimalRequest(Metadata, 8)));
  lyingString.writeInt16BE(0x7fff, 4 + 2 + 2 + 4 + 2 + 3 + 4);
  const cut = Buffer.from(metadata.subarray(0, metadata.length - 4));
  cut.writeInt32BE(cut.length - 4, 0);

  test.each([
    ['a TLS handshake', CLIENT_HELLO, /TLS/],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n'), /HTTP/],
    ['an HTTP POST', Buffer.from('POST /topics/orders HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'), /HTTP/],
    ['a size of 2 GiB', Buffer.from('7fffffff0000', 'hex'), /declares 2147483647 bytes/],
    ['a size beyond the limit by one', Buffer.from('06400001', 'hex'), /declares 104857601 bytes/],
    ['a negative size', Buffer.from('80000000', 'hex'), /declares -2147483648 bytes/],
    ['a size of nothing', Buffer.from('00000000', 'hex'), /declares 0 bytes/],
    ['an API key that does not exist', strangeFrame(4711, 0, 1), /API key 4711/],
    ['a version that does not exist', strangeFrame(3, 99, 1), /Metadata version 99/],
    ['a request cut short', cut, /Metadata v9/],
    ['a count that lies', lyingCount, /Metadata v8/],
    ['a string length that lies', lyingString, /Metadata v8/],
  ])('%s: hung up on, with one line in the log', async (_, bytes, sentence) => {
    const lines = broker.log.length;
    const stranger = new Stranger(broker.address);
    await stranger.send(bytes);
    await stranger.closed;
    expect(stranger.received).toHaveLength(0);
    const warnings = await warningsAfter(lines);
    expect(warnings.map(({ level }) => level)).toEqual(['warn']);
    expect(warnings[0]!.message).toMatch(sentence);
    expect(warnings[0]!.from).toMatch(/^127\.0\.0\.1:\d+$/);
    await stillFine();
  });

  test('random bytes', async () => {
    const prng = new Prng(seed);
    for (let at = 0; at < 50; at++) {
      const stranger = new Stranger(broker.address);
      await stranger.send(prng.fill(Buffer.alloc(1 + below(prng, 4000))));
      stranger.end();
      await stranger.closed;
    }
    await stillFine();
  });

  test('a wrong checksum, a length that lies inside the batch: the code says so, and the connection goes on', async () => {
    const corrupt = batch(['x']);
    corrupt[corrupt.length - 2]! ^= 1;
    const lying = batch(['x']);
    lying.writeInt32BE(0x7fffff00, 8);
    for (const [records, code] of [
      [corrupt, 'CORRUPT_MESSAGE'],
      [lying, 'INVALID_RECORD'],
    ] as const) {
      const { responses } = await client.call(Produce, {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 'topic', partitionData: [{ index: 0, records }] }],
      });
      expect(errorName(responses[0]!.partitionResponses[0]!.errorCode)).toBe(code);
    }
    await stillFine();
  });

  test.each([
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
  ] as const)(
    'a decompression bomb, %s: MESSAGE_TOO_LARGE under strict validation, and no memory for it',
    async (_, codec) => {
      const records = await bomb(codec, BOMB_BYTES);
      // A bomb that would be refused for its size shows nothing.
      expect(records.length).toBeLessThan(MiB);
      for (let at = 0; at < 5; at++) {
        const { responses } = await client.call(Produce, {
          acks: -1,
          timeoutMs: 1000,
          topicData: [{ name: 'strict', partitionData: [{ index: 0, records }] }],
        });
        expect(errorName(responses[0]!.partitionResponses[0]!.errorCode)).toBe('MESSAGE_TOO_LARGE');
      }
      await stillFine();
    },
  );

  test('two hundred half-open connections that promise much and send little, and one that sends a byte at a time', async () => {
    const promises = Array.from({ length: 200 }, () => new Stranger(broker.address));
    // 100 MiB, of which a little comes.
    const start = Buffer.concat([
      Buffer.from('06400000', 'hex'),
      metadata.subarray(4, 12),
      Buffer.alloc(16 * 1024),
    ]);
    await Promise.all(
      promises.map((stranger, at) => stranger.send(at % 2 === 0 ? start : start.subarray(0, at % 8))),
    );
    const slow = new Stranger(broker.address);
    const frame = frameOf(ApiVersions, 0, 7, {});
    for (const byte of frame) {
      await slow.send(Buffer.from([byte]));
      await good.produce();
    }
    const answer = await slow.receive(8);
    expect(answer.readInt32BE(4)).toBe(7);
    await stillFine();
    for (const stranger of [...promises, slow]) stranger.destroy();
    await stillFine();
  });

  test(`${MUTANTS_OVER_SOCKETS} mutated requests of every kind`, async () => {
    const prng = new Prng(seed);
    for (let at = 0; at < MUTANTS_OVER_SOCKETS; at++) {
      const api = APIS[below(prng, APIS.length)]!;
      const version = api.minVersion + below(prng, api.maxVersion - api.minVersion + 1);
      const stranger = new Stranger(broker.address);
      await stranger.send(mutant(api, version, prng).bytes);
      stranger.end();
      await stranger.closed;
      if (at % 10 === 0) await stillFine();
    }
  });

  test('at the end everything acknowledged is there, and nothing was a bug to the broker', async () => {
    await good.check();
    expect(broker.log.filter(({ level }) => level === 'error')).toEqual([]);
    console.log(
      `bad bytes: resident ${Math.round(residentAtFirst / MiB)} MiB before, ${Math.round(residentMax / MiB)} MiB at most; ` +
        `${good.acknowledged} records of the other client, all there`,
    );
  });
});

async function bomb(codec: CodecId, bytes: number): Promise<Buffer> {
  const compression = new Compression();
  await compression.load(codec);
  const builder = new BatchBuilder({ codec, compression });
  builder.append({ key: null, value: Buffer.alloc(bytes), timestamp: Date.now() });
  return builder.build();
}

describe(`every API and version in this process, ${MUTANTS_PER_VERSION} mutants of each, seed ${seed}`, () => {
  let world: World;
  let good: WellBehaved;
  let answered = 0;
  let refused = 0;
  beforeAll(async () => {
    world = await World.start();
    good = await WellBehaved.begin(await world.client(), world.clock.now());
  });
  afterAll(() => world.stop());

  const versions = APIS.flatMap((api) =>
    Array.from({ length: api.maxVersion - api.minVersion + 1 }, (_, at) => ({
      api,
      version: api.minVersion + at,
      name: `${api.name} ${api.minVersion + at}`,
    })),
  );

  test.each(versions)('$name', async ({ api, version, name }) => {
    const prng = new Prng(seed).split(name);
    for (let at = 0; at < MUTANTS_PER_VERSION; at++) {
      const { bytes, name: what } = mutant(api, version, prng);
      const lines = world.lines.length;
      const raw = await world.raw();
      raw.send(bytes);
      await new Promise((resolve) => setImmediate(resolve));
      if (raw.closed) refused += 1;
      else answered += 1;
      raw.destroy();
      await new Promise((resolve) => setImmediate(resolve));
      const errors = world.lines.slice(lines).filter(({ level }) => level === 'error');
      expect(errors, what).toEqual([]);
    }
    await good.produce();
  });

  test('some were answered, some refused; nothing is lost', async () => {
    expect(answered).toBeGreaterThan(versions.length);
    expect(refused).toBeGreaterThan(versions.length);
    await good.check();
    expect(world.broker.partitions.get('kept', 0)!.log.endOffset).toBe(good.acknowledged);
  });
});
