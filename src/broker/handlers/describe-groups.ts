/**
 * DescribeGroups, 0 to 6: state and members. An unknown group is Dead, and from version 6 on also GROUP_ID_NOT_FOUND.
 * 3: what the client may do (KIP-430). 4: static members. 5: flexible. 6: errors with messages (KIP-1043).
 */
import { ErrorCode } from '../../wire/errors.js';
import { DescribeGroups } from '../../wire/messages/describe-groups.js';
import { authorizedOperations, NOT_ASKED } from '../authorized-operations.js';
import { groupClient } from '../group-client.js';
import { handler } from '../handler.js';

export const describeGroups = handler(
  DescribeGroups,
  { order: 'early', touches: [['Describe', 'Group']] },
  async (request, context, services) => {
    const allowed = request.groups.filter((group) => context.authorize('Describe', 'Group', group));
    const described = await services.groups.describeGroups({ groups: allowed }, groupClient(context));
    const byId = new Map(described.groups.map((group) => [group.groupId, group]));
    return {
      groups: request.groups.map((groupId) => {
        const group = byId.get(groupId);
        if (!group) return denied(groupId);
        const { errorMessage, ...shown } = group;
        return {
          ...shown,
          // Versions before 6 cannot carry it.
          ...(context.apiVersion >= 6 && { errorMessage }),
          authorizedOperations: request.includeAuthorizedOperations
            ? authorizedOperations(context, 'Group', groupId)
            : NOT_ASKED,
        };
      }),
    };
  },
);

function denied(groupId: string) {
  return {
    errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
  };
}
