/**
 * Frames as other people's clients and brokers wrote them: decoded and encoded again they are the same bytes, by the generated
 * codecs and by the interpreter. test/corpus/frames has a file for each client, made by scripts/frames.mjs from recordings
 * of the interop suites; frames of APIs and versions that are not declared wait there until they are.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Codec, codec } from '../../../src/wire/codec.js';
import { decodeRequestHeader, decodeResponseHeader } from '../../../src/wire/headers.js';
import { interpret } from '../../../src/wire/interpret.js';
import { apiByKey, flexibleOf } from '../../../src/wire/messages/index.js';
import type { Reader } from '../../../src/wire/reader.js';
import type { AnyMessage, Api } from '../../../src/wire/schema.js';
import { Writer } from '../../../src/wire/writer.js';

interface Captured {
  readonly api: string | null;
  readonly key: number;
  readonly version: number;
  readonly direction: 'request' | 'response';
  /** Who answered: our broker, or a release of Apache Kafka. */
  readonly broker: string;
  readonly frame: string;
}

const CORPUS = new URL('../../corpus/frames/', import.meta.url);
/** Clients of which the corpus must have frames. */
const CLIENTS = [
  'go-franz',
  'go-sarama',
  'java-3.9.2',
  'java-4.3.1',
  'kafkajs',
  'kcat',
  'platformatic-1',
  'platformatic-2',
  'python-aiokafka',
  'python-confluent',
];
const CORPUS_BYTES_MAX = 1 << 20;
/**
 * librdkafka asks for all topics with a count of four bytes where a compact array has one. The first reads as null, and
 * three are left over behind the request, which brokers do not look at.
 */
const LEFT_OVER_BYTES = new Map([['python-confluent MetadataRequest all topics', 3]]);

type MakeCodec = (message: AnyMessage, version: number) => Codec<unknown, unknown>;
const CODECS: readonly (readonly [string, MakeCodec])[] = [
  ['generated', codec as MakeCodec],
  ['interpreted', interpret as MakeCodec],
];

function framesOf(client: string): Captured[] {
  return readFileSync(new URL(`${client}.jsonl`, CORPUS), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Captured);
}

function isDeclared({ key, version }: Captured): boolean {
  const api = apiByKey(key);
  return api !== undefined && version >= api.minVersion && version <= api.maxVersion;
}

/** The message of a frame and a reader that stands at its body: what lies before it is the header. */
function open({ key, version, direction, frame }: Captured): {
  readonly bytes: Buffer;
  readonly message: AnyMessage;
  readonly body: () => Reader;
} {
  const bytes = Buffer.from(frame, 'base64');
  const api = apiByKey(key) as Api;
  return direction === 'request'
    ? { bytes, message: api.request, body: () => decodeRequestHeader(bytes, flexibleOf).body }
    : { bytes, message: api.response, body: () => decodeResponseHeader(api, version, bytes).body };
}

function encoded(write: (writer: Writer) => void): Buffer {
  const writer = new Writer();
  write(writer);
  return Buffer.concat(writer.parts());
}

test('the corpus has frames of each client, in bounds', () => {
  const files = readdirSync(CORPUS).filter((name) => name.endsWith('.jsonl'));
  expect(files.sort()).toEqual(CLIENTS.map((client) => `${client}.jsonl`));
  const sizes = files.map((name) => readFileSync(new URL(name, CORPUS)).length);
  expect(sizes.reduce((total, size) => total + size, 0)).toBeLessThanOrEqual(CORPUS_BYTES_MAX);
  for (const client of CLIENTS) {
    const directions = framesOf(client)
      .filter(isDeclared)
      .map(({ direction }) => direction);
    expect(new Set(directions), client).toEqual(new Set(['request', 'response']));
  }
});

describe.each(CLIENTS)('%s', (client) => {
  const frames = framesOf(client).filter(isDeclared);

  test.each(CODECS)(`its frames come back byte for byte, %s`, (_, make) => {
    for (const captured of frames) {
      const { bytes, message, body } = open(captured);
      const reader = body();
      const header = reader.position;
      const codecOfIt = make(message, captured.version);
      const value = codecOfIt.decode(reader);
      const name = `${message.name} ${captured.version}, ${captured.broker}`;
      const what = (value as { topics?: unknown }).topics === null ? 'all topics' : '';
      const leftOver = LEFT_OVER_BYTES.get(`${client} ${message.name} ${what}`) ?? 0;
      expect(reader.remaining, `${name}: bytes left over`).toBe(leftOver);
      const again = encoded((writer) => codecOfIt.encode(writer, value));
      expect(again.toString('hex'), name).toBe(
        bytes.subarray(header, bytes.length - leftOver).toString('hex'),
      );
    }
  });

  test('both decoders read the same', () => {
    for (const captured of frames) {
      const { message, body } = open(captured);
      expect(interpret(message, captured.version).decode(body()), message.name).toEqual(
        codec(message, captured.version).decode(body()),
      );
    }
  });
});
