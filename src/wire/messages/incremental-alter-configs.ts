/**
 * IncrementalAlterConfigs (key 44, KIP-339): sets, deletes, appends to or subtracts from single settings of a topic or broker.
 *
 * 1 is flexible.
 */
import { durationMs } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int16, int8, string } from '../schema.js';

export const IncrementalAlterConfigs = api(
  'IncrementalAlterConfigs',
  { key: 44, versions: '0-1', flexible: 1 },
  {
    request: {
      resources: array({
        resourceType: int8,
        resourceName: string,
        configs: array({
          name: string,
          configOperation: int8, // 0 set, 1 delete, 2 append, 3 subtract
          value: string.nullable(),
        }),
      }),
      validateOnly: boolean,
    },
    response: {
      throttleTimeMs: durationMs,
      responses: array({
        errorCode: int16,
        errorMessage: string.nullable(),
        resourceType: int8,
        resourceName: string,
      }),
    },
  },
);

export type IncrementalAlterConfigsRequest = Infer<typeof IncrementalAlterConfigs.request>;
export type IncrementalAlterConfigsResponse = Infer<typeof IncrementalAlterConfigs.response>;
export type IncrementalAlterConfigsResponseDraft = DraftOf<typeof IncrementalAlterConfigs.response>;
