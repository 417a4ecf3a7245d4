/**
 * Changes of topics as a client sees them: decided by the controller, durable in the store, and in effect on this broker before the
 * answer leaves, so that the next request finds what this one made.
 */
import type { MetadataController } from '../metadata/controller/controller.js';
import type {
  ChangeOptions,
  CreatedTopic,
  CreatePartitions,
  CreateTopic,
  TopicReference,
  TopicResult,
} from '../metadata/controller/requests.js';
import type { MetadataFollower } from '../metadata/follow.js';
import type { LocalReplicas } from './local-replicas.js';

export class Topics {
  readonly #controller: MetadataController;
  readonly #follower: MetadataFollower;
  readonly #replicas: LocalReplicas;

  constructor(controller: MetadataController, follower: MetadataFollower, replicas: LocalReplicas) {
    this.#controller = controller;
    this.#follower = follower;
    this.#replicas = replicas;
  }

  create(requests: readonly CreateTopic[], options: ChangeOptions): Promise<readonly CreatedTopic[]> {
    return this.#inEffect(() => this.#controller.createTopics(requests, options));
  }

  /** For the broker's own topics, whose names users may not take. */
  createInternal(requests: readonly CreateTopic[]): Promise<readonly CreatedTopic[]> {
    return this.#inEffect(() => this.#controller.createInternalTopics(requests));
  }

  delete(topics: readonly TopicReference[]): Promise<readonly TopicResult[]> {
    return this.#inEffect(() => this.#controller.deleteTopics(topics));
  }

  addPartitions(
    requests: readonly CreatePartitions[],
    options: ChangeOptions,
  ): Promise<readonly TopicResult[]> {
    return this.#inEffect(() => this.#controller.createPartitions(requests, options));
  }

  async #inEffect<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = await change();
    // The controller answers when the image has the change; the logs follow the image.
    await this.#replicas.waitFor(this.#follower.image.revision);
    return result;
  }
}
