/**
 * From stored values to images, step by step or from scratch; both give the same.
 *
 * The builder also holds what an image does not show: partitions that are staged, their topic's key not being there yet (or
 * counting fewer partitions), and those whose topic has gone before them.
 */
import { UserError } from '../base/errors.js';
import type { BrokerId, PartitionIndex, Uuid } from '../base/ids.js';
import { difference, everythingIn, type ImageDelta, type Touched } from './delta.js';
import {
  type BrokerConfigImage,
  type BrokerImage,
  ClusterImage,
  type ControllerImage,
  type PartitionImage,
  type TopicImage,
} from './image.js';
import { parseKey } from './keys.js';
import type { PartitionRecord, TopicRecord } from './records.js';
import type { KeyChange, Revision, StoreEntry } from './store/store.js';
import { decodeValue } from './values.js';

export interface ImageStep {
  readonly image: ClusterImage;
  readonly delta: ImageDelta;
}

interface Stored<R> {
  readonly record: R;
  readonly modRevision: Revision;
}

export class ImageBuilder {
  #image: ClusterImage = ClusterImage.EMPTY;
  readonly #topics = new Map<string, Stored<TopicRecord>>();
  readonly #topicNames = new Map<Uuid, string>();
  readonly #partitions = new Map<Uuid, Map<PartitionIndex, Stored<PartitionRecord>>>();

  get image(): ClusterImage {
    return this.#image;
  }

  /** Topics that have partitions in the store and no key: creations that did not come to an end, deletions that did not either. */
  topicsWithoutKey(): Uuid[] {
    return [...this.#partitions.keys()].filter((id) => !this.#topicNames.has(id));
  }

  /** Indexes of all stored partitions of a topic, visible or not. */
  storedPartitions(topicId: Uuid): PartitionIndex[] {
    return [...(this.#partitions.get(topicId)?.keys() ?? [])];
  }

  /**
   * The next image after all that one revision changed.
   * @throws UserError METADATA_NEWER, METADATA_CORRUPT; the builder is of no use then
   */
  apply(revision: Revision, changes: readonly KeyChange[]): ImageStep {
    const before = this.#image;
    const next = new NextImage(before);
    for (const change of changes) {
      if ('put' in change) this.#put(change.put, next);
      else this.#delete(change.deleted, next);
    }
    for (const id of next.topicIds) next.setTopic(id, this.#topicImage(id, before.topicById(id)));
    this.#image = next.build(revision);
    return { image: this.#image, delta: difference(before, this.#image, next) };
  }

  /**
   * All there is, as of `revision`; and the difference from `before`, for a follower that has missed events.
   * @throws UserError METADATA_NEWER, METADATA_CORRUPT
   */
  static fromEntries(
    revision: Revision,
    entries: readonly StoreEntry[],
    before: ClusterImage,
  ): ImageStep & { readonly builder: ImageBuilder } {
    const builder = new ImageBuilder();
    const { image } = builder.apply(
      revision,
      entries.map((put) => ({ put })),
    );
    return { builder, image, delta: difference(before, image, everythingIn(before, image)) };
  }

  #put(entry: StoreEntry, next: NextImage): void {
    const { key, value, modRevision, createRevision } = entry;
    const subject = parseKey(key);
    switch (subject?.kind) {
      case 'cluster':
        next.clusterId = decodeValue('cluster', key, value).clusterId;
        break;
      case 'controller':
        next.controller = { ...decodeValue('controller', key, value), createRevision };
        break;
      case 'broker': {
        const record = decodeValue('broker', key, value);
        agree(key, record.brokerId === subject.brokerId);
        next.setBroker(record.brokerId, { ...record, epoch: createRevision, modRevision });
        break;
      }
      case 'broker-config':
        next.setBrokerConfig(subject.resource, { ...decodeValue('brokerConfig', key, value), modRevision });
        break;
      case 'topic': {
        const record = decodeValue('topic', key, value);
        agree(key, record.name === subject.name);
        this.#forgetTopic(record.name, next);
        this.#topics.set(record.name, { record, modRevision });
        this.#topicNames.set(record.id, record.name);
        next.topicIds.add(record.id);
        break;
      }
      case 'partition': {
        const record = decodeValue('partition', key, value);
        agree(key, record.topicId === subject.topicId && record.index === subject.index);
        const partitions =
          this.#partitions.get(record.topicId) ?? new Map<PartitionIndex, Stored<PartitionRecord>>();
        partitions.set(record.index, { record, modRevision });
        this.#partitions.set(record.topicId, partitions);
        next.topicIds.add(record.topicId);
        break;
      }
      case 'producer-ids':
      case undefined:
        // Producer ids are no part of an image. An unknown key is of a newer version, which raises the cluster's format version
        // when older ones must not ignore it.
        break;
    }
  }

  #delete(key: string, next: NextImage): void {
    const subject = parseKey(key);
    switch (subject?.kind) {
      case 'cluster':
        next.clusterId = undefined;
        break;
      case 'controller':
        next.controller = undefined;
        break;
      case 'broker':
        next.setBroker(subject.brokerId, undefined);
        break;
      case 'broker-config':
        next.setBrokerConfig(subject.resource, undefined);
        break;
      case 'topic':
        this.#forgetTopic(subject.name, next);
        break;
      case 'partition': {
        const partitions = this.#partitions.get(subject.topicId);
        partitions?.delete(subject.index);
        if (partitions?.size === 0) this.#partitions.delete(subject.topicId);
        next.topicIds.add(subject.topicId);
        break;
      }
      case 'producer-ids':
      case undefined:
        break;
    }
  }

  #forgetTopic(name: string, next: NextImage): void {
    const stored = this.#topics.get(name);
    if (stored === undefined) return;
    this.#topics.delete(name);
    this.#topicNames.delete(stored.record.id);
    next.topicIds.add(stored.record.id);
  }

  /** Shares with `before` what has the same revision. */
  #topicImage(id: Uuid, before: TopicImage | undefined): TopicImage | undefined {
    const name = this.#topicNames.get(id);
    const stored = name === undefined ? undefined : this.#topics.get(name);
    if (stored === undefined) return undefined;
    const { record, modRevision } = stored;
    const partitions: PartitionImage[] = [];
    for (let index = 0; index < record.partitionCount; index++) {
      const partition = this.#partitions.get(id)?.get(index);
      if (partition === undefined) throw missing(record, index);
      const same = before?.partitions[index];
      partitions.push(
        same?.modRevision === partition.modRevision
          ? same
          : { ...partition.record, topic: record.name, modRevision: partition.modRevision },
      );
    }
    return {
      id,
      name: record.name,
      partitions,
      configs: record.configs,
      createdMs: record.createdMs,
      modRevision,
    };
  }
}

/** Copies a map of the image before only when something in it changes. */
class NextImage implements Touched {
  readonly #before: ClusterImage;
  readonly topicIds = new Set<Uuid>();
  readonly #brokers = new Map<BrokerId, BrokerImage | undefined>();
  readonly #brokerConfigs = new Map<string, BrokerConfigImage | undefined>();
  readonly #topics = new Map<Uuid, TopicImage | undefined>();
  clusterId: string | undefined;
  controller: ControllerImage | undefined;

