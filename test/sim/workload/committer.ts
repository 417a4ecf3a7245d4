/** Commits positions of a group as a consumer without members does, one after the other, each one higher than the last. */
import type { Prng } from '../../../src/base/prng.js';
import { ErrorCode, errorName, isRetriable } from '../../../src/wire/errors.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { OffsetCommit } from '../../../src/wire/messages/offset-commit.js';
import type { CommitHistory, History } from '../history.js';
import { Violation, type World } from '../world.js';
import type { Client } from './client.js';
import type { Gate } from './gate.js';

export class Committer {
  readonly #name: string;
  readonly #world: World;
  readonly #history: History;
  readonly #client: Client;
  readonly #gate: Gate;
  readonly #prng: Prng;
  #coordinatorFound = false;

  constructor(name: string, world: World, history: History, client: Client, gate: Gate, prng: Prng) {
    this.#name = name;
    this.#world = world;
    this.#history = history;
    this.#client = client;
    this.#gate = gate;
    this.#prng = prng;
  }

  async run(): Promise<never> {
    for (;;) {
      await this.#gate.passed('the new');
      await this.#world.sleep(this.#prng.random() * 20);
      if (!this.#coordinatorFound && !(await this.#findCoordinator())) continue;
      const topics = this.#history.topicsThere;
      if (topics.length > 0) await this.#commit(this.#commitTo());
    }
  }

  #commitTo(): CommitHistory {
    const topic = this.#prng.pick(this.#history.topicsThere);
    const partition = this.#prng.between(0, topic.partitions.length - 1);
    // A group of its own for each life of a topic: what a deletion does to positions is not the question here.
    const group = `${this.#name}-${topic.serial}`;
    let commit = this.#history.commits.find((each) => each.group === group && each.partition === partition);
    if (commit === undefined) {
      commit = { group, topic, partition, acknowledged: -1, asked: -1 };
      this.#history.commits.push(commit);
    }
    return commit;
  }

  async #commit(commit: CommitHistory): Promise<void> {
    const { group, topic, partition } = commit;
    const position = ++commit.asked;
    const answer = await this.#client.ask(OffsetCommit, {
      groupId: group,
      topics: [
        {
          name: topic.name,
          partitions: [
            { partitionIndex: partition, committedOffset: position, committedMetadata: metadataOf(position) },
          ],
        },
      ],
    });
    if (answer === undefined || topic.state !== 'there') return;
    const error = answer.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    if (error === ErrorCode.NONE) {
      this.#world.trace.note(this.#name, `${group} ${topic.name}-${partition} committed ${position}`);
      commit.acknowledged = Math.max(commit.acknowledged, position);
    } else if (isRetriable(error)) {
      this.#world.trace.note(
        this.#name,
        `${group} ${topic.name}-${partition} commit refused: ${errorName(error)}`,
      );
      await this.#client.backOff();
    } else {
      throw new Violation(`a commit of ${group} was refused: ${errorName(error)}`);
    }
  }

  async #findCoordinator(): Promise<boolean> {
    const answer = await this.#client.ask(FindCoordinator, { keyType: 0, coordinatorKeys: [this.#name] });
    this.#coordinatorFound = answer?.coordinators[0]?.errorCode === ErrorCode.NONE;
    if (!this.#coordinatorFound) await this.#client.backOff();
    return this.#coordinatorFound;
  }
}

/** Kept beside a position: another one must not be found with it. */
export function metadataOf(position: number): string {
  return `at ${position}`;
}
