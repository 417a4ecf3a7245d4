/** Reads what a fetch answered, and holds it to the rules that every log keeps whatever was promised. */
import type { LeaderEpoch, Millis, Offset, ProducerId } from '../../src/base/ids.js';
import {
  baseOffset,
  batchBytes,
  crcMatches,
  headerProblem,
  lastOffset,
  leaderEpoch,
  maxTimestamp,
  producerId,
} from '../../src/records/batch.js';
import { Compression } from '../../src/records/compression/compression.js';
import { recordsIn } from '../../src/records/iterate.js';
import { type History, parseRecordName, recordValue } from './history.js';
import { Violation } from './world.js';

export interface FoundRecord {
  readonly offset: Offset;
  readonly name: string;
  readonly timestamp: Millis;
}

export interface FoundBatch {
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly epoch: LeaderEpoch;
  readonly producerId: ProducerId;
  readonly maxTimestamp: Millis;
  readonly records: readonly FoundRecord[];
}

const RECORD_BYTES_MAX = 1024 * 1024;

/**
 * The batches of an answer, each whole, with its records as they were sent. The last one may be cut short.
 * @throws Violation
 */
export function batchesOf(
  records: Buffer | null,
  topic: string,
  partition: number,
  history: History,
): FoundBatch[] {
  const where = `${topic}-${partition}`;
  const compression = new Compression();
  const batches: FoundBatch[] = [];
  if (records === null) return batches;
  for (let at = 0; at < records.length; ) {
    const problem = headerProblem(records, at, records.length - at);
    if (problem !== null) throw new Violation(`${where}: a fetch gave bytes that are no batch: ${problem}`);
    if (!crcMatches(records, at)) throw new Violation(`${where}@${baseOffset(records, at)}: wrong checksum`);
    const found: FoundRecord[] = [];
    for (const record of recordsIn(records, at, compression, RECORD_BYTES_MAX)) {
      const name = record.key?.toString() ?? '';
      checkSent(`${where}@${record.offset}`, name, record.value, topic, partition, history);
      found.push({ offset: record.offset, name, timestamp: record.timestamp });
    }
    batches.push({
      baseOffset: baseOffset(records, at),
      lastOffset: lastOffset(records, at),
      epoch: leaderEpoch(records, at),
      producerId: producerId(records, at),
      maxTimestamp: maxTimestamp(records, at),
      records: found,
    });
    at += batchBytes(records, at);
  }
  return batches;
}

/** Nothing is found that was never sent, and what was sent is found as it was. */
function checkSent(
  where: string,
  name: string,
  value: Buffer | null,
  topic: string,
  partition: number,
  history: History,
): void {
  const parsed = parseRecordName(name);
  const producer = parsed && history.producers[parsed.producer];
  const sent = producer?.sent.get(partition);
  if (
    parsed === undefined ||
    producer === undefined ||
    sent === undefined ||
    parsed.partition !== partition
  ) {
    throw new Violation(`${where}: ${JSON.stringify(name)} was never sent there`);
  }
  if (sent.topic !== topic || parsed.number >= sent.count)
    throw new Violation(`${where}: ${name} was never sent`);
  if (value === null || !value.equals(recordValue(name, producer.recordBytes))) {
    throw new Violation(`${where}: ${name} has other bytes than were sent`);
  }
}
