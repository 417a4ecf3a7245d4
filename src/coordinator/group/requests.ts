/**
 * What the group coordinator is asked and answers, in the shape of each API's newest version. A decoded request of the wire fits as
 * it is; an answer lacks only `throttleTimeMs`.
 */
import type { GenerationId, LeaderEpoch, Millis, Offset, PartitionIndex } from '../../base/ids.js';
import type { ErrorCode } from '../../wire/errors.js';

/** Who asks. */
export interface GroupClient {
  /** Of the API asked: some behaviour depends on it. */
  readonly apiVersion: number;
  readonly clientId: string;
  /** As DescribeGroups shows it: `/192.0.2.1`. */
  readonly clientHost: string;
}

export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: Millis;
  /** Zero or less (version 0 has none): the session timeout stands in. */
  readonly rebalanceTimeoutMs: Millis;
  /** Empty: a new member. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  readonly reason: string | null;
}

export interface JoinGroupResponse {
  errorCode: ErrorCode;
  generationId: GenerationId;
  /** Null from version 7 on, else empty, where there is none. */
  protocolType: string | null;
  protocolName: string | null;
  leader: string;
  /** The leader is asked not to assign: the group's assignment stands (KIP-814, version 9). */
  skipAssignment: boolean;
  memberId: string;
  members: JoinGroupResponseMember[];
}

export interface JoinGroupResponseMember {
  memberId: string;
  groupInstanceId: string | null;
  metadata: Buffer;
}

export interface SyncGroupRequest {
  readonly groupId: string;
  readonly generationId: GenerationId;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
}

export interface SyncGroupResponse {
  errorCode: ErrorCode;
  protocolType: string | null;
  protocolName: string | null;
  assignment: Buffer;
}

export interface HeartbeatRequest {
  readonly groupId: string;
  readonly generationId: GenerationId;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface HeartbeatResponse {
  errorCode: ErrorCode;
}

export interface LeaveGroupRequest {
  readonly groupId: string;
  /** Up to version 2. */
  readonly memberId: string;
  /** From version 3 on. */
  readonly members: readonly LeavingMember[];
}

export interface LeavingMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly reason: string | null;
}

export interface LeaveGroupResponse {
  errorCode: ErrorCode;
  members: { memberId: string; groupInstanceId: string | null; errorCode: ErrorCode }[];
}

export interface OffsetCommitRequest {
  readonly groupId: string;
  /** −1, with an empty member id: a consumer that assigns its partitions itself. */
  readonly generationIdOrMemberEpoch: GenerationId;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Versions 2 to 4; −1: the broker's own. */
  readonly retentionTimeMs: Millis;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: PartitionIndex;
      readonly committedOffset: Offset;
      readonly committedLeaderEpoch: LeaderEpoch;
      readonly committedMetadata: string | null;
    }[];
  }[];
}

export interface OffsetCommitResponse {
  topics: { name: string; partitions: { partitionIndex: PartitionIndex; errorCode: ErrorCode }[] }[];
}

/** Version 8 and later; a handler puts the one group of older versions into the list. */
export interface OffsetFetchRequest {
  readonly groups: readonly OffsetFetchGroup[];
  /** KIP-447: rather no answer than one that an open transaction may still change. */
  readonly requireStable: boolean;
}

export interface OffsetFetchGroup {
  readonly groupId: string;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  /** Null: all that the group has committed. */
  readonly topics:
    | readonly { readonly name: string; readonly partitionIndexes: readonly PartitionIndex[] }[]
    | null;
}

export interface OffsetFetchResponse {
  groups: OffsetFetchedGroup[];
}

export interface OffsetFetchedGroup {
  groupId: string;
  errorCode: ErrorCode;
  topics: { name: string; partitions: FetchedOffset[] }[];
}

export interface FetchedOffset {
  partitionIndex: PartitionIndex;
  /** −1: none. */
  committedOffset: Offset;
  committedLeaderEpoch: LeaderEpoch;
  metadata: string;
  errorCode: ErrorCode;
}

export interface DescribeGroupsRequest {
  readonly groups: readonly string[];
}

export interface DescribeGroupsResponse {
  groups: DescribedGroup[];
}

export interface DescribedGroup {
  errorCode: ErrorCode;
  /** Version 6 and later. */
  errorMessage: string | null;
  groupId: string;
  groupState: string;
  protocolType: string;
  protocolData: string;
  members: DescribedMember[];
}

export interface DescribedMember {
  memberId: string;
  groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  memberMetadata: Buffer;
  memberAssignment: Buffer;
}

export interface ListGroupsRequest {
  /** Empty: all. Compared without regard to case. */
  readonly statesFilter: readonly string[];
  readonly typesFilter: readonly string[];
}

export interface ListGroupsResponse {
  errorCode: ErrorCode;
  groups: ListedGroup[];
}

export interface ListedGroup {
  groupId: string;
  protocolType: string;
  groupState: string;
  groupType: string;
}

export interface DeleteGroupsRequest {
  readonly groupsNames: readonly string[];
}

export interface DeleteGroupsResponse {
  results: { groupId: string; errorCode: ErrorCode }[];
}

export interface OffsetDeleteRequest {
  readonly groupId: string;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partitionIndex: PartitionIndex }[];
  }[];
}

export interface OffsetDeleteResponse {
  errorCode: ErrorCode;
  topics: { name: string; partitions: { partitionIndex: PartitionIndex; errorCode: ErrorCode }[] }[];
}
