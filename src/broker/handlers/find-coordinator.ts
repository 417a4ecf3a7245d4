/**
 * FindCoordinator, 0 to 6: which broker coordinates a group. On one broker that is this one, once the group's partition of
 * `__consumer_offsets` is led (it is created at the first such question).
 *
 * 1: key type. 3: flexible. 4: many keys in one request (KIP-699). 6: share groups (KIP-932), which
 * are not here yet.
 */
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { FindCoordinator } from '../../wire/messages/find-coordinator.js';
import type { RequestContext } from '../context.js';
import { handler } from '../handler.js';
import type { BrokerServices } from '../services.js';

const GROUP = 0;
const TRANSACTION = 1;

export const findCoordinator = handler(
  FindCoordinator,
  {
    order: 'alone',
    touches: [
      ['Describe', 'Group'],
      ['Describe', 'TransactionalId'],
    ],
  },
  async (request, context, services) => {
    const batched = context.apiVersion >= 4;
    const keys = batched ? request.coordinatorKeys : [request.key];
    const coordinators = [];
    for (const key of keys) coordinators.push(await coordinatorOf(key, request.keyType, context, services));
    if (batched) return { coordinators };
    const { key: _, ...only } = coordinators[0]!;
    return only;
  },
);

async function coordinatorOf(
  key: string,
  keyType: number,
  context: RequestContext,
  services: BrokerServices,
) {
  const error = await problem(key, keyType, context, services);
  if (error !== ErrorCode.NONE) {
    return { key, nodeId: -1, host: '', port: -1, errorCode: error, errorMessage: errorMessage(error) };
  }
  const { host, port } = services.advertisedTo(context.peer);
  return { key, nodeId: services.nodeId, host, port, errorCode: ErrorCode.NONE, errorMessage: null };
}

async function problem(
  key: string,
  keyType: number,
  context: RequestContext,
  services: BrokerServices,
): Promise<ErrorCode> {
  // There is no transaction coordinator yet: to say "not available" would make clients ask for ever.
  if (keyType === TRANSACTION) return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  if (keyType !== GROUP) return ErrorCode.INVALID_REQUEST;
  if (!context.authorize('Describe', 'Group', key)) return ErrorCode.GROUP_AUTHORIZATION_FAILED;
  return services.ensureOffsetsTopic();
}
