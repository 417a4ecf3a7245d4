/**
 * Holds a broker that nobody writes to against everything that was ever promised: the topics, their logs from end to end, positions
 * of groups. Asked over the wire, as a client would.
 */
import type { LeaderEpoch, Offset, PartitionIndex } from '../../../src/base/ids.js';
import type { Prng } from '../../../src/base/prng.js';
import { ConnectionLost, type RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName, isRetriable } from '../../../src/wire/errors.js';
import { Fetch } from '../../../src/wire/messages/fetch.js';
import { ListOffsets } from '../../../src/wire/messages/list-offsets.js';
import { Metadata } from '../../../src/wire/messages/metadata.js';
import { OffsetFetch } from '../../../src/wire/messages/offset-fetch.js';
import { OffsetForLeaderEpoch } from '../../../src/wire/messages/offset-for-leader-epoch.js';
import { type History, type PartitionHistory, parseRecordName, type TopicLife } from '../history.js';
import { batchesOf, type FoundBatch, type FoundRecord } from '../log-content.js';
import type { Client } from '../workload/client.js';
import { metadataOf } from '../workload/committer.js';
import { Violation } from '../world.js';

const LATEST = -1;
const EARLIEST = -2;
/** Where a reader jumps into a log, beside reading it from its start: that goes through the indexes. */
const JUMPS_PER_PARTITION = 3;

export class PromiseChecker {
  readonly #history: History;
  readonly #client: Client;
  readonly #prng: Prng;
  recordsRead = 0;

  constructor(history: History, client: Client, prng: Prng) {
    this.#history = history;
    this.#client = client;
    this.#prng = prng;
  }

  /** @param life counts the broker's starts; after each, partitions are led in a newer epoch */
  async check(life: number): Promise<void> {
    for (;;) {
      try {
        return await this.#checkAll(life);
      } catch (error) {
        // The connection was one to the life before, and the news of its end came late.
        if (!(error instanceof ConnectionLost)) throw error;
      }
    }
  }

