/**
 * DescribeTopicPartitions (key 75, KIP-966): topics and their partitions, a page at a time.
 */
import { brokerId, durationMs, leaderEpoch, partitionIndex } from '../flavours.js';
import {
  api,
  array,
  boolean,
  type DraftOf,
  type Infer,
  int16,
  int32,
  string,
  struct,
  uuid,
} from '../schema.js';

export const DescribeTopicPartitions = api(
  'DescribeTopicPartitions',
  { key: 75, versions: '0', flexible: 0 },
  {
    request: {
      topics: array({ name: string }), // none: all
      responsePartitionLimit: int32.default(2000),
      cursor: struct({ topicName: string, partitionIndex }).nullable().default(null), // where the page begins
    },
    response: {
      throttleTimeMs: durationMs.ignorable(),
      topics: array({
        errorCode: int16,
        name: string.nullable(),
        topicId: uuid.ignorable(),
        isInternal: boolean.ignorable(),
        partitions: array({
          errorCode: int16,
          partitionIndex,
          leaderId: brokerId,
          leaderEpoch: leaderEpoch.default(-1).ignorable(),
          replicaNodes: array(brokerId),
          isrNodes: array(brokerId),
          eligibleLeaderReplicas: array(brokerId).nullable().default(null),
          lastKnownElr: array(brokerId).nullable().default(null),
          offlineReplicas: array(brokerId).ignorable(),
        }),
        topicAuthorizedOperations: int32.default(-0x8000_0000),
      }),
      nextCursor: struct({ topicName: string, partitionIndex }).nullable().default(null), // null: the last page
    },
  },
);

export type DescribeTopicPartitionsRequest = Infer<typeof DescribeTopicPartitions.request>;
export type DescribeTopicPartitionsResponse = Infer<typeof DescribeTopicPartitions.response>;
export type DescribeTopicPartitionsResponseDraft = DraftOf<typeof DescribeTopicPartitions.response>;
