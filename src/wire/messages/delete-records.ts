/**
 * DeleteRecords (key 21, KIP-107): moves the start of a partition's log up to an offset.
 *
 * 1 changes when throttled answers leave, 2 is flexible.
 */
import { durationMs, offset, partitionIndex } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, string } from '../schema.js';

export const DeleteRecords = api(
  'DeleteRecords',
  { key: 21, versions: '0-2', flexible: 2 },
  {
    request: {
      topics: array({
        name: string,
        partitions: array({ partitionIndex, offset }), // -1: the high watermark
      }),
      timeoutMs: durationMs,
    },
    response: {
      throttleTimeMs: durationMs,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex,
          lowWatermark: offset, // where the log starts now, over all replicas; -1 with an error
          errorCode: int16,
        }),
      }),
    },
  },
);

export type DeleteRecordsRequest = Infer<typeof DeleteRecords.request>;
export type DeleteRecordsResponse = Infer<typeof DeleteRecords.response>;
export type DeleteRecordsResponseDraft = DraftOf<typeof DeleteRecords.response>;
