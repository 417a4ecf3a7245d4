/** What a decision of the controller is made of: guarded writes, and an answer that holds once they are done. */
import type { Uuid } from '../../base/ids.js';
import { NO_UUID } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import type { PartitionImage, TopicImage } from '../image.js';
import { partitionKey, topicKey } from '../keys.js';
import type { PartitionRecord, TopicRecord } from '../records.js';
import { type Compare, OPERATIONS_MAX, type StoreChange, type StorePut } from '../store/store.js';
import { encodeValue } from '../values.js';
import type { TopicResult } from './requests.js';

/**
 * Changes are made one after the other; each is all or nothing. Where there are several, only one makes a difference that anybody sees:
 * the last of a creation, the first of a deletion.
 */
export interface Decision<Result> {
  readonly changes: readonly StoreChange[];
  readonly result: Result;
}

/** Keys that one change may compare and write: one place is the controller's own key, which the shell adds. */
export const KEYS_PER_CHANGE_MAX = OPERATIONS_MAX - 1;

export function refused(
  topic: { readonly name: string; readonly id?: Uuid },
  error: ErrorCode,
  message: string,
): Decision<TopicResult> {
  return { changes: [], result: { name: topic.name, id: topic.id ?? NO_UUID, error, message } };
}

export function accepted(
  topic: { readonly name: string; readonly id: Uuid },
  changes: readonly StoreChange[],
): Decision<TopicResult> {
  return { changes, result: { name: topic.name, id: topic.id, error: ErrorCode.NONE, message: null } };
}

export function putTopic(record: TopicRecord): StorePut {
  return { key: topicKey(record.name), value: encodeValue('topic', record) };
}

export function putPartition(record: PartitionRecord): StorePut {
  return { key: partitionKey(record.topicId, record.index), value: encodeValue('partition', record) };
}

export function recordOf({ id, name, partitions, configs, createdMs }: TopicImage): TopicRecord {
  return { id, name, partitionCount: partitions.length, configs, createdMs };
}

/** Nobody has written the topic's own key since the image. */
export function topicUnchanged({ name, modRevision }: TopicImage): Compare {
  return { key: topicKey(name), modRevision };
}

export function partitionUnchanged({ topicId, index, modRevision }: PartitionImage): Compare {
  return { key: partitionKey(topicId, index), modRevision };
}

/** Positions in `list` whose key occurs more than once in it. */
export function duplicates(keys: readonly string[]): ReadonlySet<number> {
  const first = new Map<string, number>();
  const found = new Set<number>();
  for (const [at, key] of keys.entries()) {
    const before = first.get(key);
    if (before === undefined) first.set(key, at);
    else found.add(before).add(at);
  }
  return found;
}

export function inChunks<Item>(items: readonly Item[], size = KEYS_PER_CHANGE_MAX): Item[][] {
  const chunks: Item[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}
