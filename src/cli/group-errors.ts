/** What a coordinator says of groups, told in a person's words, with what to do about it. */
import { UserError } from '../base/errors.js';
import { KafkaError } from '../client/kafka-error.js';
import { ErrorCode } from '../wire/errors.js';

/** The error as a person meets it; one that says nothing special about groups as it is. */
export function groupError(groupId: string, error: unknown): unknown {
  if (!(error instanceof KafkaError)) return error;
  switch (error.code) {
    case ErrorCode.GROUP_ID_NOT_FOUND:
      return groupNotFound(groupId, error);
    // What a coordinator answers to a commit from outside while the group has members.
    case ErrorCode.UNKNOWN_MEMBER_ID:
    case ErrorCode.NON_EMPTY_GROUP:
      return groupActive(groupId, 'it has members', error);
    case ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC:
      return new UserError(
        error.errorName,
        `group ${groupId} has a member that subscribes to the topic`,
        'Stop the members that read it, or take the topic from their subscription, and try again.',
        { cause: error },
      );
    default:
      return error;
  }
}

export function groupNotFound(groupId: string, cause?: unknown): UserError {
  return new UserError(
    'GROUP_NOT_FOUND',
    `there is no group ${groupId}`,
    '`millrace group list` shows those that exist.',
    { cause },
  );
}

export function groupActive(groupId: string, why: string, cause?: unknown): UserError {
  return new UserError(
    'NON_EMPTY_GROUP',
    `group ${groupId} is in use: ${why}`,
    `Stop its members first, and wait until the session time-out of those that were killed has passed; \`millrace group describe ${groupId}\` shows them.`,
    { cause },
  );
}

/** @throws UserError in the place of what `groupError` knows */
export async function namingGroupTrouble<T>(groupId: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw groupError(groupId, error);
  }
}
