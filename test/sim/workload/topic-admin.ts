/** Makes and deletes topics while others use them, under few names, so that names come again. */
import { type Millis, NO_UUID } from '../../../src/base/ids.js';
import { ErrorCode, errorName, isRetriable } from '../../../src/wire/errors.js';
import { CreateTopics } from '../../../src/wire/messages/create-topics.js';
import { DeleteTopics } from '../../../src/wire/messages/delete-topics.js';
import { Metadata } from '../../../src/wire/messages/metadata.js';
import type { TopicLife } from '../history.js';
import { Violation } from '../world.js';
import { Actor, type Means } from './actor.js';

export interface TopicAdminOptions {
  /** How many there are once all are made. */
  readonly topics: number;
  readonly partitionsMax: number;
  /** On average between two changes once all are made; 0: none. */
  readonly changeMs: Millis;
  readonly configs: ReadonlyMap<string, string>;
  readonly onTopic: (topic: TopicLife) => void;
}

export class TopicAdmin extends Actor {
  readonly #options: TopicAdminOptions;
  /** In words, what was asked for and not answered yet. */
  pending: string | undefined;

  constructor(options: TopicAdminOptions, means: Means) {
    super(means);
    this.#options = options;
  }

  async run(): Promise<void> {
    const { topics, changeMs } = this.#options;
    for (let name = 0; name < topics; name++) await this.#create(`t${name}`);
    if (changeMs === 0) return;
    for (;;) {
      await this.world.sleep(this.prng.random() * 2 * changeMs);
      await this.gate.passed('the new');
      const topic = this.prng.pick(this.history.topicsThere);
      await this.#delete(topic);
      await this.gate.passed('the new');
      await this.#create(topic.name);
    }
  }

  async #create(name: string): Promise<void> {
    const { partitionsMax, configs, onTopic } = this.#options;
    const partitions = this.prng.chance(0.5) ? partitionsMax : this.prng.between(1, partitionsMax);
    const topic = this.history.topicAsked(name, partitions);
    this.pending = `the creation of ${name}`;
    for (;;) {
      const answer = await this.client.ask(CreateTopics, {
        topics: [
          {
            name,
            numPartitions: partitions,
            replicationFactor: 1,
            assignments: [],
            configs: [...configs].map(([name, value]) => ({ name, value })),
          },
        ],
        timeoutMs: 2000,
      });
      const created = answer?.topics[0];
      if (created?.errorCode === ErrorCode.NONE) topic.id = created.topicId;
      // An attempt before, the answer to which was lost, was carried out.
      else if (created?.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) topic.id = await this.#idOf(name);
      else this.#mayFail(created?.errorCode, `creation of ${name}`);
      if (topic.id !== null) break;
      await this.client.backOff();
    }
    this.note(`${name} created as ${topic.id} with ${partitions} partitions`);
    topic.state = 'there';
    this.pending = undefined;
    onTopic(topic);
  }

  async #delete(topic: TopicLife): Promise<void> {
    topic.state = 'leaving';
    this.pending = `the deletion of ${topic.name}`;
    this.note(`deletes ${topic.name}`);
    for (;;) {
      const answer = await this.client.ask(DeleteTopics, {
        topics: [{ name: topic.name, topicId: NO_UUID }],
        timeoutMs: 2000,
      });
      const error = answer?.responses[0]?.errorCode;
      if (error === ErrorCode.NONE || error === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) break;
      this.#mayFail(error, `deletion of ${topic.name}`);
      await this.client.backOff();
    }
    this.note(`${topic.name} deleted`);
    topic.state = 'gone';
    this.pending = undefined;
  }

  async #idOf(name: string): Promise<string | null> {
    const answer = await this.client.ask(Metadata, {
      topics: [{ name, topicId: NO_UUID }],
      allowAutoTopicCreation: false,
    });
    const topic = answer?.topics[0];
    return topic?.errorCode === ErrorCode.NONE ? topic.topicId : null;
  }

  #mayFail(error: number | undefined, what: string): void {
    if (error === undefined) return;
    this.note(`${what} refused: ${errorName(error)}`);
    if (!isRetriable(error)) throw new Violation(`${what} was refused: ${errorName(error)}`);
  }
}
