/** The batches of a segment, and the records in them. */
import type { Offset } from '../../base/ids.js';
import { groupRecordFormat } from '../../coordinator/group/records.js';
import type { ReadOnlyFile } from '../../ports/read-only-disk.js';
import {
  baseOffset,
  baseSequence,
  baseTimestamp,
  batchBytes,
  codecOf,
  crc,
  crcMatches,
  isControl,
  isLogAppendTime,
  isTransactional,
  lastOffset,
  leaderEpoch,
  maxTimestamp,
  producerEpoch,
  producerId,
  recordCount,
} from '../../records/batch.js';
import { CODEC_NAMES, CompressionError } from '../../records/compression/compressor.js';
import { Compression } from '../../records/compression/compression.js';
import { CONTROL_ABORT, CONTROL_COMMIT, decodeControlMarker } from '../../records/control.js';
import { CorruptBatchError, type RecordView, recordsIn } from '../../records/iterate.js';
import { type BytesFormat, showBytes } from './dump-format.js';
import type { DumpItem, Emit } from './dump-item.js';
import { walkSlowly } from './window-walk.js';

export interface BatchDumpOptions {
  readonly records?: boolean;
  readonly keyFormat: BytesFormat;
  readonly valueFormat: BytesFormat;
  readonly decode: 'none' | 'offsets';
  readonly from?: Offset;
  /** Batches. */
  readonly count?: number;
}

const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024;

export async function dumpBatches(
  file: ReadOnlyFile,
  options: BatchDumpOptions,
  emit: Emit,
): Promise<'go on' | 'stop'> {
  const compression = new Compression();
  if (options.records) await compression.loadAll();
  let left = options.count ?? Infinity;
  let nobodyReads = false;
  const end = await walkSlowly(file, async (buffer, at, position) => {
    if (lastOffset(buffer, at) < (options.from ?? 0)) return 'go on';
    if (left-- <= 0) return 'stop';
    nobodyReads = (await dumpBatch(buffer, at, position, options, compression, emit)) === 'stop';
    return nobodyReads ? 'stop' : 'go on';
  });
  if (nobodyReads) return 'stop';
  if (end.kind !== 'problem') return 'go on';
  return emit({ type: 'problem', path: file.path, position: end.position, what: end.problem });
}

async function dumpBatch(
  buffer: Buffer,
  at: number,
  position: number,
  options: BatchDumpOptions,
  compression: Compression,
  emit: Emit,
): Promise<'go on' | 'stop'> {
  if ((await emit(batchItem(buffer, at, position))) === 'stop') return 'stop';
  if (!options.records) return 'go on';
  try {
    for (const record of recordsIn(buffer, at, compression, DECOMPRESSED_BYTES_MAX)) {
      const item = isControl(buffer, at) ? controlItem(record) : recordItem(record, options);
      if ((await emit(item)) === 'stop') return 'stop';
    }
  } catch (error) {
    if (!(error instanceof CorruptBatchError) && !(error instanceof CompressionError)) throw error;
    return emit({ type: 'problem', path: null, position, what: error.message });
  }
  return 'go on';
}

function batchItem(buffer: Buffer, at: number, position: number): DumpItem {
  return {
    type: 'batch',
    position,
    bytes: batchBytes(buffer, at),
    baseOffset: baseOffset(buffer, at),
    lastOffset: lastOffset(buffer, at),
    records: recordCount(buffer, at),
    leaderEpoch: leaderEpoch(buffer, at),
    codec: CODEC_NAMES[codecOf(buffer, at)],
    timestampType: isLogAppendTime(buffer, at) ? 'LogAppendTime' : 'CreateTime',
    baseTimestamp: baseTimestamp(buffer, at),
    maxTimestamp: maxTimestamp(buffer, at),
    producerId: producerId(buffer, at),
    producerEpoch: producerEpoch(buffer, at),
    baseSequence: baseSequence(buffer, at),
    transactional: isTransactional(buffer, at),
    control: isControl(buffer, at),
    crc: crc(buffer, at),
    crcMatches: crcMatches(buffer, at),
  };
}

function recordItem(record: RecordView, options: BatchDumpOptions): DumpItem {
  const { offset, timestamp, key, value } = record;
  const { keyFormat, valueFormat } = options;
  const headers = record
    .headers()
    .map((header) => ({ key: header.key, value: showBytes(header.value, valueFormat) }));
  const shown = { type: 'record', offset, timestamp, headers };
  if (options.decode === 'offsets' && key !== null)
    return { ...shown, type: 'group-record', ...decoded(key, value) };
  return { ...shown, key: showBytes(key, keyFormat), value: showBytes(value, valueFormat) };
}

function controlItem({ offset, timestamp, key, value }: RecordView): DumpItem {
  const marker = decodeControlMarker(key, value);
  const names: Readonly<Record<number, string>> = { [CONTROL_ABORT]: 'abort', [CONTROL_COMMIT]: 'commit' };
  return {
    type: 'control-record',
    offset,
    timestamp,
    marker: names[marker?.type ?? -1] ?? 'unknown',
    coordinatorEpoch: marker?.coordinatorEpoch ?? null,
  };
}

/** What a group's coordinator wrote. Bytes that members gave, and only they understand, are shown as base64. */
function decoded(key: Buffer, value: Buffer | null): Readonly<Record<string, unknown>> {
  const found = groupRecordFormat.decode(key, value);
  switch (found.kind) {
    case 'record': {
      const { kind, ...fields } = found.record;
      return { kind, ...(asPlain(fields) as object) };
    }
    case 'unknown-key':
      return { kind: 'unknown', keyVersion: found.keyVersion };
    case 'unreadable':
      return { kind: 'unreadable', reason: found.reason };
  }
}

function asPlain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(asPlain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asPlain(inner)]));
}
