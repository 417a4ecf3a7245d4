/**
 * AlterPartitionReassignments, 0 to 1: moves partitions to other brokers, or stops such moves (KIP-455). On one broker there is nowhere to move to:
 * the present assignment is accepted, and all others are refused by name. 1: whether the number of replicas may change.
 */
import { answerReassignment } from '../../metadata/controller/reassignments.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { AlterPartitionReassignments } from '../../wire/messages/alter-partition-reassignments.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';

export const alterPartitionReassignments = handler(
  AlterPartitionReassignments,
  { order: 'alone', touches: [['Alter', 'Cluster']] },
  async (request, context, services) => {
    const { allowReplicationFactorChange } = request;
    if (!context.authorize('Alter', 'Cluster', CLUSTER)) {
      const errorCode = ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
      return {
        allowReplicationFactorChange,
        errorCode,
        errorMessage: errorMessage(errorCode),
        responses: [],
      };
    }
    const image = services.image();
    const rules = { mayChangeReplicationFactor: allowReplicationFactorChange };
    return {
      allowReplicationFactorChange,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      responses: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, replicas }) => {
          const wanted = { topic: name, index: partitionIndex, replicas };
          const { error, message } = answerReassignment(image, wanted, rules);
          return { partitionIndex, errorCode: error, errorMessage: message };
        }),
      })),
    };
  },
);
