/**
 * DescribeProducers (key 61, KIP-664): the producers whose sequences a partition remembers.
 */
import { durationMs, offset, partitionIndex, producerId, timestampMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, int32, string } from '../schema.js';

export const DescribeProducers = api(
  'DescribeProducers',
  { key: 61, versions: '0', flexible: 0 },
  {
    request: {
      topics: array({ name: string, partitionIndexes: array(partitionIndex) }),
    },
    response: {
      throttleTimeMs: durationMs,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex,
          errorCode: int16,
          errorMessage: string.nullable().default(null),
          activeProducers: array({
            producerId,
            producerEpoch: int32, // 32 bits here alone
            lastSequence: int32.default(-1),
            lastTimestamp: timestampMs.default(-1),
            coordinatorEpoch: int32,
            currentTxnStartOffset: offset.default(-1), // -1: no transaction is open
          }),
        }),
      }),
    },
  },
);

export type DescribeProducersRequest = Infer<typeof DescribeProducers.request>;
export type DescribeProducersResponse = Infer<typeof DescribeProducers.response>;
export type DescribeProducersResponseDraft = DraftOf<typeof DescribeProducers.response>;
