/** Where a partition begins and ends, and which offset a time has (ListOffsets), asked of each partition's leader. */
import type { BrokerId, Millis, Offset, PartitionIndex } from '../base/ids.js';
import { ErrorCode } from '../wire/errors.js';
import { ListOffsets } from '../wire/messages/list-offsets.js';
import { byLeader, byTopic } from './by-leader.js';
import type { Cluster } from './cluster.js';
import { KafkaError } from './kafka-error.js';
import { retry } from './retry.js';

/** In the place of a time: the first offset, and the one after the last committed record. */
export const EARLIEST: Millis = -2;
export const LATEST: Millis = -1;

export interface OffsetQuestion {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Milliseconds since 1970, EARLIEST or LATEST. */
  readonly at: Millis;
}

export interface OffsetAnswer {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** −1: no record is as late as the time asked for. */
  readonly offset: Offset;
}

const READ_UNCOMMITTED = 0;

/**
 * Answers in the order of the questions. What a moving leader leaves open is asked again.
 * @throws KafkaError for the first partition that has a final error, or is still without an answer after `timeoutMs`
 */
export async function listOffsets(
  cluster: Cluster,
  questions: readonly OffsetQuestion[],
  timeoutMs: Millis,
): Promise<OffsetAnswer[]> {
  const answers = new Map<OffsetQuestion, OffsetAnswer>();
  let first = true;
  await retry(cluster, timeoutMs, async () => {
    const open = questions.filter((question) => !answers.has(question));
    const unknown = open.some(({ topic }) => !cluster.topic(topic));
    if (!first || unknown) await learnTopics(cluster, open);
    first = false;
    const rounds = [...byLeader(cluster, open)].map(([leader, asked]) =>
      askLeader(cluster, leader, asked, answers),
    );
    const failures = (await Promise.allSettled(rounds)).filter((round) => round.status === 'rejected');
    if (failures[0]) throw failures[0].reason as Error;
  });
  return questions.map((question) => answers.get(question)!);
}

async function learnTopics(cluster: Cluster, questions: readonly OffsetQuestion[]): Promise<void> {
  const { errors } = await cluster.metadata([...new Set(questions.map(({ topic }) => topic))]);
  for (const error of errors.values()) throw error;
}

async function askLeader(
  cluster: Cluster,
  leader: BrokerId,
  questions: readonly OffsetQuestion[],
  answers: Map<OffsetQuestion, OffsetAnswer>,
): Promise<void> {
  const topics = byTopic(questions);
  const connection = await cluster.connectionTo(leader, 'control');
  const answer = await connection.call(ListOffsets, {
    replicaId: -1,
    isolationLevel: READ_UNCOMMITTED,
    topics: [...topics].map(([name, asked]) => ({
      name,
      partitions: asked.map(({ partition, at }) => ({ partitionIndex: partition, timestamp: at })),
    })),
  });
  let failure: KafkaError | null = null;
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode, offset } of partitions) {
      const question = topics.get(name)?.find(({ partition }) => partition === partitionIndex);
      if (!question) continue;
      if (errorCode === ErrorCode.NONE)
        answers.set(question, { topic: name, partition: partitionIndex, offset });
      else failure ??= new KafkaError(errorCode, `${name}-${partitionIndex}`);
    }
  }
  const silent = questions.find((question) => !answers.has(question));
  if (failure) throw failure;
  if (silent)
    throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, `${silent.topic}-${silent.partition}`, 'no answer');
}
