/**
 * Follows the metadata store into an image, and tells listeners of each step, in order. What a broker does about the cluster, it does
 * because its image says so; so whoever has changed the store waits here until the image has it before answering.
 */
import { assert } from '../base/assert.js';
import { UserError } from '../base/errors.js';
import type { PartitionIndex, Uuid } from '../base/ids.js';
import type { ImageDelta } from './delta.js';
import type { ClusterImage } from './image.js';
import { ImageBuilder, type ImageStep } from './image-builder.js';
import type { MetadataStore, Revision, Watch, WatchEvent } from './store/store.js';

/** Must not throw; an error is the process's, uncaught. */
export type ImageListener = (image: ClusterImage, delta: ImageDelta) => void;

interface Waiter {
  readonly revision: Revision;
  readonly reached: () => void;
  readonly fail: (error: Error) => void;
}

export class MetadataFollower {
  readonly #store: MetadataStore;
  readonly #listeners = new Set<ImageListener>();
  #builder = new ImageBuilder();
  #watch: Watch | undefined;
  #waiters: Waiter[] = [];
  #failure: Error | undefined;
  readonly #failureListeners: ((error: Error) => void)[] = [];
  #state: 'new' | 'following' | 'closed' = 'new';

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  /**
   * Reads the store and begins to follow it. Listeners that are there already get the first image as a delta from the empty one; those
   * that come later only what changes then.
   * @throws UserError METADATA_NEWER, METADATA_CORRUPT, METADATA_UNAVAILABLE
   */
  async start(): Promise<void> {
    assert(this.#state === 'new', 'a follower starts once');
    this.#state = 'following';
    await this.refresh();
  }

  get image(): ClusterImage {
    return this.#builder.image;
  }

  /** Called after each change, in order. Returns the way to stop it. */
  onChange(listener: ImageListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Called once if the store can be followed no longer: it holds what this version cannot read, or cannot be reached. The
   * image stays what it was, and a broker should stop.
   */
  onFailure(listener: (error: Error) => void): void {
    this.#failureListeners.push(listener);
  }

  /**
   * Resolves once the image has all that the store had at `revision`, which must be one that a change of ours made: a shared
   * store's revision may also be of keys that nobody tells us of.
   * @throws the failure, and UserError METADATA_UNAVAILABLE when the follower is closed first
   */
  waitFor(revision: Revision): Promise<void> {
    if (this.image.revision >= revision) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    assert(this.#state === 'following', 'only a follower that follows can be waited for');
    return new Promise((reached, fail) => this.#waiters.push({ revision, reached, fail }));
  }

  /** Reads the whole store and goes on from there. The image is at least as new afterwards as the store was before. */
  async refresh(): Promise<void> {
    const { revision, entries } = await this.#store.read('');
    if (this.#state === 'closed' || this.#failure !== undefined) return;
    // The watch may have overtaken the answer; then the image is as new already.
    if (this.#watch !== undefined && revision <= this.image.revision) return;
    const { builder, image, delta } = ImageBuilder.fromEntries(revision, entries, this.image);
    this.#builder = builder;
    this.#watch?.cancel();
    this.#watch = this.#store.watch('', revision, (event) => this.#follow(event));
    this.#tell({ image, delta });
  }

  /** Partitions that are stored for topics without a key. */
  strays(): ReadonlyMap<Uuid, readonly PartitionIndex[]> {
    return new Map(this.#builder.topicsWithoutKey().map((id) => [id, this.#builder.storedPartitions(id)]));
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#watch?.cancel();
    this.#failWaiters(new UserError('METADATA_UNAVAILABLE', 'the broker stopped before the change was seen'));
  }

  #follow(event: WatchEvent): void {
    if (this.#failure !== undefined) return;
    if (event.kind === 'compacted') {
      this.#watch = undefined;
      this.refresh().catch((error: unknown) => this.#fail(error));
      return;
    }
    let step: ImageStep;
    try {
      step = this.#builder.apply(event.revision, event.changes);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#tell(step);
  }

  /** Listeners first: who has waited for a revision finds what they did about it, or at least begun. */
  #tell({ image, delta }: ImageStep): void {
    for (const listener of this.#listeners) listener(image, delta);
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ revision }) => revision > image.revision);
    for (const { revision, reached } of waiters) if (revision <= image.revision) reached();
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#state === 'closed') return;
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#watch?.cancel();
    this.#failWaiters(this.#failure);
    for (const listener of this.#failureListeners) listener(this.#failure);
  }

  #failWaiters(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { fail } of waiters) fail(error);
  }
}
