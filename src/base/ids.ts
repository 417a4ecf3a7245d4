/**
 * Numbers that mean different things have different types. These are flavours, not brands: a plain number
 * may become an Offset without a cast, but an Offset never becomes a LeaderEpoch.
 */
declare const flavour: unique symbol;
type Flavoured<T, Name> = T & { readonly [flavour]?: Name };

/** Position of a record in a partition's log; the first is 0. Fits 2^53. */
export type Offset = Flavoured<number, 'Offset'>;
/** Counts the leaders a partition has had; one more at each election and each restart (KIP-101). */
export type LeaderEpoch = Flavoured<number, 'LeaderEpoch'>;
export type BrokerId = Flavoured<number, 'BrokerId'>;
export type PartitionIndex = Flavoured<number, 'PartitionIndex'>;
/** −1 means none. Fits 2^53. */
export type ProducerId = Flavoured<number, 'ProducerId'>;
export type ProducerEpoch = Flavoured<number, 'ProducerEpoch'>;
/** int32, wraps from 2^31−1 to 0 (KIP-98). */
export type Sequence = Flavoured<number, 'Sequence'>;
/** Milliseconds: a duration, or a wall-clock time since 1970. Which of them, the name says. */
export type Millis = Flavoured<number, 'Millis'>;
/** Topic id as Kafka prints it: 16 bytes, url-safe base64, 22 characters. */
export type Uuid = Flavoured<string, 'Uuid'>;
/** A classic group's rebalance counter. */
export type GenerationId = Flavoured<number, 'GenerationId'>;

export const NO_OFFSET: Offset = -1;
export const NO_EPOCH: LeaderEpoch = -1;
export const NO_PRODUCER: ProducerId = -1;
export const NO_TIMESTAMP: Millis = -1;
/** The zero uuid: no topic id. */
export const NO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA';
/** Largest int32. */
export const INT32_MAX = 0x7fffffff;

/** `orders-3`: a partition's name in messages, keys and directories. */
export function partitionName(topic: string, partition: PartitionIndex): string {
  return `${topic}-${partition}`;
}
