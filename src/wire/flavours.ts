/**
 * Integers with a meaning (base/ids.ts): the same bytes as their plain kinds, and a type that is not mistaken
 * for another.
 */
import type {
  BrokerId,
  GenerationId,
  LeaderEpoch,
  Millis,
  Offset,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
} from '../base/ids.js';
import { int16, int32, int64 } from './schema.js';

export const offset = int64.as<Offset>();
export const timestampMs = int64.as<Millis>();
export const durationMs = int32.as<Millis>();
export const leaderEpoch = int32.as<LeaderEpoch>();
export const brokerId = int32.as<BrokerId>();
export const partitionIndex = int32.as<PartitionIndex>();
export const producerId = int64.as<ProducerId>();
export const producerEpoch = int16.as<ProducerEpoch>();
export const generationId = int32.as<GenerationId>();
