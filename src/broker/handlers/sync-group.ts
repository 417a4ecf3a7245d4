/**
 * SyncGroup, 0 to 5: the leader hands in the assignment, every member waits for its part.
 * 3: static members (KIP-345). 4: flexible. 5: protocol type and name (KIP-559).
 */
import { ErrorCode } from '../../wire/errors.js';
import { SyncGroup } from '../../wire/messages/sync-group.js';
import { handler } from '../handler.js';

export const syncGroup = handler(
  SyncGroup,
  { order: 'early', touches: [['Read', 'Group']] },
  async (request, context, services) => {
    if (!context.authorize('Read', 'Group', request.groupId)) {
      return refused(ErrorCode.GROUP_AUTHORIZATION_FAILED);
    }
    const { protocolType, protocolName } = request;
    // The fields may be null on the wire, and nobody who speaks version 5 may leave them so.
    if (context.apiVersion >= 5 && (protocolType === null || protocolName === null)) {
      return refused(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }
    return services.groups.syncGroup(request);
  },
);

function refused(errorCode: ErrorCode) {
  return { errorCode, assignment: Buffer.alloc(0) };
}
