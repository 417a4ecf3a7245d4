/**
 * DescribeConfigs (key 32): settings of topics and brokers, with their sources.
 *
 * 1 adds sources and synonyms (KIP-226), 2 changes when throttled answers leave, 3 adds types and
 * documentation (KIP-569), 4 is flexible.
 */
import { durationMs } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int8, int16, string } from '../schema.js';

export const DescribeConfigs = api(
  'DescribeConfigs',
  { key: 32, versions: '1-4', flexible: 4 },
  {
    request: {
      resources: array({
        resourceType: int8,
        resourceName: string,
        configurationKeys: array(string).nullable(), // null: all
      }),
      includeSynonyms: boolean.in('1+'),
      includeDocumentation: boolean.in('3+'),
    },
    response: {
      throttleTimeMs: durationMs,
      results: array({
        errorCode: int16,
        errorMessage: string.nullable(),
        resourceType: int8,
        resourceName: string,
        configs: array({
          name: string,
          value: string.nullable(),
          readOnly: boolean,
          configSource: int8.in('1+').default(-1).ignorable(),
          isSensitive: boolean,
          synonyms: array({ name: string, value: string.nullable(), source: int8 }).in('1+').ignorable(),
          configType: int8.in('3+').ignorable(),
          documentation: string.in('3+').nullable().ignorable(),
        }),
      }),
    },
  },
);

export type DescribeConfigsRequest = Infer<typeof DescribeConfigs.request>;
export type DescribeConfigsResponse = Infer<typeof DescribeConfigs.response>;
export type DescribeConfigsResponseDraft = DraftOf<typeof DescribeConfigs.response>;
