/**
 * Changes of settings as a client sees them: decided by the controller, durable in the store, and in effect on this broker and its logs
 * before the answer leaves.
 */
import type { MetadataController } from '../metadata/controller/controller.js';
import type {
  AlterBrokerConfigs,
  AlterResult,
  AlterTopicConfigs,
  ChangeOptions,
} from '../metadata/controller/requests.js';
import type { MetadataFollower } from '../metadata/follow.js';
import type { LocalReplicas } from './local-replicas.js';

export class ConfigChanges {
  readonly #controller: MetadataController;
  readonly #follower: MetadataFollower;
  readonly #replicas: LocalReplicas;

  constructor(controller: MetadataController, follower: MetadataFollower, replicas: LocalReplicas) {
    this.#controller = controller;
    this.#follower = follower;
    this.#replicas = replicas;
  }

  /** One result for each request, in its order. */
  alterTopics(
    requests: readonly AlterTopicConfigs[],
    options: ChangeOptions,
  ): Promise<readonly AlterResult[]> {
    return this.#inEffect(() => this.#controller.alterTopicConfigs(requests, options));
  }

  alterBrokers(
    requests: readonly AlterBrokerConfigs[],
    options: ChangeOptions,
  ): Promise<readonly AlterResult[]> {
    return this.#inEffect(() => this.#controller.alterBrokerConfigs(requests, options));
  }

  async #inEffect<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = await change();
    // The controller answers when the image has the change; the logs follow the image.
    await this.#replicas.waitFor(this.#follower.image.revision);
    return result;
  }
}
