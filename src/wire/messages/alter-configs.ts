/**
 * AlterConfigs (key 33, KIP-133): replaces all that is set on a topic or broker; what is not named returns to its default.
 * IncrementalAlterConfigs does not have that trap.
 *
 * 1 changes when throttled answers leave, 2 is flexible.
 */
import { durationMs } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int16, int8, string } from '../schema.js';

export const AlterConfigs = api(
  'AlterConfigs',
  { key: 33, versions: '0-2', flexible: 2 },
  {
    request: {
      resources: array({
        resourceType: int8,
        resourceName: string,
        configs: array({ name: string, value: string.nullable() }),
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

export type AlterConfigsRequest = Infer<typeof AlterConfigs.request>;
export type AlterConfigsResponse = Infer<typeof AlterConfigs.response>;
export type AlterConfigsResponseDraft = DraftOf<typeof AlterConfigs.response>;
