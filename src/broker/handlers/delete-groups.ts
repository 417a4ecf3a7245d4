/**
 * DeleteGroups, 0 to 2: forgets groups without members, and what they committed (KIP-229). The empty name is a group like any other here:
 * consumers without a group commit to it. 1: throttled answers leave at once. 2: flexible.
 */
import { ErrorCode } from '../../wire/errors.js';
import { DeleteGroups } from '../../wire/messages/delete-groups.js';
import { handler } from '../handler.js';

export const deleteGroups = handler(
  DeleteGroups,
  { order: 'early', touches: [['Delete', 'Group']] },
  async (request, context, services) => {
    // A group named twice is answered once.
    const groups = [...new Set(request.groupsNames)];
    const allowed = groups.filter((groupId) => context.authorize('Delete', 'Group', groupId));
    const { results } = await services.groups.deleteGroups({ groupsNames: allowed });
    const codes = new Map(results.map(({ groupId, errorCode }) => [groupId, errorCode]));
    return {
      results: groups.map((groupId) => ({
        groupId,
        errorCode: codes.get(groupId) ?? ErrorCode.GROUP_AUTHORIZATION_FAILED,
      })),
    };
  },
);
