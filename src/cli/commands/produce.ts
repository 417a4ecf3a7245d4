/** `millrace produce`: lines of files or of stdin become records. */
import type { Command } from 'commander';
import { systemErrorCode, UserError } from '../../base/errors.js';
import type { PartitionIndex } from '../../base/ids.js';
import { codecByName, Producer } from '../../client/producer/producer.js';
import type { Acks } from '../../client/producer/sender.js';
import { CODEC_NAMES } from '../../records/compression/compressor.js';
import { type ClientOptions, declareClientOptions, withCluster } from '../client-options.js';
import { type LineFormat, readLine } from '../produce/line-reader.js';
import { LineCutter } from '../produce/lines.js';
import { type Progress, progressBar } from '../produce/progress.js';
import { namingMissingTopic } from '../topic-errors.js';
import { nameAndValue, oneOf, usageError, wholeNumber } from '../usage.js';
import type { Input, World } from '../world.js';

interface ProduceOptions extends ClientOptions {
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

const EXAMPLES = `
Each line becomes a record: its text is the value. Topics are made as they are needed, where the broker allows it.

Examples:
  echo hello | millrace produce greetings
  millrace produce orders orders-*.txt --key-separator : --codec zstd
  millrace produce flights flights.jsonl --json --key-field origin --timestamp-field date`;

/** As long as a topic that was just made may take to show up. */
const TOPIC_TIMEOUT_MS = 5000;
/** Lets records that come in quick succession share a batch; nobody at a terminal notices. */
const LINGER_MS = 5;

export function declareProduce(command: Command, world: World): void {
  declareClientOptions(command.argument('<topic>').argument('[file...]', 'instead of stdin; - is stdin'))
    .option(
      '--json',
      'each line is a JSON value; the line is the record’s value unless --value-field says otherwise',
    )
    .option('--key-field <path>', 'in JSON lines: the key, as `origin` or `origin.airport`')
    .option('--value-field <path>', 'in JSON lines: the value')
    .option('--timestamp-field <path>', 'in JSON lines: the time, milliseconds since 1970 or an ISO date')
    .option('--key-separator <text>', 'in plain lines: what stands between key and value')
    .option(
      '--headers <name=value>',
      'a header of every record; may be given again and again',
      nameAndValue('--headers'),
    )
    .option('--partition <number>', 'default: by the key', wholeNumber('--partition', 0, 0x7fff_ffff))
    .option('--codec <name>', CODEC_NAMES.join(', '), oneOf('--codec', CODEC_NAMES), 'none')
    .option(
      '--acks <which>',
      'all: every replica has it; 1: the leader; 0: nobody is asked',
      oneOf('--acks', ['all', '1', '0']),
      'all',
    )
    .option('--skip-bad-lines', 'go on after a line that is not JSON, and count it')
    .addHelpText('after', EXAMPLES)
    .action((topic: string, files: string[], options: ProduceOptions) =>
      produce(topic, files, options, world),
    );
}

interface Tally {
  records: number;
  bytes: number;
  skipped: number;
}

async function produce(
  topic: string,
  files: readonly string[],
  options: ProduceOptions,
  world: World,
): Promise<void> {
  const format = lineFormat(options);
  const inputs = await openInputs(files, world);
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
          skipBadLines: options.skipBadLines === true,
        });
      } finally {
        progress.end();
        producer.close();
      }
      summarize(topic, tally, (cluster.clock.monotonic() - startedAt) / 1000, options, world);
    });
  } finally {
    for (const input of inputs) input.close();
  }
}

interface Sending {
  readonly topic: string;
  readonly format: LineFormat;
  readonly producer: Producer;
  readonly progress: Progress;
  readonly tally: Tally;
  readonly skipBadLines: boolean;
}

async function sendAll(inputs: readonly Input[], sending: Sending): Promise<void> {
  let bytesRead = 0;
  for (const input of inputs) {
    const cutter = new LineCutter(input.name);
    let lineNumber = 0;
    for await (const chunk of readingFrom(input)) {
      for (const line of cutter.push(chunk)) await send(line, `${input.name}:${++lineNumber}`, sending);
      bytesRead += chunk.length;
      sending.progress.bytesRead(bytesRead);
    }
    const last = cutter.end();
    if (last) await send(last, `${input.name}:${++lineNumber}`, sending);
  }
  await sending.producer.flush();
}

async function* readingFrom(input: Input): AsyncGenerator<Buffer> {
  try {
    yield* input.chunks();
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
