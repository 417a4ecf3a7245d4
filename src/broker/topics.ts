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
import type { InEffect } from './in-effect.js';

export class Topics {
  readonly #controller: MetadataController;
  readonly #inEffect: InEffect;

  constructor(controller: MetadataController, inEffect: InEffect) {
    this.#controller = controller;
    this.#inEffect = inEffect;
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
}
