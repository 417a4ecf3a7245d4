/**
 * ListConfigResources, 0 to 1: the names of all that DescribeConfigs and IncrementalAlterConfigs take. 0 is about clients' telemetry alone
 * (KIP-714), of which there is none; 1 adds the other kinds (KIP-1142).
 */
import { ErrorCode } from '../../wire/errors.js';
import { ListConfigResources } from '../../wire/messages/list-config-resources.js';
import { ConfigResource } from '../config-resources.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';
import type { BrokerServices } from '../services.js';

/** In the order of their numbers. */
const TYPES: readonly number[] = Object.values(ConfigResource);

export const listConfigResources = handler(
  ListConfigResources,
  { order: 'early', touches: [['DescribeConfigs', 'Cluster']] },
  async ({ resourceTypes }, context, services) => {
    if (!context.authorize('DescribeConfigs', 'Cluster', CLUSTER))
      return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, configResources: [] };
    if (context.apiVersion === 0) return { errorCode: ErrorCode.NONE, configResources: [] };
    if (resourceTypes.some((type) => !TYPES.includes(type)))
      return { errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] };
    const wanted = resourceTypes.length === 0 ? TYPES : TYPES.filter((type) => resourceTypes.includes(type));
    return {
      errorCode: ErrorCode.NONE,
      configResources: wanted.flatMap((resourceType) =>
        namesOf(resourceType, services).map((resourceName) => ({ resourceName, resourceType })),
      ),
    };
  },
);

function namesOf(resourceType: number, services: BrokerServices): string[] {
  const { topics, brokers } = services.image();
  switch (resourceType) {
    case ConfigResource.TOPIC:
      return [...topics.keys()].sort();
    case ConfigResource.BROKER:
    case ConfigResource.BROKER_LOGGER:
      return [...brokers.keys()].sort((a, b) => a - b).map(String);
    default:
      return [];
  }
}
