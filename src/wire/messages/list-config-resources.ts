/**
 * ListConfigResources (key 74): the names of all that can be configured. Version 0 lists client metrics alone, as the API did
 * under its first name; 1 adds the other resources (KIP-1142).
 */
import { durationMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, int8, string } from '../schema.js';

export const ListConfigResources = api(
  'ListConfigResources',
  { key: 74, versions: '0-1', flexible: 0 },
  {
    request: {
      resourceTypes: array(int8).in('1+'), // none: all
    },
    response: {
      throttleTimeMs: durationMs,
      errorCode: int16,
      configResources: array({ resourceName: string, resourceType: int8.in('1+').default(16).ignorable() }),
    },
  },
);

export type ListConfigResourcesRequest = Infer<typeof ListConfigResources.request>;
export type ListConfigResourcesResponse = Infer<typeof ListConfigResources.response>;
export type ListConfigResourcesResponseDraft = DraftOf<typeof ListConfigResources.response>;
