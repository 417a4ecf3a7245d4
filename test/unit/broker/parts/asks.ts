/** The questions that tests ask over and over, each for one partition. */
import type { RpcConnection } from '../../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../../src/wire/errors.js';
import { CreateTopics } from '../../../../src/wire/messages/create-topics.js';
import { Fetch, type FetchResponse } from '../../../../src/wire/messages/fetch.js';
import { ListOffsets } from '../../../../src/wire/messages/list-offsets.js';
import { Produce, type ProduceResponse } from '../../../../src/wire/messages/produce.js';

export async function createTopic(
  client: RpcConnection,
  name: string,
  options: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const { partitions = 1, configs = {} } = options;
  const { topics } = await client.call(CreateTopics, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: -1,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    validateOnly: false,
  });
  const [{ errorCode, errorMessage } = { errorCode: -1, errorMessage: 'no answer' }] = topics;
  if (errorCode !== ErrorCode.NONE) throw new Error(`${name}: ${errorName(errorCode)}: ${errorMessage}`);
}

export type ProducedPartition = ProduceResponse['responses'][number]['partitionResponses'][number];

export interface ProduceOptions {
  readonly partition?: number;
  readonly acks?: number;
  readonly version?: number;
  readonly timeoutMs?: number;
}

export function produceRequest(topic: string, records: Buffer | null, options: ProduceOptions = {}) {
  const { partition = 0, acks = -1, timeoutMs = 30_000 } = options;
  return { acks, timeoutMs, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] };
}

export async function produce(
  client: RpcConnection,
  topic: string,
  records: Buffer | null,
  options: ProduceOptions = {},
): Promise<ProducedPartition> {
  const { version = 11 } = options;
  const { responses } = await client.call(Produce, produceRequest(topic, records, options), { version });
  return responses[0]!.partitionResponses[0]!;
}

export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

export interface FetchOptions {
  readonly partition?: number;
  readonly version?: number;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  readonly currentLeaderEpoch?: number;
  readonly lastFetchedEpoch?: number;
  readonly isolationLevel?: number;
}

export function fetchRequest(topic: string, fetchOffset: number, options: FetchOptions = {}) {
  const {
    partition = 0,
    maxWaitMs = 0,
    minBytes = 1,
    maxBytes = 1 << 20,
    partitionMaxBytes = 1 << 20,
  } = options;
  const { currentLeaderEpoch = -1, lastFetchedEpoch = -1, isolationLevel = 0 } = options;
  return {
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    topics: [
      {
        topic,
        partitions: [{ partition, currentLeaderEpoch, fetchOffset, lastFetchedEpoch, partitionMaxBytes }],
      },
    ],
    forgottenTopicsData: [],
  };
}

export async function fetch(
  client: RpcConnection,
  topic: string,
  fetchOffset: number,
  options: FetchOptions = {},
): Promise<FetchedPartition> {
  const { version = 12 } = options;
  const { responses } = await client.call(Fetch, fetchRequest(topic, fetchOffset, options), { version });
  return responses[0]!.partitions[0]!;
}

export const LATEST = -1;
export const EARLIEST = -2;
export const MAX_TIMESTAMP = -3;

export async function listOffset(
  client: RpcConnection,
  topic: string,
  timestamp: number,
  options: {
    readonly partition?: number;
    readonly version?: number;
    readonly currentLeaderEpoch?: number;
  } = {},
) {
  const { partition = 0, version = 8, currentLeaderEpoch = -1 } = options;
  const { topics } = await client.call(
    ListOffsets,
    {
      replicaId: -1,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, currentLeaderEpoch, timestamp }] }],
    },
    { version },
  );
  return topics[0]!.partitions[0]!;
}
