/**
 * The broker's settings as they are now: those it was started with, under those that were set while it ran (KIP-226). The latter are cluster
 * metadata, so this follows the image; whoever acts on a setting reads `current` when it acts, or listens. It follows from the moment it
 * is made: those that follow the same image and come later find it up to date.
 */
import type { ImageDelta } from '../../metadata/delta.js';
import type { MetadataFollower } from '../../metadata/follow.js';
import type { ClusterImage } from '../../metadata/image.js';
import { ALL_BROKERS } from '../../metadata/keys.js';
import type { Logger } from '../../ports/logger.js';
import { type BrokerSettings, withDynamicSettings } from './broker-settings.js';

export class LiveSettings {
  readonly #given: BrokerSettings;
  readonly #logger: Logger;
  readonly #listeners = new Set<(now: BrokerSettings) => void>();
  #current: BrokerSettings;

  constructor(given: BrokerSettings, follower: Pick<MetadataFollower, 'image' | 'onChange'>, logger: Logger) {
    this.#given = given;
    this.#logger = logger;
    this.#current = this.#resolve(follower.image);
    follower.onChange((image, delta) => this.#follow(image, delta));
  }

  get current(): BrokerSettings {
    return this.#current;
  }

  /** `listener` runs after each change of what was set. */
  onChange(listener: (now: BrokerSettings) => void): void {
    this.#listeners.add(listener);
  }

  #follow(image: ClusterImage, { configsChanged }: ImageDelta): void {
    const mine = String(this.#given.nodeId);
    if (!configsChanged.brokers.some((resource) => resource === mine || resource === ALL_BROKERS)) return;
    this.#current = this.#resolve(image);
    for (const listener of this.#listeners) listener(this.#current);
  }

  /** What this version cannot read was set by a newer one: the layer below counts, and the log says so. */
  #resolve(image: ClusterImage): BrokerSettings {
    const { settings, ignored } = withDynamicSettings(this.#given, {
      broker: image.brokerConfigsOf(String(this.#given.nodeId)),
      allBrokers: image.brokerConfigsOf(ALL_BROKERS),
    });
    for (const each of ignored) this.#logger.warn(`a setting in the metadata is not understood: ${each}`);
    return settings;
  }
}
