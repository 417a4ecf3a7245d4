/** Reads a topic from inside the broker, and waits for what is not there yet without polling. */
import type { Offset } from '../base/ids.js';
import type { Broker } from '../broker/broker.js';
import type { Clock } from '../ports/clock.js';
import type { Compression } from '../records/compression/compression.js';
import { batchBytes, isControl } from '../records/batch.js';
import { recordsIn } from '../records/iterate.js';
import type { Partition } from '../replication/partition.js';
import { TestRecord } from './test-record.js';

const READ_BYTES = 1024 * 1024;
const BATCH_BYTES_MAX = 128 * 1024 * 1024;

export interface RecordsOptions {
  /** How many to wait for; default 1. */
  readonly count?: number;
  /** How long to wait; default 5,000. Real time, whatever fake timers say. */
  readonly timeoutMs?: number;
}

/**
 * The first `count` committed records of a topic, by partition and offset.
 * @throws Error after `timeoutMs`, saying what was there
 */
export async function readRecords(
  broker: Broker,
  clock: Clock,
  compression: Compression,
  topic: string,
  { count = 1, timeoutMs = 5000 }: RecordsOptions,
): Promise<TestRecord[]> {
  const cursors = new Map<Partition, { next: Offset; records: TestRecord[] }>();
  const collect = async (): Promise<TestRecord[]> => {
    for (const partition of partitionsOf(broker, topic)) {
      let cursor = cursors.get(partition);
      if (!cursor) cursors.set(partition, (cursor = { next: partition.log.startOffset, records: [] }));
      await readOn(partition, cursor, compression);
    }
    return [...cursors.values()].flatMap(({ records }) => records);
  };
  const deadline = clock.monotonic() + timeoutMs;
  for (;;) {
    // Listening begins before reading: what arrives between the two wakes us.
    const moved = nextMove(broker, topic, clock, deadline);
    const records = await collect();
    if (records.length >= count) {
      moved.cancel();
      return records.slice(0, count);
    }
    if (!(await moved.happened)) throw new Error(timeoutMessage(broker, topic, count, records, timeoutMs));
  }
}

function partitionsOf(broker: Broker, topic: string): Partition[] {
  const indexes = broker.image.topic(topic)?.partitions.keys() ?? [];
  return [...indexes]
    .map((index) => broker.partitions.get(topic, index))
    .filter((partition) => partition !== undefined);
}

async function readOn(
  partition: Partition,
  cursor: { next: Offset; records: TestRecord[] },
  compression: Compression,
): Promise<void> {
  const { topic, index } = partition.identity;
  while (cursor.next < partition.highWatermark) {
    const read = await partition.read(cursor.next, {
      maxBytes: READ_BYTES,
      atLeastOneBatch: true,
      isolation: 'read_committed',
    });
    for (const part of read.parts) {
      for (let at = 0; at < part.length; at += batchBytes(part, at)) {
        if (isControl(part, at)) continue;
        for (const record of recordsIn(part, at, compression, BATCH_BYTES_MAX)) {
          if (record.offset >= cursor.next) cursor.records.push(new TestRecord(topic, index, record));
        }
      }
    }
    cursor.next = read.nextOffset;
  }
}

/** Resolves to true at the next move of one of the topic's partitions, or of the metadata; to false at the deadline. */
function nextMove(
  broker: Broker,
  topic: string,
  clock: Clock,
  deadline: number,
): { happened: Promise<boolean>; cancel: () => void } {
  let cancel = (): void => {};
  const happened = new Promise<boolean>((resolve) => {
    const settle = (moved: boolean): void => {
      cancel();
      resolve(moved);
    };
    const waits = partitionsOf(broker, topic).map((partition) => partition.onMove(() => settle(true)));
    const stopFollowing = broker.onImage(() => settle(true));
    const timer = clock.setTimer(Math.max(0, deadline - clock.monotonic()), () => settle(false));
    cancel = () => {
      clock.clearTimer(timer);
      stopFollowing();
      for (const wait of waits) wait.cancel();
    };
  });
  return { happened, cancel: () => cancel() };
}

function timeoutMessage(
  broker: Broker,
  topic: string,
  count: number,
  found: TestRecord[],
  timeoutMs: number,
): string {
  const waited = `waited ${timeoutMs} ms for ${count} record${count === 1 ? '' : 's'} of ${topic}`;
  if (!broker.image.topic(topic)) return `${waited}, but there is no such topic`;
  const sample = found
    .slice(-3)
    .map(({ partition, offset, key, value }) => `  ${partition}@${offset} ${key}: ${value}`);
  return [
    `${waited}, but there are ${found.length}`,
    ...(sample.length > 0 ? ['the last of them:', ...sample] : []),
  ].join('\n');
}
