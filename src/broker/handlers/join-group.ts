/**
 * JoinGroup, 0 to 9: a member asks for a place in the next generation, and waits for it.
 *
 * 1: rebalance timeout apart from the session's. 4: MEMBER_ID_REQUIRED (KIP-394). 5: static members (KIP-345). 6: flexible.
 * 7: protocol type. 8: the reason (KIP-800). 9: a returning static leader may skip the assignment (KIP-814).
 */
import { ErrorCode } from '../../wire/errors.js';
import { JoinGroup } from '../../wire/messages/join-group.js';
import { groupClient } from '../group-client.js';
import { handler } from '../handler.js';

export const joinGroup = handler(
  JoinGroup,
  { order: 'early', touches: [['Read', 'Group']] },
  async (request, context, services) => {
    if (context.authorize('Read', 'Group', request.groupId)) {
      return services.groups.joinGroup(request, groupClient(context));
    }
    return {
      errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED,
      protocolName: context.apiVersion >= 7 ? null : '',
      leader: '',
      memberId: request.memberId,
      members: [],
    };
  },
);
