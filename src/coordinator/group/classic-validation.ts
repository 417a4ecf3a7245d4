import type { GenerationId } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import type { ClassicGroup } from './classic-group.js';

/** Whether that member is in the group, and is not the former self of a static member that has been restarted since. */
export function memberError(
  group: ClassicGroup,
  memberId: string,
  groupInstanceId: string | null,
): ErrorCode {
  if (groupInstanceId !== null) {
    const current = group.staticMemberId(groupInstanceId);
    if (current === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (current !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
  }
  return group.member(memberId) === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.NONE;
}

export function memberOfGenerationError(
  group: ClassicGroup,
  memberId: string,
  groupInstanceId: string | null,
  generationId: GenerationId,
): ErrorCode {
  const error = memberError(group, memberId, groupInstanceId);
  if (error !== ErrorCode.NONE) return error;
  return generationId === group.generationId ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
}
