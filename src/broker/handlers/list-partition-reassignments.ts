/** ListPartitionReassignments, 0: which partitions move between brokers (KIP-455). On one broker none ever does. */
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { ListPartitionReassignments } from '../../wire/messages/list-partition-reassignments.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';

export const listPartitionReassignments = handler(
  ListPartitionReassignments,
  { order: 'early', touches: [['Describe', 'Cluster']] },
  async (_request, context) => {
    const allowed = context.authorize('Describe', 'Cluster', CLUSTER);
    const errorCode = allowed ? ErrorCode.NONE : ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
    return { errorCode, errorMessage: allowed ? null : errorMessage(errorCode), topics: [] };
  },
);
