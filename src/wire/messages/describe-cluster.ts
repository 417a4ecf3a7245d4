/**
 * DescribeCluster (key 60): brokers, controller and cluster id (KIP-700). Flexible from the start.
 *
 * 1 adds the endpoint type, so that controllers can be asked for (KIP-919). 2 shows fenced brokers, and
 * marks them (KIP-1073).
 */
import { brokerId, durationMs } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int8, int16, int32, string } from '../schema.js';

/** Authorized operations that nobody asked for. */
const NOT_ASKED = -0x8000_0000;

export const DescribeCluster = api(
  'DescribeCluster',
  { key: 60, versions: '0-2', flexible: 0 },
  {
    request: {
      includeClusterAuthorizedOperations: boolean,
      endpointType: int8.in('1+').default(1), // 1: brokers, 2: controllers
      includeFencedBrokers: boolean.in('2+'),
    },
    response: {
      throttleTimeMs: durationMs,
      errorCode: int16,
      errorMessage: string.nullable().default(null),
      endpointType: int8.in('1+').default(1),
      clusterId: string,
      controllerId: brokerId.default(-1),
      brokers: array({
        brokerId,
        host: string,
        port: int32,
        rack: string.nullable().default(null),
        isFenced: boolean.in('2+'),
      }),
      clusterAuthorizedOperations: int32.default(NOT_ASKED),
    },
  },
);

export type DescribeClusterRequest = Infer<typeof DescribeCluster.request>;
export type DescribeClusterResponse = Infer<typeof DescribeCluster.response>;
export type DescribeClusterResponseDraft = DraftOf<typeof DescribeCluster.response>;