  constructor(before: ClusterImage) {
    this.#before = before;
    this.clusterId = before.clusterId;
    this.controller = before.controller;
  }

  get brokers(): Iterable<BrokerId> {
    return this.#brokers.keys();
  }

  get brokerConfigs(): Iterable<string> {
    return this.#brokerConfigs.keys();
  }

  setBroker(id: BrokerId, broker: BrokerImage | undefined): void {
    this.#brokers.set(id, broker);
  }

  setBrokerConfig(resource: string, config: BrokerConfigImage | undefined): void {
    this.#brokerConfigs.set(resource, config);
  }

  setTopic(id: Uuid, topic: TopicImage | undefined): void {
    // Nothing visible moved: a staged partition.
    if (topic === undefined && this.#before.topicById(id) === undefined) return;
    this.#topics.set(id, topic);
  }

  build(revision: Revision): ClusterImage {
    const { topics, topicsById } = this.#before;
    const byName = new Map<string, TopicImage | undefined>();
    // Those that go first: a topic that came in the same revision may have taken the name.
    for (const [id, topic] of this.#topics)
      if (topic === undefined) byName.set(topicsById.get(id)!.name, undefined);
    for (const topic of this.#topics.values()) if (topic !== undefined) byName.set(topic.name, topic);
    return new ClusterImage({
      revision,
      clusterId: this.clusterId,
      controller: this.controller,
      brokers: withChanges(this.#before.brokers, this.#brokers),
      brokerConfigs: withChanges(this.#before.brokerConfigs, this.#brokerConfigs),
      topics: withChanges(topics, byName),
      topicsById: withChanges(topicsById, this.#topics),
    });
  }
}

function withChanges<Key, Value>(
  before: ReadonlyMap<Key, Value>,
  changes: ReadonlyMap<Key, Value | undefined>,
): ReadonlyMap<Key, Value> {
  if (changes.size === 0) return before;
  const after = new Map(before);
  for (const [key, value] of changes) {
    if (value === undefined) after.delete(key);
    else after.set(key, value);
  }
  return after;
}

function agree(key: string, same: boolean): void {
  if (!same) throw corrupt(`the value of "${key}" is that of another key`);
}

function missing({ name, partitionCount }: TopicRecord, index: PartitionIndex): UserError {
  return corrupt(`the topic ${name} has ${partitionCount} partitions, and ${index} is not among them`);
}

function corrupt(what: string): UserError {
  return new UserError(
    'METADATA_CORRUPT',
    `the metadata store contradicts itself: ${what}`,
    'restore the metadata directory from a copy; no data files have been touched',
  );
}
