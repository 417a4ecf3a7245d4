/**
 * DescribeCluster, 0 to 2: brokers and controller (KIP-700). 1: the kind of endpoint; only brokers (1) are here. 2: fenced brokers too
 * (KIP-1073): here a broker that is not alive is not registered, so there are none to show.
 */
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { DescribeCluster } from '../../wire/messages/describe-cluster.js';
import { authorizedOperations, NOT_ASKED } from '../authorized-operations.js';
import { reachableBrokers } from '../reachable-brokers.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeCluster = handler(
  DescribeCluster,
  { order: 'alone', touches: [['Describe', 'Cluster']] },
  async (request, context, services) => {
    const { endpointType } = request;
    const errorCode = endpointError(endpointType);
    const unserved = errorCode !== ErrorCode.NONE;
    const asked =
      request.includeClusterAuthorizedOperations && context.authorize('Describe', 'Cluster', CLUSTER);
    return {
      errorCode,
      errorMessage: unserved ? errorMessage(errorCode) : null,
      ...(context.apiVersion >= 1 && { endpointType }),
      clusterId: services.clusterId,
      controllerId: services.image().controllerId,
      brokers: unserved
        ? []
        : reachableBrokers(services, context.peer).map(({ nodeId, host, port }) => ({
            brokerId: nodeId,
            host,
            port,
          })),
      clusterAuthorizedOperations: asked ? authorizedOperations(context, 'Cluster', CLUSTER) : NOT_ASKED,
    };
  },
);

/** Controllers have addresses of their own in Kafka, and none here. */
function endpointError(endpointType: number): ErrorCode {
  if (endpointType === BROKERS) return ErrorCode.NONE;
  return endpointType === CONTROLLERS
    ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
    : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE;
}
