/**
 * InitProducerId, 0 to 5: a producer id for idempotence (KIP-98). Without a transactional id every call gives a new id with
 * epoch 0, whatever id and epoch were sent (KIP-360). Transactional ids are refused until transactions arrive.
 *
 * 2: flexible. 3: the producer's present id and epoch. 4: PRODUCER_FENCED. 5: TRANSACTION_ABORTABLE.
 */
import { NO_PRODUCER } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { InitProducerId } from '../../wire/messages/init-producer-id.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';

/** An id goes with its epoch; −1 and −1: none. */
const NO_PRODUCER_EPOCH = -1;

export const initProducerId = handler(
  InitProducerId,
  { order: 'alone', touches: [['IdempotentWrite', 'Cluster']] },
  async (request, context, services) => {
    if (request.transactionalId === '') return refused(ErrorCode.INVALID_REQUEST);
    if ((request.producerId === NO_PRODUCER) !== (request.producerEpoch === NO_PRODUCER_EPOCH)) {
      return refused(ErrorCode.INVALID_REQUEST);
    }
    if (request.transactionalId !== null) return refused(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    if (!context.authorize('IdempotentWrite', 'Cluster', CLUSTER)) {
      return refused(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
    }
    return { errorCode: ErrorCode.NONE, producerId: await services.nextProducerId(), producerEpoch: 0 };
  },
);

function refused(errorCode: ErrorCode) {
  return { errorCode, producerId: -1, producerEpoch: -1 };
}
