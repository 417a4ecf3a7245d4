/** Heartbeat, 0 to 4: a member is alive, and learns of a rebalance. 3: static members (KIP-345). 4: flexible. */
import { ErrorCode } from '../../wire/errors.js';
import { Heartbeat } from '../../wire/messages/heartbeat.js';
import { handler } from '../handler.js';

export const heartbeat = handler(
  Heartbeat,
  { order: 'early', touches: [['Read', 'Group']] },
  async (request, context, services) =>
    context.authorize('Read', 'Group', request.groupId)
      ? services.groups.heartbeat(request)
      : { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED },
);
