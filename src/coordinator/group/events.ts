/** What happens to a shard of groups, and what it answers. */
import type { GenerationId } from '../../base/ids.js';
import type { ErrorCode } from '../../wire/errors.js';
import { DecisionBuilder, type RequestId } from '../machine.js';
import type * as api from './requests.js';
import type { GroupRecord } from './state.js';

export type GroupEvent = GroupRequestEvent | GroupTimerEvent;

export type GroupRequestEvent =
  | {
      readonly kind: 'join';
      readonly to: RequestId;
      readonly request: api.JoinGroupRequest;
      readonly client: api.GroupClient;
      /** Drawn for the member id of a new member. Empty if the request names one. */
      readonly memberUuid: string;
    }
  | { readonly kind: 'sync'; readonly to: RequestId; readonly request: api.SyncGroupRequest }
  | { readonly kind: 'heartbeat'; readonly to: RequestId; readonly request: api.HeartbeatRequest }
  | {
      readonly kind: 'leave';
      readonly to: RequestId;
      readonly groupId: string;
      readonly members: readonly api.LeavingMember[];
    }
  | {
      readonly kind: 'commit-offsets';
      readonly to: RequestId;
      readonly request: api.OffsetCommitRequest;
      readonly client: api.GroupClient;
    }
  | {
      readonly kind: 'fetch-offsets';
      readonly to: RequestId;
      readonly groups: readonly api.OffsetFetchGroup[];
    }
  | {
      readonly kind: 'describe';
      readonly to: RequestId;
      readonly groupIds: readonly string[];
      readonly apiVersion: number;
    }
  | { readonly kind: 'list'; readonly to: RequestId; readonly request: api.ListGroupsRequest }
  | { readonly kind: 'delete-groups'; readonly to: RequestId; readonly groupIds: readonly string[] }
  | { readonly kind: 'delete-offsets'; readonly to: RequestId; readonly request: api.OffsetDeleteRequest }
  | { readonly kind: 'topic-deleted'; readonly to: RequestId; readonly topic: string };

/** Fired by a timer that the machine has set. What it is about may be gone by then. */
export type GroupTimerEvent =
  | { readonly kind: 'session-timeout'; readonly groupId: string; readonly memberId: string }
  | { readonly kind: 'join-timeout'; readonly groupId: string }
  /** The initial rebalance has waited for `waitedMs`; it may go on for `remainingMs`. */
  | {
      readonly kind: 'initial-delay-over';
      readonly groupId: string;
      readonly waitedMs: number;
      readonly remainingMs: number;
    }
  | { readonly kind: 'sync-timeout'; readonly groupId: string; readonly generationId: GenerationId }
  | { readonly kind: 'expire-offsets' };

export type GroupReply =
  | { readonly kind: 'join'; readonly response: api.JoinGroupResponse }
  | { readonly kind: 'sync'; readonly response: api.SyncGroupResponse }
  | { readonly kind: 'heartbeat'; readonly response: api.HeartbeatResponse }
  | { readonly kind: 'leave'; readonly response: api.LeaveGroupResponse }
  | { readonly kind: 'commit-offsets'; readonly response: api.OffsetCommitResponse }
  | { readonly kind: 'fetch-offsets'; readonly response: api.OffsetFetchResponse }
  | { readonly kind: 'describe'; readonly response: api.DescribeGroupsResponse }
  | { readonly kind: 'list'; readonly response: api.ListGroupsResponse }
  | { readonly kind: 'delete-groups'; readonly response: api.DeleteGroupsResponse }
  | { readonly kind: 'delete-offsets'; readonly response: api.OffsetDeleteResponse }
  | { readonly kind: 'topic-deleted'; readonly response: { readonly errorCode: ErrorCode } };

export class GroupDecision extends DecisionBuilder<GroupEvent, GroupRecord, GroupReply> {}
