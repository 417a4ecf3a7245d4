/** Reads partitions while others write to them: what a reader has once been shown must stay. */
import type { Offset } from '../../../src/base/ids.js';
import { ErrorCode, errorName, isRetriable } from '../../../src/wire/errors.js';
import { Fetch } from '../../../src/wire/messages/fetch.js';
import type { PartitionHistory, TopicLife } from '../history.js';
import { batchesOf } from '../log-content.js';
import { Violation } from '../world.js';
import { Actor } from './actor.js';

const ROUNDS_PER_PARTITION = 20;

export class Reader extends Actor {
  readonly #positions = new Map<PartitionHistory, Offset>();

  async run(): Promise<never> {
    for (;;) {
      await this.gate.passed('the new');
      const topics = this.history.topicsThere;
      if (topics.length === 0) {
        await this.client.backOff();
        continue;
      }
      const topic = this.prng.pick(topics);
      const partition = this.prng.pick(topic.partitions);
      for (let round = this.prng.between(1, ROUNDS_PER_PARTITION); round > 0; round--) {
        if (topic.state !== 'there' || this.gate.allowed !== 'the new') break;
        await this.#read(topic, partition);
        await this.world.sleep(this.prng.random() * 5);
      }
    }
  }

  async #read(topic: TopicLife, partition: PartitionHistory): Promise<void> {
    const position = this.#positions.get(partition) ?? 0;
    const answer = await this.client.ask(Fetch, {
      maxWaitMs: this.prng.pick([0, 20, 200]),
      minBytes: 1,
      maxBytes: 100_000,
      topics: [
        {
          topic: topic.name,
          partitions: [
            {
              partition: partition.index,
              fetchOffset: position,
              partitionMaxBytes: this.prng.pick([1, 500, 50_000]),
            },
          ],
        },
      ],
      forgottenTopicsData: [],
    });
    const own = answer?.responses[0]?.partitions[0];
    // Deleted meanwhile: another topic may have answered under its name.
    if (own === undefined || topic.state !== 'there') return;
    const where = `${topic.name}-${partition.index}`;
    if (own.errorCode !== ErrorCode.NONE) {
      if (isRetriable(own.errorCode)) return this.client.backOff();
      throw new Violation(`${where}: a fetch from ${position} was refused: ${errorName(own.errorCode)}`);
    }
    let next = position;
    for (const batch of batchesOf(own.records, topic.name, partition.index, this.history)) {
      if (batch.lastOffset < position || batch.baseOffset > next) {
        throw new Violation(
          `${where}: a fetch from ${next} gave offsets ${batch.baseOffset} to ${batch.lastOffset}`,
        );
      }
      if (batch.lastOffset >= own.highWatermark) {
        throw new Violation(
          `${where}: a reader saw ${batch.lastOffset}, above the high watermark ${own.highWatermark}`,
        );
      }
      for (const { offset, name } of batch.records) partition.promise(offset, name, 'read');
      next = batch.lastOffset + 1;
    }
    this.#positions.set(partition, next);
  }
}
