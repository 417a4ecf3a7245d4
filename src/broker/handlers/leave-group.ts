/**
 * LeaveGroup, 0 to 5. 3: several members at once, static ones by their instance id (KIP-345). 4: flexible. 5: the reason (KIP-800).
 */
import { ErrorCode } from '../../wire/errors.js';
import { LeaveGroup } from '../../wire/messages/leave-group.js';
import { groupClient } from '../group-client.js';
import { handler } from '../handler.js';

export const leaveGroup = handler(
  LeaveGroup,
  { order: 'early', touches: [['Read', 'Group']] },
  async (request, context, services) => {
    if (!context.authorize('Read', 'Group', request.groupId)) {
      return {
        errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED,
        ...(context.apiVersion >= 3 && { members: [] }),
      };
    }
    const { errorCode, members } = await services.groups.leaveGroup(request, groupClient(context));
    return { errorCode, ...(context.apiVersion >= 3 && { members }) };
  },
);
