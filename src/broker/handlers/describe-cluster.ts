/** DescribeCluster, 0 to 1: brokers and controller (KIP-700). 1: the kind of endpoint; only brokers (1) are here. */
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { DescribeCluster } from '../../wire/messages/describe-cluster.js';
import { authorizedOperations, NOT_ASKED } from '../authorized-operations.js';
import { reachableBrokers } from '../reachable-brokers.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';

const BROKERS = 1;

export const describeCluster = handler(
  DescribeCluster,
  { order: 'alone', touches: [['Describe', 'Cluster']] },
  async (request, context, services) => {
    const { endpointType } = request;
    const unserved = endpointType !== BROKERS;
    const errorCode = unserved ? ErrorCode.UNSUPPORTED_ENDPOINT_TYPE : ErrorCode.NONE;
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
