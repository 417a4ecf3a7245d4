/** What `millrace produce` does: reads lines, makes records of them, and hands them to a producer. */
import { systemErrorCode, UserError } from '../../base/errors.js';
import type { PartitionIndex } from '../../base/ids.js';
import { codecByName, Producer } from '../../client/producer/producer.js';
import type { Acks } from '../../client/producer/sender.js';
import type { CODEC_NAMES } from '../../records/compression/compressor.js';
import type { ClientOptions } from '../client-options.js';
import { interruptedBy } from '../exit-codes.js';
import { type Progress, progressBar } from '../progress.js';
import { namingMissingTopic } from '../topic-errors.js';
import { usageError } from '../usage.js';
import { withCluster } from '../with-cluster.js';
import type { Input, World } from '../world.js';
import { Interruption } from './interruption.js';
import { type LineFormat, readLine } from './line-reader.js';
import { LineCutter } from './lines.js';

export interface ProduceOptions extends ClientOptions {
  readonly json?: boolean;
  readonly keyField?: string;
  readonly valueField?: string;
  readonly timestampField?: string;
  readonly keySeparator?: string;
  readonly headers?: ReadonlyMap<string, string>;
  readonly partition?: PartitionIndex;
  readonly codec: (typeof CODEC_NAMES)[number];
  readonly acks: 'all' | '1' | '0';
  readonly skipBadLines?: boolean;
}

/** As long as a topic that was just made may take to show up. */
const TOPIC_TIMEOUT_MS = 5000;
/** Lets records that come in quick succession share a batch; nobody at a terminal notices. */
const LINGER_MS = 5;

interface Tally {
  records: number;
  bytes: number;
  skipped: number;
}

export async function produce(
  topic: string,
  files: readonly string[],
  options: ProduceOptions,
  world: World,
): Promise<void> {
  const format = lineFormat(options);
  const inputs = await openInputs(files, world);
  const interruption = new Interruption(world);
  try {
    await withCluster(options, async (cluster) => {
      const producer = await Producer.open(cluster, {
        acks: ACKS[options.acks],
        codec: codecByName(options.codec) ?? 0,
        lingerMs: LINGER_MS,
      });
      await namingMissingTopic(topic, producer.prepare(topic, { timeoutMs: TOPIC_TIMEOUT_MS }));
      const progress = await progressBar(world.stderr, totalBytes(inputs));
      const tally: Tally = { records: 0, bytes: 0, skipped: 0 };
      const startedAt = cluster.clock.monotonic();
      try {
        await sendAll(inputs, {
          topic,
          format,
          producer,
          progress,
          tally,
          interruption,
          skipBadLines: options.skipBadLines === true,
        });
      } finally {
        progress.end();
        producer.close();
      }
      summarize(topic, tally, (cluster.clock.monotonic() - startedAt) / 1000, options, world);
      const { signal } = interruption;
      if (signal) throw interruptedBy(signal, 'the lines read until then are stored');
    });
  } finally {
    interruption.end();
    for (const input of inputs) input.close();
  }
}

interface Sending {
  readonly topic: string;
  readonly format: LineFormat;
  readonly producer: Producer;
  readonly progress: Progress;
  readonly tally: Tally;
  readonly interruption: Interruption;
  readonly skipBadLines: boolean;
}

async function sendAll(inputs: readonly Input[], sending: Sending): Promise<void> {
  const { interruption } = sending;
  let bytesRead = 0;
  for (const input of inputs) {
    const cutter = new LineCutter(input.name);
    let lineNumber = 0;
    for await (const chunk of readingFrom(input, interruption)) {
      for (const line of cutter.push(chunk)) await send(line, `${input.name}:${++lineNumber}`, sending);
      bytesRead += chunk.length;
      sending.progress.bytesRead(bytesRead);
    }
    // Half a line is not what anybody meant to send.
    const last = interruption.signal ? null : cutter.end();
    if (last) await send(last, `${input.name}:${++lineNumber}`, sending);
  }
  await sending.producer.flush();
}

async function* readingFrom(input: Input, interruption: Interruption): AsyncGenerator<Buffer> {
  try {
    yield* interruption.until(input.chunks());
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new UserError(
      'INPUT_NOT_READABLE',
      `cannot read ${input.name}: ${(error as Error).message}`,
      undefined,
      {
        cause: error,
      },
    );
  }
}

