/**
 * Fetch (key 1): record batches from an offset on, for consumers and followers.
 *
 * 4 is the first with record batches v2, isolation levels and aborted transactions. 5 adds log start offsets,
 * 6 may answer KAFKA_STORAGE_ERROR, 7 adds fetch sessions (KIP-227), 8 changes when throttled answers leave,
 * 9 adds the leader epoch that the reader believes in (KIP-320), 10 allows zstd, 11 adds racks and preferred
 * replicas (KIP-392). 12 is flexible and adds the last fetched epoch: the answer can say where logs diverge,
 * and who leads now. From 13 on topics go by id (KIP-516); our own clients go by name, so they ask with 12.
 * 14 may answer OFFSET_MOVED_TO_TIERED_STORAGE (KIP-405). 15 moves the follower's id into a tagged field, with its
 * epoch (KIP-903). 16 tells the addresses of the leaders it names (KIP-951). 17 adds a follower's directory (KIP-853).
 */
import { NO_UUID } from '../../base/ids.js';
import { brokerId, durationMs, leaderEpoch, offset, partitionIndex, producerId } from '../flavours.js';
import {
  api,
  array,
  type DraftOf,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uuid,
} from '../schema.js';

export const Fetch = api(
  'Fetch',
  { key: 1, versions: '4-17', askedMax: 12, flexible: 12 },
  {
    request: {
      clusterId: string.in('12+').tag(0).nullable('12+').default(null).ignorable(),
      replicaId: brokerId.in('0-14').default(-1), // -1: a consumer
      replicaState: struct({ replicaId: brokerId.default(-1), replicaEpoch: int64.default(-1) })
        .in('15+')
        .tag(1),
      maxWaitMs: durationMs,
      minBytes: int32,
      maxBytes: int32.in('3+').default(0x7fff_ffff).ignorable(),
      isolationLevel: int8.in('4+').ignorable(), // 1: read committed
      sessionId: int32.in('7+').ignorable(),
      sessionEpoch: int32.in('7+').default(-1).ignorable(),
      topics: array({
        topic: string.in('0-12').default('').ignorable(),
        topicId: uuid.in('13+').default(NO_UUID).ignorable(),
        partitions: array({
          partition: partitionIndex,
          currentLeaderEpoch: leaderEpoch.in('9+').default(-1).ignorable(),
          fetchOffset: offset,
          lastFetchedEpoch: leaderEpoch.in('12+').default(-1),
          logStartOffset: offset.in('5+').default(-1).ignorable(), // a follower's; -1 from consumers
          partitionMaxBytes: int32,
          replicaDirectoryId: uuid.in('17+').tag(0).default(NO_UUID).ignorable(),
        }),
      }),
      forgottenTopicsData: array({
        topic: string.in('7-12').default('').ignorable(),
        topicId: uuid.in('13+').default(NO_UUID).ignorable(),
        partitions: array(partitionIndex),
      }).in('7+'),
      rackId: string.in('11+').ignorable(),
    },
    response: {
      throttleTimeMs: durationMs.in('1+').ignorable(),
      errorCode: int16.in('7+').ignorable(),
      sessionId: int32.in('7+'),
      responses: array({
        topic: string.in('0-12').default('').ignorable(),
        topicId: uuid.in('13+').default(NO_UUID).ignorable(),
        partitions: array({
          partitionIndex,
          errorCode: int16,
          highWatermark: offset,
          lastStableOffset: offset.in('4+').default(-1).ignorable(),
          logStartOffset: offset.in('5+').default(-1).ignorable(),
          divergingEpoch: struct({ epoch: leaderEpoch.default(-1), endOffset: offset.default(-1) })
            .in('12+')
            .tag(0),
          currentLeader: struct({ leaderId: brokerId.default(-1), leaderEpoch: leaderEpoch.default(-1) })
            .in('12+')
            .tag(1),
          snapshotId: struct({ endOffset: offset.default(-1), epoch: leaderEpoch.default(-1) })
            .in('12+')
            .tag(2),
          abortedTransactions: array({ producerId, firstOffset: offset }).in('4+').nullable('4+').ignorable(),
          preferredReadReplica: brokerId.in('11+').default(-1),
          records: records.nullable(),
        }),
      }),
      nodeEndpoints: array({
        nodeId: brokerId,
        host: string,
        port: int32,
        rack: string.nullable().default(null),
      })
        .in('16+')
        .tag(0),
    },
  },
);

export type FetchRequest = Infer<typeof Fetch.request>;
export type FetchResponse = Infer<typeof Fetch.response>;
export type FetchResponseDraft = DraftOf<typeof Fetch.response>;
