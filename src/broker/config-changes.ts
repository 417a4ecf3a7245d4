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
import type { InEffect } from './in-effect.js';

export class ConfigChanges {
  readonly #controller: MetadataController;
  readonly #inEffect: InEffect;

  constructor(controller: MetadataController, inEffect: InEffect) {
    this.#controller = controller;
    this.#inEffect = inEffect;
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
}