/** One line; waits only where the producer has enough. */
function send(line: Buffer, place: string, sending: Sending): Promise<void> | void {
  const { topic, format, producer, tally, skipBadLines } = sending;
  const record = readLine(line, format);
  if (record === null) return undefined;
  if ('problem' in record) {
    if (!skipBadLines) return refuse(`${place}: ${record.problem}`, sending);
    tally.skipped++;
    return undefined;
  }
  tally.records++;
  tally.bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
  return producer.append(topic, record) ? undefined : producer.room();
}

/** What came before the bad line is stored first, so that one can go on from there. */
async function refuse(problem: string, { producer, tally }: Sending): Promise<never> {
  await producer.flush();
  throw new UserError(
    'BAD_LINE',
    problem,
    `The ${tally.records} records before it are stored. --skip-bad-lines leaves such lines out.`,
  );
}

const ACKS: Readonly<Record<ProduceOptions['acks'], Acks>> = { all: -1, '1': 1, '0': 0 };

/** @throws UserError USAGE where options contradict each other */
function lineFormat(options: ProduceOptions): LineFormat {
  const {
    keyField,
    valueField,
    timestampField,
    keySeparator,
    partition,
    headers = new Map<string, string>(),
  } = options;
  const json =
    options.json === true ||
    keyField !== undefined ||
    valueField !== undefined ||
    timestampField !== undefined;
  if (json && keySeparator !== undefined) {
    throw usageError('--key-separator is for plain lines, not for JSON', 'Use --key-field.');
  }
  if (keySeparator === '') throw usageError('--key-separator takes a text of at least one character');
  return {
    json,
    ...(keyField !== undefined && { keyField: keyField.split('.') }),
    ...(valueField !== undefined && { valueField: valueField.split('.') }),
    ...(timestampField !== undefined && { timestampField: timestampField.split('.') }),
    ...(keySeparator !== undefined && { keySeparator: Buffer.from(keySeparator) }),
    ...(partition !== undefined && { partition }),
    headers: [...headers].map(([key, value]) => ({ key, value: Buffer.from(value) })),
  };
}

/** All of them, before the first record is sent: a wrong name should not be found out half way. */
async function openInputs(files: readonly string[], world: World): Promise<Input[]> {
  if (files.length === 0) return [world.stdin];
  const inputs: Input[] = [];
  for (const file of files) {
    try {
      inputs.push(file === '-' ? world.stdin : await world.openInput(file));
    } catch (error) {
      for (const input of inputs) input.close();
      if (systemErrorCode(error) === undefined) throw error;
      throw new UserError(
        'INPUT_NOT_READABLE',
        `cannot read ${file}: ${(error as Error).message}`,
        undefined,
        {
          cause: error,
        },
      );
    }
  }
  return inputs;
}

function totalBytes(inputs: readonly Input[]): number | undefined {
  let total = 0;
  for (const { sizeBytes } of inputs) {
    if (sizeBytes === undefined) return undefined;
    total += sizeBytes;
  }
  return total;
}

/** JSON, on stdout: `{"topic","records","bytes","skipped","seconds","recordsPerSecond"}`. */
function summarize(
  topic: string,
  tally: Tally,
  seconds: number,
  options: ProduceOptions,
  world: World,
): void {
  const { records, bytes, skipped } = tally;
  const recordsPerSecond = Math.round(records / Math.max(seconds, 0.001));
  if (options.format === 'json') {
    const rounded = Math.round(seconds * 1000) / 1000;
    world.stdout.write(
      `${JSON.stringify({ topic, records, bytes, skipped, seconds: rounded, recordsPerSecond })}\n`,
    );
    return;
  }
  const left = skipped === 0 ? '' : `, ${skipped} bad line${skipped === 1 ? '' : 's'} skipped`;
  world.stderr.write(
    `produced ${records} record${records === 1 ? '' : 's'} (${(bytes / 1e6).toFixed(1)} MB) to ${topic} ` +
      `in ${seconds.toFixed(2)} s, ${recordsPerSecond} records/s${left}\n`,
  );
}
