import { MAX_STRING_BYTES } from '../../wire/reader.js';
import type { StoredClassicGroup } from './state.js';

/** Lengths, ids and times of a group or a member, at most. */
const FIXED_BYTES = 64;
/** UTF-8 takes at most 3 bytes for a UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Whether the strings fit a record. What came over the wire did fit it; but each malformed byte of UTF-8 has become U+FFFD since, which takes
 * three, and a record that cannot be encoded would cost all groups of the shard a reload.
 */
export function fitRecord(...strings: readonly (string | null)[]): boolean {
  return strings.every((string) => {
    const units = string?.length ?? 0;
    return (
      units * BYTES_PER_UNIT_MAX <= MAX_STRING_BYTES || Buffer.byteLength(string ?? '') <= MAX_STRING_BYTES
    );
  });
}

function stringBytes(...strings: readonly (string | null)[]): number {
  let bytes = 0;
  for (const string of strings) if (string !== null) bytes += Buffer.byteLength(string);
  return bytes;
}

/** Bytes of a group's record, at most: reckoned before it is decided, since what is decided has to fit a batch. */
export function storedGroupBytes(groupId: string, group: StoredClassicGroup): number {
  let bytes = FIXED_BYTES + stringBytes(groupId, group.protocolType, group.protocol, group.leader);
  for (const member of group.members) {
    bytes +=
      FIXED_BYTES + stringBytes(member.memberId, member.groupInstanceId, member.clientId, member.clientHost);
    bytes += member.subscription.length + member.assignment.length;
  }
  return bytes;
}

/** Bytes of an offset's record, at most. */
export function storedOffsetBytes(groupId: string, topic: string, metadata: string): number {
  return FIXED_BYTES + stringBytes(groupId, topic, metadata);
}
