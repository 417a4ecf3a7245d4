/**
 * Produce (key 0): appends record batches to partitions.
 *
 * 3 is the first with record batches v2 and the transactional id. 4 may answer KAFKA_STORAGE_ERROR. 5 adds
 * the log start offset to the answer, 6 changes when throttled answers leave, 7 allows zstd. 8 adds record
 * errors and messages (KIP-467). 9 is flexible. 10 lets the answer name the new leader (KIP-951). 11 may
 * answer TRANSACTION_ABORTABLE (KIP-890).
 *
 * Advertised from 0 although 0 to 2 are refused: librdkafka before 2.12 takes a higher minimum as a sign that
 * compression is not supported, and stops compressing (KAFKA-18659).
 */
import { brokerId, durationMs, leaderEpoch, offset, partitionIndex, timestampMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, int32, records, string, struct } from '../schema.js';

export const Produce = api(
  'Produce',
  { key: 0, versions: '3-11', advertisedMin: 0, flexible: 9 },
  {
    request: {
      transactionalId: string.in('3+').nullable('3+').default(null),
      acks: int16, // -1: all in-sync replicas, 1: the leader, 0: no answer
      timeoutMs: durationMs,
      topicData: array({
        name: string.in('0-12').ignorable(),
        partitionData: array({ index: partitionIndex, records: records.nullable() }),
      }),
    },
    response: {
      responses: array({
        name: string.in('0-12').ignorable(),
        partitionResponses: array({
          index: partitionIndex,
          errorCode: int16,
          baseOffset: offset,
          logAppendTimeMs: timestampMs.in('2+').default(-1).ignorable(), // -1 unless the topic stamps append time
          logStartOffset: offset.in('5+').default(-1).ignorable(),
          recordErrors: array({
            batchIndex: int32,
            batchIndexErrorMessage: string.nullable('8+').default(null),
          })
            .in('8+')
            .ignorable(),
          errorMessage: string.in('8+').nullable('8+').default(null).ignorable(),
          currentLeader: struct({ leaderId: brokerId.default(-1), leaderEpoch: leaderEpoch.default(-1) })
            .in('10+')
            .tag(0),
        }),
      }),
      throttleTimeMs: durationMs.in('1+').ignorable(),
      nodeEndpoints: array({
        nodeId: brokerId,
        host: string,
        port: int32,
        rack: string.nullable('10+').default(null),
      })
        .in('10+')
        .tag(0),
    },
  },
);

export type ProduceRequest = Infer<typeof Produce.request>;
export type ProduceResponse = Infer<typeof Produce.response>;
export type ProduceResponseDraft = DraftOf<typeof Produce.response>;
