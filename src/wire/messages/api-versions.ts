/**
 * ApiVersions (key 18): which APIs a broker speaks, and in which versions. The first request of almost every
 * client.
 *
 * 1 adds the throttle time. 2 changes when throttled answers leave. 3 is flexible, lets the client name its
 * software (KIP-511) and adds features (KIP-584). 4 may list features that start at level 0, which older Java
 * clients cannot read. The response header stays v0 throughout (headers.ts).
 */
import { durationMs } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int16, int64, string } from '../schema.js';

export const ApiVersions = api(
  'ApiVersions',
  { key: 18, versions: '0-4', flexible: 3 },
  {
    request: {
      clientSoftwareName: string.in('3+').ignorable(),
      clientSoftwareVersion: string.in('3+').ignorable(),
    },
    response: {
      errorCode: int16,
      apiKeys: array({ apiKey: int16, minVersion: int16, maxVersion: int16 }),
      throttleTimeMs: durationMs.in('1+').ignorable(),
      supportedFeatures: array({ name: string, minVersion: int16, maxVersion: int16 })
        .in('3+')
        .tag(0)
        .ignorable(),
      // Grows with every change; −1: unknown, and then finalizedFeatures means nothing.
      finalizedFeaturesEpoch: int64.in('3+').tag(1).default(-1).ignorable(),
      finalizedFeatures: array({ name: string, maxVersionLevel: int16, minVersionLevel: int16 })
        .in('3+')
        .tag(2)
        .ignorable(),
      zkMigrationReady: boolean.in('3+').tag(3).ignorable(),
    },
  },
);

export type ApiVersionsRequest = Infer<typeof ApiVersions.request>;
export type ApiVersionsResponse = Infer<typeof ApiVersions.response>;
export type ApiVersionsResponseDraft = DraftOf<typeof ApiVersions.response>;
