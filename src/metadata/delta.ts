/** What one image has that the one before it had not. */
import type { BrokerId, Uuid } from '../base/ids.js';
import type { ClusterImage, PartitionImage, TopicImage } from './image.js';

export interface ImageDelta {
  /** A topic deleted and made again under its name is in both lists, with different ids. */
  readonly topicsCreated: readonly TopicImage[];
  readonly topicsDeleted: readonly TopicImage[];
  /** New or changed partitions of topics that are there now, those of created topics included. `before` is undefined for a new one. */
  readonly partitionsChanged: readonly PartitionChange[];
  readonly configsChanged: ConfigsChange;
  /** Came, went, or registered anew. */
  readonly brokersChanged: readonly BrokerId[];
}

export interface PartitionChange {
  readonly before: PartitionImage | undefined;
  readonly after: PartitionImage;
}

export interface ConfigsChange {
  /** Names of topics that were there before and have other settings now. */
  readonly topics: readonly string[];
  /** Resource names: a broker's id as text, or ALL_BROKERS. */
  readonly brokers: readonly string[];
}

/** Where to look for differences: what a store event touched. Nothing else can have changed. */
export interface Touched {
  readonly topicIds: Iterable<Uuid>;
  readonly brokers: Iterable<BrokerId>;
  readonly brokerConfigs: Iterable<string>;
}

/** Everything that either image has: for images that do not come one from the other. */
export function everythingIn(before: ClusterImage, after: ClusterImage): Touched {
  return {
    topicIds: union(before.topicsById, after.topicsById),
    brokers: union(before.brokers, after.brokers),
    brokerConfigs: union(before.brokerConfigs, after.brokerConfigs),
  };
}

/**
 * Compares by the revisions of the stored values: equal ones hold the same. So it does not matter whether the images share
 * anything, and a delta is the same whether it was told step by step or found after a gap.
 */
export function difference(before: ClusterImage, after: ClusterImage, touched: Touched): ImageDelta {
  const topicsCreated: TopicImage[] = [];
  const topicsDeleted: TopicImage[] = [];
  const partitionsChanged: PartitionChange[] = [];
  const topicsConfigured: string[] = [];
  for (const id of touched.topicIds) {
    const old = before.topicById(id);
    const now = after.topicById(id);
    if (old === now) continue;
    if (now === undefined) {
      topicsDeleted.push(old!);
      continue;
    }
    if (old === undefined) topicsCreated.push(now);
    else if (old.modRevision !== now.modRevision && !sameConfigs(old, now)) topicsConfigured.push(now.name);
    for (const partition of now.partitions) {
      const was = old?.partitions[partition.index];
      if (was?.modRevision !== partition.modRevision)
        partitionsChanged.push({ before: was, after: partition });
    }
  }
  const changed = <Key>(
    keys: Iterable<Key>,
    of: (image: ClusterImage, key: Key) => number | undefined,
  ): Key[] => [...keys].filter((key) => of(before, key) !== of(after, key));
  return {
    topicsCreated,
    topicsDeleted,
    partitionsChanged,
    configsChanged: {
      topics: topicsConfigured,
      brokers: changed(touched.brokerConfigs, (image, name) => image.brokerConfigs.get(name)?.modRevision),
    },
    brokersChanged: changed(touched.brokers, (image, id) => image.brokers.get(id)?.modRevision),
  };
}

function sameConfigs(a: TopicImage, b: TopicImage): boolean {
  if (a.configs.size !== b.configs.size) return false;
  for (const [name, value] of a.configs) if (b.configs.get(name) !== value) return false;
  return true;
}

function union<Key>(a: ReadonlyMap<Key, unknown>, b: ReadonlyMap<Key, unknown>): Set<Key> {
  return new Set([...a.keys(), ...b.keys()]);
}