  async #checkAll(life: number): Promise<void> {
    const connection = await this.#client.connection();
    const there = await this.#checkTopics(connection, life);
    for (const topic of there) {
      for (const partition of topic.partitions) await this.#checkPartition(connection, topic, partition);
    }
    for (const topic of there) await this.#checkCommits(topic);
  }

  /** Every topic that was promised to be is; none is that was promised to be gone. Returns those of ours that are. */
  async #checkTopics(connection: RpcConnection, life: number): Promise<TopicLife[]> {
    const answer = await connection.call(Metadata, { topics: null });
    const byId = new Map(
      answer.topics.filter(({ isInternal }) => !isInternal).map((each) => [each.topicId, each]),
    );
    const there: TopicLife[] = [];
    for (const topic of this.#history.topics) {
      const { name, state, id } = topic;
      const found = id === null ? undefined : byId.get(id);
      if (id !== null) byId.delete(id);
      if (found === undefined) {
        if (state === 'there') throw new Violation(`topic ${name} (${id}) is not there any more`);
        continue;
      }
      if (state === 'gone') throw new Violation(`topic ${name} (${id}) was deleted and is back`);
      if (found.partitions.length !== topic.partitions.length) {
        throw new Violation(
          `${name} has ${found.partitions.length} partitions instead of ${topic.partitions.length}`,
        );
      }
      for (const { partitionIndex, leaderEpoch, errorCode } of found.partitions) {
        if (errorCode !== ErrorCode.NONE) {
          throw new Violation(`${name}-${partitionIndex} has no leader: ${errorName(errorCode)}`);
        }
        checkEpoch(topic.partitions[partitionIndex]!, leaderEpoch, life);
      }
      there.push(topic);
    }
    const asked = new Set(
      this.#history.topics.filter(({ state }) => state === 'asked').map(({ name }) => name),
    );
    for (const { name, topicId } of byId.values()) {
      if (!asked.has(name ?? ''))
        throw new Violation(`topic ${name} (${topicId}) is there, and nobody asked for it`);
    }
    return there;
  }

  async #checkPartition(
    connection: RpcConnection,
    topic: TopicLife,
    partition: PartitionHistory,
  ): Promise<void> {
    const where = `${topic.name}-${partition.index}`;
    const earliest = (await this.#offsetAt(connection, topic, partition.index, EARLIEST)).offset;
    const latest = (await this.#offsetAt(connection, topic, partition.index, LATEST)).offset;
    if (earliest !== 0) throw new Violation(`${where} begins at ${earliest}`);
    if (latest < partition.promisedEnd) {
      throw new Violation(
        `${where} ends at ${latest}; ${partition.promisedAt(partition.promisedEnd - 1)} was promised at ${partition.promisedEnd - 1}`,
      );
    }
    const batches = await this.#readFrom(connection, topic, partition, earliest, latest);
    this.#checkDense(where, batches, earliest, latest);
    this.#checkEpochs(where, batches, partition);
    this.#checkDelivery(where, batches);
    const records = batches.flatMap((batch) => batch.records);
    for (const { offset, name } of records) partition.promise(offset, name, 'found');
    this.recordsRead += records.length;
    await this.#checkJumps(connection, topic, partition, batches, latest);
    await this.#checkTimes(connection, topic, partition, records);
    await this.#checkEpochEnd(connection, topic, partition, latest);
  }

  async #readFrom(
    connection: RpcConnection,
    topic: TopicLife,
    partition: PartitionHistory,
    from: Offset,
    to: Offset,
  ): Promise<FoundBatch[]> {
    const batches: FoundBatch[] = [];
    const partitionMaxBytes = this.#prng.pick([1, 1000, 100_000]);
    for (let next = from; next < to; ) {
      const part = await this.#fetch(connection, topic, partition, next, partitionMaxBytes);
      if (part.length === 0)
        throw new Violation(`${topic.name}-${partition.index}: nothing at ${next}, below the end ${to}`);
      batches.push(...part);
      next = part.at(-1)!.lastOffset + 1;
    }
    return batches;
  }

  async #fetch(
    connection: RpcConnection,
    topic: TopicLife,
    partition: PartitionHistory,
    from: Offset,
    partitionMaxBytes: number,
  ): Promise<FoundBatch[]> {
    const answer = await connection.call(Fetch, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [
        {
          topic: topic.name,
          partitions: [
            {
              partition: partition.index,
              currentLeaderEpoch: partition.leaderEpoch,
              fetchOffset: from,
              partitionMaxBytes,
            },
          ],
        },
      ],
      forgottenTopicsData: [],
    });
    const own = answer.responses[0]!.partitions[0]!;
    if (own.errorCode !== ErrorCode.NONE) {
      throw new Violation(
        `${topic.name}-${partition.index}: no fetch from ${from}: ${errorName(own.errorCode)}`,
      );
    }
    return batchesOf(own.records, topic.name, partition.index, this.#history);
  }

  #checkDense(where: string, batches: readonly FoundBatch[], from: Offset, to: Offset): void {
    let next = from;
    for (const batch of batches) {
      if (batch.baseOffset !== next)
        throw new Violation(`${where}: a batch begins at ${batch.baseOffset} instead of ${next}`);
      for (const { offset } of batch.records) {
        if (offset !== next++) throw new Violation(`${where}: a record at ${offset} instead of ${next - 1}`);
      }
      if (batch.lastOffset !== next - 1)
        throw new Violation(`${where}: a batch ends at ${batch.lastOffset} instead of ${next - 1}`);
    }
    if (next !== to)
      throw new Violation(`${where}: the log has records up to ${next} and says that it ends at ${to}`);
  }

  #checkEpochs(where: string, batches: readonly FoundBatch[], { leaderEpoch }: PartitionHistory): void {
    let newest = -1;
    for (const { epoch, baseOffset } of batches) {
      if (epoch < newest)
        throw new Violation(`${where}@${baseOffset} is of epoch ${epoch}, behind one of ${newest}`);
      if (epoch > leaderEpoch)
        throw new Violation(`${where}@${baseOffset} is of epoch ${epoch}; the leader's is ${leaderEpoch}`);
      newest = epoch;
    }
  }

  #checkDelivery(where: string, batches: readonly FoundBatch[]): void {
    const nextOf = new Map<number, number>();
    for (const { records, baseOffset } of batches) {
      for (const { name, offset } of records) {
        const { producer, number } = parseRecordName(name)!;
        const next = nextOf.get(producer) ?? 0;
        if (this.#history.producers[producer]!.delivery === 'once' && number !== next) {
          const fault = number < next ? 'is there again' : `follows, and #${next} is missing`;
          throw new Violation(`${where}@${offset}: ${name} ${fault}`);
        }
        if (offset > baseOffset && number !== next)
          throw new Violation(`${where}@${offset}: ${name} is not the next of its batch`);
        nextOf.set(producer, number + 1);
      }
    }
    const firstOf = new Map<number, number>();
    for (const { records, baseOffset } of batches) {
      const first = parseRecordName(records[0]!.name)!;
      if (first.number < (firstOf.get(first.producer) ?? 0)) {
        throw new Violation(`${where}@${baseOffset}: ${records[0]!.name} stands behind a younger one`);
      }
      firstOf.set(first.producer, first.number);
    }
  }

  /** A reader that comes in the middle gets the batch with the offset it asked for. */
  async #checkJumps(
    connection: RpcConnection,
    topic: TopicLife,
    partition: PartitionHistory,
    batches: readonly FoundBatch[],
    latest: Offset,
  ): Promise<void> {
    if (latest === 0) return;
    for (let jump = 0; jump < JUMPS_PER_PARTITION; jump++) {
      const from = this.#prng.between(0, latest - 1);
      const [first] = await this.#fetch(connection, topic, partition, from, 1);
      const expected = batches.find(({ lastOffset }) => lastOffset >= from)!;
      if (first?.baseOffset !== expected.baseOffset) {
        throw new Violation(
          `${topic.name}-${partition.index}: a fetch from ${from} gave the batch at ${first?.baseOffset}, not ${expected.baseOffset}`,
        );
      }
    }
  }

  /** The first record at or after a time is found, and its time told. */
  async #checkTimes(
    connection: RpcConnection,
    topic: TopicLife,
    partition: PartitionHistory,
    records: readonly FoundRecord[],
  ): Promise<void> {
    if (records.length === 0) return;
    for (let jump = 0; jump < JUMPS_PER_PARTITION; jump++) {
      const time = this.#prng.pick(records).timestamp + this.#prng.between(-1, 1);
      const expected = records.find(({ timestamp }) => timestamp >= time);
      const found = await this.#offsetAt(connection, topic, partition.index, time);
      if (found.offset !== (expected?.offset ?? -1)) {
        throw new Violation(
          `${topic.name}-${partition.index}: the first record from ${time} on is at ${expected?.offset ?? -1}, not ${found.offset}`,
        );
      }
    }
  }

  async #checkEpochEnd(
    connection: RpcConnection,
    topic: TopicLife,
    partition: PartitionHistory,
    latest: Offset,
  ): Promise<void> {
    const answer = await connection.call(OffsetForLeaderEpoch, {
      replicaId: -1,
      topics: [
        {
          topic: topic.name,
          partitions: [
            {
              partition: partition.index,
              currentLeaderEpoch: partition.leaderEpoch,
              leaderEpoch: partition.leaderEpoch,
            },
          ],
        },
      ],
    });
    const own = answer.topics[0]!.partitions[0]!;
    if (
      own.errorCode !== ErrorCode.NONE ||
      own.leaderEpoch !== partition.leaderEpoch ||
      own.endOffset !== latest
    ) {
      throw new Violation(
        `${topic.name}-${partition.index}: epoch ${partition.leaderEpoch} should end at ${latest}: ${errorName(own.errorCode)}, ${own.leaderEpoch}, ${own.endOffset}`,
      );
    }
  }

  async #checkCommits(topic: TopicLife): Promise<void> {
    for (const commit of this.#history.commits) {
      if (commit.topic !== topic || commit.asked < 0) continue;
      const { group, partition, acknowledged, asked } = commit;
      const found = await this.#committed(group, topic.name, partition);
      const where = `group ${group} at ${topic.name}-${partition}`;
      if (found.offset < acknowledged || found.offset > asked) {
        throw new Violation(
          `${where} stands at ${found.offset}; ${acknowledged} was acknowledged, ${asked} asked for`,
        );
      }
      if (found.offset >= 0 && found.metadata !== metadataOf(found.offset)) {
        throw new Violation(
          `${where} stands at ${found.offset} with the metadata ${JSON.stringify(found.metadata)}`,
        );
      }
      // It was shown: it stays.
      commit.acknowledged = found.offset;
    }
  }

  async #committed(
    group: string,
    topic: string,
    partition: PartitionIndex,
  ): Promise<{ offset: Offset; metadata: string | null }> {
    for (;;) {
      const answer = await this.#client.ask(OffsetFetch, {
        groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [partition] }] }],
        requireStable: false,
      });
      const own = answer?.groups[0];
      const position = own?.topics[0]?.partitions[0];
      const error = own?.errorCode || position?.errorCode || ErrorCode.NONE;
      if (position !== undefined && error === ErrorCode.NONE) {
        return { offset: position.committedOffset, metadata: position.metadata };
      }
      if (!isRetriable(error) && answer !== undefined) {
        throw new Violation(`positions of ${group} cannot be read: ${errorName(error)}`);
      }
      await this.#client.backOff();
    }
  }

  async #offsetAt(
    connection: RpcConnection,
    topic: TopicLife,
    partition: PartitionIndex,
    timestamp: number,
  ): Promise<{ offset: Offset }> {
    const answer = await connection.call(ListOffsets, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: topic.name, partitions: [{ partitionIndex: partition, timestamp }] }],
    });
    const own = answer.topics[0]!.partitions[0]!;
    if (own.errorCode !== ErrorCode.NONE) {
      throw new Violation(
        `${topic.name}-${partition}: no offset for ${timestamp}: ${errorName(own.errorCode)}`,
      );
    }
    return { offset: own.offset };
  }
}

/** Later lives lead in later epochs: else two leaders might write different records under one number (KIP-101). */
function checkEpoch(partition: PartitionHistory, epoch: LeaderEpoch, life: number): void {
  const { leaderEpoch: before, leaderEpochOfLife } = partition;
  if (life === leaderEpochOfLife ? epoch !== before : epoch <= before) {
    throw new Violation(
      `${partition.topic}-${partition.index} is led in epoch ${epoch} in life ${life}, and was in ${before} in life ${leaderEpochOfLife}`,
    );
  }
  partition.leaderEpoch = epoch;
  partition.leaderEpochOfLife = life;
}
