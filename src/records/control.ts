import type { Millis, Offset, ProducerEpoch, ProducerId } from '../base/ids.js';
import { BatchBuilder } from './builder.js';

/**
 * Control markers: the record that ends a transaction in a partition (KIP-98). It takes an offset, carries no data,
 * and travels alone in a batch with the control and transactional bits and no sequence.
 *
 * Key: int16 version 0, int16 type. Value: int16 version 0, int32 coordinator epoch. Newer versions may append fields,
 * so a reader looks at what it knows and ignores the rest.
 */
export const CONTROL_ABORT = 0;
export const CONTROL_COMMIT = 1;
export type ControlType = typeof CONTROL_ABORT | typeof CONTROL_COMMIT;

const VERSION = 0;
const KEY_BYTES = 4;
const VALUE_BYTES = 6;

export interface ControlMarker {
  /** Others than abort and commit belong to Kafka's own quorum; they end no transaction. */
  type: number;
  coordinatorEpoch: number;
}

export function encodeControlKey(type: ControlType): Buffer {
  const key = Buffer.alloc(KEY_BYTES);
  key.writeInt16BE(VERSION, 0);
  key.writeInt16BE(type, 2);
  return key;
}

export function encodeControlValue(coordinatorEpoch: number): Buffer {
  const value = Buffer.alloc(VALUE_BYTES);
  value.writeInt16BE(VERSION, 0);
  value.writeInt32BE(coordinatorEpoch, 2);
  return value;
}

/** The control record's type, or null when the key is none. */
export function decodeControlType(key: Buffer | null): number | null {
  if (key === null || key.length < KEY_BYTES || key.readInt16BE(0) < VERSION) return null;
  return key.readInt16BE(2);
}

/** The marker that key and value make, or null when they make none. */
export function decodeControlMarker(key: Buffer | null, value: Buffer | null): ControlMarker | null {
  const type = decodeControlType(key);
  if (type === null || value === null || value.length < VALUE_BYTES || value.readInt16BE(0) < VERSION)
    return null;
  return { type, coordinatorEpoch: value.readInt32BE(2) };
}

export interface NewControlMarker {
  type: ControlType;
  producerId: ProducerId;
  producerEpoch: ProducerEpoch;
  coordinatorEpoch: number;
  timestamp: Millis;
  baseOffset?: Offset;
}

/** The whole batch of one marker, as a transaction coordinator has it written into each partition. */
export function controlBatch(marker: NewControlMarker): Buffer {
  const { type, producerId, producerEpoch, coordinatorEpoch, timestamp, baseOffset = 0 } = marker;
  const builder = new BatchBuilder({
    producerId,
    producerEpoch,
    baseOffset,
    transactional: true,
    control: true,
  });
  builder.append({ key: encodeControlKey(type), value: encodeControlValue(coordinatorEpoch), timestamp });
  return builder.build();
}
