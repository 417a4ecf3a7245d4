/** Reads a topic from inside the broker, and waits for what is not there yet without polling. */
import { UserError } from '../../base/errors.js';
import type { Offset } from '../../base/ids.js';
import type { Broker } from '../../broker/broker.js';
import { isInternalTopic } from '../../metadata/internal-topics.js';
import { codecOf, isControl } from '../../records/batch.js';
import type { Compression } from '../../records/compression/compression.js';
import { batchesIn, recordsIn } from '../../records/iterate.js';
import type { Partition } from '../../replication/partition.js';
import type { Inside } from '../inside.js';
import { checkCount, TIMEOUT_MS_DEFAULT, waitFor } from '../waiting.js';
import { decodeRecord } from './decode-record.js';
import type { RecordsOptions, TestRecord } from './test-record.js';

const READ_BYTES = 1024 * 1024;
const BATCH_BYTES_MAX = 128 * 1024 * 1024;
const COUNT_DEFAULT = 1;
/** Of what was there when the time was up, this many are shown. */
const SHOWN_MAX = 3;
const SHOWN_CHARS_MAX = 80;

interface Cursor {
  next: Offset;
  readonly records: TestRecord[];
}

/**
 * The first `count` committed records of a topic, by partition and offset.
 * @throws UserError RECORDS_MISSING after `timeoutMs`, saying what was there; BROKER_STOPPED
 */
export async function readRecords(
  { broker, compression, patience }: Inside,
  topic: string,
  { count = COUNT_DEFAULT, partition, timeoutMs = TIMEOUT_MS_DEFAULT }: RecordsOptions,
): Promise<TestRecord[]> {
  checkCount('records', count);
  // By partition, not by its number: after a reset the same number is another partition, and what was read is void.
  const cursors = new Map<Partition, Cursor>();
  let found: TestRecord[] = [];
  return waitFor(patience, {
    what: `records of ${topic}`,
    timeoutMs,
    listen: (changed) => [
      // Not the metadata: they name a partition before its log is open.
      broker.partitions.onChange(changed),
      ...partitionsOf(broker, topic, partition).map((each) => each.onMove(changed)),
    ],
    look: async () => {
      found = await collect(partitionsOf(broker, topic, partition), cursors, compression);
      return found.length >= count ? found.slice(0, count) : undefined;
    },
    missing: () =>
      new UserError('RECORDS_MISSING', missing(broker, topic, { count, partition, timeoutMs }, found)),
  });
}

/** The committed records that are there now, by partition and offset. */
export function recordsThere(
  { broker, compression }: Inside,
  topic: string,
  partition: number | undefined,
): Promise<TestRecord[]> {
  return collect(partitionsOf(broker, topic, partition), new Map(), compression);
}

/** Those of the topic that are open, or the one of that number. */
export function partitionsOf(broker: Broker, topic: string, partition?: number): Partition[] {
  const indexes =
    partition === undefined ? (broker.image.topic(topic)?.partitions.keys() ?? []) : [partition];
  return [...indexes]
    .map((index) => broker.partitions.get(topic, index))
    .filter((each) => each !== undefined);
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
      if (view.offset >= cursor.next) cursor.records.push(decodeRecord(topic, index, view));
    }
  }
}

function missing(
  broker: Broker,
  topic: string,
  { count, partition, timeoutMs }: { count: number; partition: number | undefined; timeoutMs: number },
  found: readonly TestRecord[],
): string {
  const where = partition === undefined ? topic : `${topic}-${partition}`;
  const waited = `waited ${timeoutMs} ms for ${count} record${count === 1 ? '' : 's'} of ${where}`;
  const image = broker.image.topic(topic);
  if (!image) return `${waited}, but there is no such topic; ${topicsThere(broker)}.`;
  if (partition !== undefined && !image.partitions[partition]) {
    return `${waited}, but ${topic} has ${image.partitions.length} partition${image.partitions.length === 1 ? '' : 's'}.`;
  }
  if (found.length === 0) return `${waited}, but there is none.`;
  const shown = found.slice(-SHOWN_MAX).map((record) => `  ${oneLine(record)}`);
  return [
    `${waited}, but there ${found.length === 1 ? 'is 1' : `are ${found.length}`}; the last:`,
    ...shown,
  ].join('\n');
}

/** For whoever named a topic that is not there. */
export function topicsThere(broker: Broker): string {
  const names = userTopics(broker);
  return names.length === 0 ? 'there is none at all' : `there are ${names.join(', ')}`;
}

/** All but the broker's own, sorted. */
export function userTopics(broker: Broker): string[] {
  return [...broker.image.topics.keys()].filter((name) => !isInternalTopic(name)).sort();
}

function oneLine({ partition, offset, key, value }: TestRecord): string {
  const text = value ?? '(no value)';
  const cut = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
  return `partition ${partition}, offset ${offset}: ${key === null ? '' : `${key} = `}${cut}`;
}
