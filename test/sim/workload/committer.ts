/** Commits positions of a group as a consumer without members does, one after the other, each one higher than the last. */
import { ErrorCode, errorName, isRetriable } from '../../../src/wire/errors.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { OffsetCommit } from '../../../src/wire/messages/offset-commit.js';
import type { CommitHistory } from '../history.js';
import { Violation } from '../world.js';
import { Actor } from './actor.js';

export class Committer extends Actor {
  #coordinatorFound = false;

  async run(): Promise<never> {
    for (;;) {
      await this.gate.passed('the new');
      await this.world.sleep(this.prng.random() * 20);
      if (!this.#coordinatorFound && !(await this.#findCoordinator())) continue;
      const topics = this.history.topicsThere;
      if (topics.length > 0) await this.#commit(this.#commitTo());
    }
  }

  #commitTo(): CommitHistory {
    const topic = this.prng.pick(this.history.topicsThere);
    const partition = this.prng.between(0, topic.partitions.length - 1);
    // A group of its own for each life of a topic: what a deletion does to positions is not the question here.
    const group = `${this.name}-${topic.serial}`;
    return this.history.commitsOf(group, topic, partition);
  }

  async #commit(commit: CommitHistory): Promise<void> {
    const { group, topic, partition } = commit;
    const position = ++commit.asked;
    const answer = await this.client.ask(OffsetCommit, commitRequest(commit));
    if (answer === undefined || topic.state !== 'there') return;
    const error = answer.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    if (error === ErrorCode.NONE) {
      this.note(`${group} ${topic.name}-${partition} committed ${position}`);
      commit.acknowledged = Math.max(commit.acknowledged, position);
    } else if (isRetriable(error)) {
      this.note(`${group} ${topic.name}-${partition} commit refused: ${errorName(error)}`);
      await this.client.backOff();
    } else {
      throw new Violation(`a commit of ${group} was refused: ${errorName(error)}`);
    }
  }

  async #findCoordinator(): Promise<boolean> {
    const answer = await this.client.ask(FindCoordinator, { keyType: 0, coordinatorKeys: [this.name] });
    this.#coordinatorFound = answer?.coordinators[0]?.errorCode === ErrorCode.NONE;
    if (!this.#coordinatorFound) await this.client.backOff();
    return this.#coordinatorFound;
  }
}

/** Of the newest position that is asked for. */
export function commitRequest({ group, topic, partition, asked }: CommitHistory) {
  return {
    groupId: group,
    topics: [
      {
        name: topic.name,
        partitions: [
          { partitionIndex: partition, committedOffset: asked, committedMetadata: metadataOf(asked) },
        ],
      },
    ],
  };
}

/** Kept beside a position: another one must not be found with it. */
export function metadataOf(position: number): string {
  return `at ${position}`;
}
