/** Reads a topic from inside the broker, and waits for what is not there yet without polling. */
import { UserError } from '../base/errors.js';
import type { Millis, Offset } from '../base/ids.js';
import type { Broker } from '../broker/broker.js';
import { isInternalTopic } from '../metadata/internal-topics.js';
import type { Clock } from '../ports/clock.js';
import { codecOf, isControl } from '../records/batch.js';
import type { Compression } from '../records/compression/compression.js';
import { batchesIn, recordsIn } from '../records/iterate.js';
import type { Partition } from '../replication/partition.js';
import type { StopSignal } from './stop-signal.js';
import { type TestRecord, testRecord } from './test-record.js';

const READ_BYTES = 1024 * 1024;
const BATCH_BYTES_MAX = 128 * 1024 * 1024;
const COUNT_DEFAULT = 1;
const TIMEOUT_MS_DEFAULT: Millis = 5000;
/** Of what was there when the time was up, this many are shown. */
const SHOWN_MAX = 3;
const SHOWN_CHARS_MAX = 80;

export interface RecordsOptions {
  /** How many to wait for; default 1. */
  readonly count?: number;
  /** How long to wait; default 5,000. Real time, whatever fake timers say. */
  readonly timeoutMs?: number;
}

export interface RecordsSource {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly compression: Compression;
  readonly stopSignal: StopSignal;
}

interface Cursor {
  next: Offset;
  readonly records: TestRecord[];
}

/**
 * The first `count` committed records of a topic, by partition and offset.
 * @throws UserError RECORDS_MISSING after `timeoutMs`, saying what was there; BROKER_STOPPED
 */
export async function readRecords(
  source: RecordsSource,
  topic: string,
  { count = COUNT_DEFAULT, timeoutMs = TIMEOUT_MS_DEFAULT }: RecordsOptions,
): Promise<TestRecord[]> {
  const { broker, clock, compression, stopSignal } = source;
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new UserError(
      'OPTION_INVALID',
      `records: count must be a whole number of 0 or more, not ${count}.`,
    );
  }
  // By partition, not by its number: after a reset the same number is another partition, and what was read is void.
  const cursors = new Map<Partition, Cursor>();
  const deadline = clock.monotonic() + timeoutMs;
  for (;;) {
    if (stopSignal.stopped) {
      throw new UserError('BROKER_STOPPED', `records of ${topic}: the broker has been stopped.`);
    }
    // Listening begins before reading: what arrives between the two wakes us.
    const change = nextChange(source, topic, deadline);
    let found: TestRecord[];
    try {
      found = await collect(partitionsOf(broker, topic), cursors, compression);
    } catch (error) {
      change.cancel();
      throw error;
    }
    if (found.length >= count) {
      change.cancel();
      return found.slice(0, count);
    }
    if ((await change.happened) === 'deadline') {
      throw new UserError('RECORDS_MISSING', missing(broker, topic, count, found, timeoutMs));
    }
  }
}

function partitionsOf(broker: Broker, topic: string): Partition[] {
  const indexes = broker.image.topic(topic)?.partitions.keys() ?? [];
  return [...indexes]
    .map((index) => broker.partitions.get(topic, index))
    .filter((partition) => partition !== undefined);
}

async function collect(
  partitions: readonly Partition[],
  cursors: Map<Partition, Cursor>,
  compression: Compression,
): Promise<TestRecord[]> {
  const found: TestRecord[] = [];
  for (const partition of partitions) {
    let cursor = cursors.get(partition);
    if (!cursor) cursors.set(partition, (cursor = { next: partition.log.startOffset, records: [] }));
    await readOn(partition, cursor, compression);
    found.push(...cursor.records);
  }
  return found;
}

async function readOn(partition: Partition, cursor: Cursor, compression: Compression): Promise<void> {
  const isolation = 'read_committed';
  // Retention or DeleteRecords may have passed us.
  cursor.next = Math.max(cursor.next, partition.log.startOffset);
  while (cursor.next < partition.readableEnd(isolation)) {
    const { parts, nextOffset } = await partition.read(cursor.next, {
      maxBytes: READ_BYTES,
      atLeastOneBatch: true,
      isolation,
    });
    for (const part of parts) await take(partition, part, cursor, compression);
    cursor.next = nextOffset;
  }
}

async function take(
  { identity: { topic, index } }: Partition,
  part: Buffer,
  cursor: Cursor,
  compression: Compression,
): Promise<void> {
  for (const at of batchesIn(part)) {
    if (isControl(part, at)) continue;
    // Records come in whatever codec the client likes; most tests use none.
    await compression.load(codecOf(part, at));
    for (const view of recordsIn(part, at, compression, BATCH_BYTES_MAX)) {
      // The batch may begin before the offset asked for.
      if (view.offset >= cursor.next) cursor.records.push(testRecord(topic, index, view));
    }
  }
}

/** The next move of one of the topic's partitions, the coming or going of any partition, the broker's stop; or the deadline. */
function nextChange(
  { broker, clock, stopSignal }: RecordsSource,
  topic: string,
  deadline: Millis,
): { readonly happened: Promise<'change' | 'deadline'>; readonly cancel: () => void } {
  let cancel = (): void => {};
  const happened = new Promise<'change' | 'deadline'>((resolve) => {
    const settle = (what: 'change' | 'deadline'): void => {
      cancel();
      resolve(what);
    };
    const changed = (): void => settle('change');
    const waits = [
      // Not the metadata: they name a partition before its log is open.
      broker.partitions.onChange(changed),
      ...partitionsOf(broker, topic).map((partition) => partition.onMove(changed)),
    ];
    const stopListening = stopSignal.onStop(changed);
    const timer = clock.setTimer(Math.max(0, deadline - clock.monotonic()), () => settle('deadline'));
    cancel = () => {
      clock.clearTimer(timer);
      stopListening();
      for (const wait of waits) wait.cancel();
    };
  });
  return { happened, cancel };
}

function missing(
  broker: Broker,
  topic: string,
  count: number,
  found: readonly TestRecord[],
  timeoutMs: Millis,
): string {
  const waited = `waited ${timeoutMs} ms for ${count} record${count === 1 ? '' : 's'} of ${topic}`;
  if (!broker.image.topic(topic)) {
    const others = [...broker.image.topics.keys()].filter((name) => !isInternalTopic(name)).sort();
    return `${waited}, but there is no such topic; ${others.length === 0 ? 'there is none at all' : `there are ${others.join(', ')}`}.`;
  }
  if (found.length === 0) return `${waited}, but there is none.`;
  const shown = found.slice(-SHOWN_MAX).map((record) => `  ${oneLine(record)}`);
  return [
    `${waited}, but there ${found.length === 1 ? 'is 1' : `are ${found.length}`}; the last:`,
    ...shown,
  ].join('\n');
}

function oneLine({ partition, offset, key, value }: TestRecord): string {
  const text = value ?? '(no value)';
  const cut = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
  return `partition ${partition}, offset ${offset}: ${key === null ? '' : `${key} = `}${cut}`;
}
