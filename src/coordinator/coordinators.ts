/**
 * The group coordinators of one broker: a shard for each partition of `__consumer_offsets` that it leads, and the way from a group's name to
 * its shard. What the handlers ask; errors are inside the answers.
 */
import { assert } from '../base/assert.js';
import type { LeaderEpoch, PartitionIndex } from '../base/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Entropy } from '../ports/entropy.js';
import type { Logger } from '../ports/logger.js';
import type { Compression } from '../records/compression/compression.js';
import { ErrorCode } from '../wire/errors.js';
import type { CoordinatorLog } from './coordinator-log.js';
import { coordinatorPartition } from './coordinator-partition.js';
import { joinRefused, syncError } from './group/classic-replies.js';
import type { GroupConfig, GroupFacts } from './group/config.js';
import type { GroupEvent, GroupReply } from './group/events.js';
import { GroupMachine } from './group/machine.js';
import { commitResponse } from './group/offsets.js';
import { fitRecord } from './group/record-size.js';
import { groupRecordFormat } from './group/records.js';
import type * as api from './group/requests.js';
import type { GroupRecord, GroupsState, GroupsView } from './group/state.js';
import type { RequestId } from './machine.js';
import { LONE_RECORD_OVERHEAD_BYTES } from './record-batches.js';
import { ReplayPace } from './replay-pace.js';
import { CoordinatorShard, DEFAULT_SHARD_CONFIG, type ShardConfig } from './runtime.js';

export interface GroupCoordinatorsOptions {
  /** Of `__consumer_offsets`: as it is, or as it would be created. */
  readonly partitionCount: () => number;
  /** Whether the cluster has a topic of that name: offsets of one that it has not are dropped when they are loaded. */
  readonly topicExists: (topic: string) => boolean;
  readonly config: GroupConfig;
  readonly shardConfig?: ShardConfig;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
  readonly compression: Compression;
}

type GroupShard = CoordinatorShard<GroupsState, GroupsView, GroupEvent, GroupRecord, GroupReply>;

type ReplyKind = GroupReply['kind'];
type ResponseTo<Kind extends ReplyKind> = Extract<GroupReply, { kind: Kind }>['response'];
type Answer<Kind extends ReplyKind> =
  | { readonly error: null; readonly response: ResponseTo<Kind> }
  | { readonly error: ErrorCode; readonly response: null };

/** From here on the wire can say that there is no protocol. */
const NULLABLE_PROTOCOL_SINCE = 7;
/** From here on LeaveGroup names several members, each with its own result (KIP-345). */
const LEAVE_MANY_SINCE = 3;

export class GroupCoordinators {
  readonly #options: GroupCoordinatorsOptions;
  readonly #shards = new Map<PartitionIndex, GroupShard>();
  readonly #replayPace: ReplayPace;

  constructor(options: GroupCoordinatorsOptions) {
    this.#options = options;
    this.#replayPace = new ReplayPace(options.clock);
  }

  // ── leadership ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Which partition of `__consumer_offsets` keeps this group; its leader is the group's coordinator. */
  partitionFor(groupId: string): PartitionIndex {
    return coordinatorPartition(groupId, this.#options.partitionCount());
  }

  /** Resolves when the partition is loaded, or cannot be; until then its groups are told COORDINATOR_LOAD_IN_PROGRESS. */
  async becomeLeader(log: CoordinatorLog): Promise<void> {
    const before = this.#shards.get(log.partition);
    assert(before === undefined || log.epoch >= before.log.epoch, 'leader epochs do not go back');
    before?.resign();
    const { config, topicExists, clock, logger, compression } = this.#options;
    const facts: GroupFacts = {
      recordBytesMax: () => log.batchBytesMax - LONE_RECORD_OVERHEAD_BYTES,
      topicExists,
    };
    const shard: GroupShard = new CoordinatorShard({
      log,
      newMachine: () => new GroupMachine(config, facts),
      format: groupRecordFormat,
      clock,
      logger,
      compression,
      pace: this.#replayPace,
      config: this.#options.shardConfig ?? DEFAULT_SHARD_CONFIG,
    });
    this.#shards.set(log.partition, shard);
    await shard.start();
  }

  /** Leads the partition no more: whoever waits there is told NOT_COORDINATOR. */
  resign(partition: PartitionIndex): void {
    this.#shards.get(partition)?.resign();
    this.#shards.delete(partition);
  }

  resignAll(): void {
    for (const partition of [...this.#shards.keys()]) this.resign(partition);
  }

  /** The hard state of one partition, for tests and inspection; null unless it is being served. */
  stateOf(partition: PartitionIndex): { readonly epoch: LeaderEpoch; readonly groups: GroupsView } | null {
    const shard = this.#shards.get(partition);
    return shard?.state ? { epoch: shard.log.epoch, groups: shard.state } : null;
  }

  // ── membership ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async joinGroup(request: api.JoinGroupRequest, client: api.GroupClient): Promise<api.JoinGroupResponse> {
    const { groupId, memberId } = request;
    const problem = joinProblem(request, client);
    if (problem !== ErrorCode.NONE) return joinResponse(joinRefused(memberId, problem).response, client);
    // Byte fields are views on the connection's buffer, and members stay for long.
    const protocols = request.protocols.map(({ name, metadata }) => ({
      name,
      metadata: Buffer.from(metadata),
    }));
    const kept = { ...request, protocols };
    const memberUuid = memberId === '' ? randomUuid(this.#options.entropy) : '';
    const { error, response } = await this.#askFor(groupId, 'join', (to) => ({
      kind: 'join',
      to,
      request: kept,
      client,
      memberUuid,
    }));
    return joinResponse(error === null ? response : joinRefused(memberId, error).response, client);
  }

  async syncGroup(request: api.SyncGroupRequest): Promise<api.SyncGroupResponse> {
    if (request.groupId === '') return syncError(ErrorCode.INVALID_GROUP_ID);
    const assignments = request.assignments.map(({ memberId, assignment }) => ({
      memberId,
      assignment: Buffer.from(assignment),
    }));
    const kept = { ...request, assignments };
    const { error, response } = await this.#askFor(request.groupId, 'sync', (to) => ({
      kind: 'sync',
      to,
      request: kept,
    }));
    return error === null ? response : syncError(error);
  }

  async heartbeat(request: api.HeartbeatRequest): Promise<api.HeartbeatResponse> {
    if (request.groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID };
    const { error, response } = await this.#askFor(request.groupId, 'heartbeat', (to) => ({
      kind: 'heartbeat',
      to,
      request,
    }));
    // A member is not to blame for a coordinator that is only loading: it is told that all is well, and will get its whole session.
    if (error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return { errorCode: ErrorCode.NONE };
    return error === null ? response : { errorCode: error };
  }

  async leaveGroup(request: api.LeaveGroupRequest, client: api.GroupClient): Promise<api.LeaveGroupResponse> {
    const { groupId } = request;
    if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID, members: [] };
    const many = client.apiVersion >= LEAVE_MANY_SINCE;
    const members = many
      ? request.members
      : [{ memberId: request.memberId, groupInstanceId: null, reason: null }];
    const { error, response } = await this.#askFor(groupId, 'leave', (to) => ({
      kind: 'leave',
      to,
      groupId,
      members,
    }));
    if (error !== null) return { errorCode: error, members: [] };
    return many ? response : { errorCode: response.members[0]?.errorCode ?? ErrorCode.NONE, members: [] };
  }

  // ── offsets ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether the topics exist is for the caller to check. The empty group id is legal here: consumers without a group commit to it. */
  async commitOffsets(
    request: api.OffsetCommitRequest,
    client: api.GroupClient,
  ): Promise<api.OffsetCommitResponse> {
    if (!fitRecord(request.groupId)) return commitResponse(request, ErrorCode.INVALID_GROUP_ID);
    const { error, response } = await this.#askFor(request.groupId, 'commit-offsets', (to) => ({
      kind: 'commit-offsets',
      to,
      request,
      client,
    }));
    return error === null ? response : commitResponse(request, error);
  }

  /** Groups in the order asked. Nothing is ever unstable while no transaction commits offsets, so `requireStable` is always met. */
  async fetchOffsets(request: api.OffsetFetchRequest): Promise<api.OffsetFetchResponse> {
    const groups = await this.#askEach(
      request.groups,
      ({ groupId }) => groupId,
      async (partition, groups) => {
        const answer = await this.#ask(partition, 'fetch-offsets', (to) => ({
          kind: 'fetch-offsets',
          to,
          groups,
        }));
        if (answer.error === null) return answer.response.groups;
        // Consumers before 3.9 give up on COORDINATOR_NOT_AVAILABLE here, and look for the coordinator on NOT_COORDINATOR.
        const errorCode =
          answer.error === ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.NOT_COORDINATOR : answer.error;
        return groups.map(({ groupId }) => ({ groupId, errorCode, topics: [] }));
      },
    );
    return { groups };
  }

  async deleteOffsets(request: api.OffsetDeleteRequest): Promise<api.OffsetDeleteResponse> {
    if (request.groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID, topics: [] };
    const { error, response } = await this.#askFor(request.groupId, 'delete-offsets', (to) => ({
      kind: 'delete-offsets',
      to,
      request,
    }));
    return error === null ? response : { errorCode: error, topics: [] };
  }

  /**
   * Drops what was committed for a topic that is no more, so that one of the same name does not inherit it. To be called in the turn of the
   * event loop in which the topic goes: what was let in before is dropped, and what is committed to its successor is not. Resolves when that is
   * committed in all partitions led here, those included that are being loaded; a leader to come drops it when it loads.
   */
  async topicDeleted(topic: string): Promise<void> {
    const shards = [...this.#shards.values()];
    await Promise.all(shards.map((shard) => shard.insist((to) => ({ kind: 'topic-deleted', to, topic }))));
  }

  // ── admin ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async describeGroups(
    request: api.DescribeGroupsRequest,
    client: api.GroupClient,
  ): Promise<api.DescribeGroupsResponse> {
    const { apiVersion } = client;
    const groups = await this.#askEach(
      request.groups,
      (groupId) => groupId,
      async (partition, groupIds) => {
        const answer = await this.#ask(partition, 'describe', (to) => ({
          kind: 'describe',
          to,
          groupIds,
          apiVersion,
        }));
        return answer.error === null
          ? answer.response.groups
          : groupIds.map((groupId) => notDescribed(groupId, answer.error));
      },
    );
    return { groups };
  }

  /** The groups coordinated here. A partition that is loading fails the whole answer, so that no group seems to be missing. */
  async listGroups(request: api.ListGroupsRequest): Promise<api.ListGroupsResponse> {
    const answers = await Promise.all(
      Array.from(this.#shards.keys(), (partition) =>
        this.#ask(partition, 'list', (to) => ({ kind: 'list', to, request })),
      ),
    );
    const groups: api.ListedGroup[] = [];
    for (const { error, response } of answers) {
      if (error === null) groups.push(...response.groups);
      else if (error !== ErrorCode.NOT_COORDINATOR) return { errorCode: error, groups: [] };
    }
    return { errorCode: ErrorCode.NONE, groups };
  }

  async deleteGroups(request: api.DeleteGroupsRequest): Promise<api.DeleteGroupsResponse> {
    const results = await this.#askEach(
      request.groupsNames,
      (groupId) => groupId,
      async (partition, groupIds) => {
        const answer = await this.#ask(partition, 'delete-groups', (to) => ({
          kind: 'delete-groups',
          to,
          groupIds,
        }));
        return answer.error === null
          ? answer.response.results
          : groupIds.map((groupId) => ({ groupId, errorCode: answer.error }));
      },
    );
    return { results };
  }

  // ── asking shards ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #askFor<Kind extends ReplyKind>(
    groupId: string,
    kind: Kind,
    eventFor: (to: RequestId) => GroupEvent,
  ): Promise<Answer<Kind>> {
    return this.#ask(this.partitionFor(groupId), kind, eventFor);
  }

  async #ask<Kind extends ReplyKind>(
    partition: PartitionIndex,
    kind: Kind,
    eventFor: (to: RequestId) => GroupEvent,
  ): Promise<Answer<Kind>> {
    const shard = this.#shards.get(partition);
    if (shard === undefined) return { error: ErrorCode.NOT_COORDINATOR, response: null };
    const outcome = await shard.ask(eventFor);
    if (!outcome.ok) return { error: outcome.error, response: null };
    assert(outcome.body.kind === kind, `a ${kind} request is answered as such`);
    return { error: null, response: outcome.body.response as ResponseTo<Kind> };
  }

  /** Asks each shard once for all of its groups, and puts the answers into the order of the request. */
  async #askEach<Asked, Answered>(
    asked: readonly Asked[],
    groupIdOf: (one: Asked) => string,
    ask: (partition: PartitionIndex, some: Asked[]) => Promise<Answered[]>,
  ): Promise<Answered[]> {
    const places = new Map<PartitionIndex, number[]>();
    asked.forEach((one, at) => {
      const partition = this.partitionFor(groupIdOf(one));
      const known = places.get(partition);
      if (known === undefined) places.set(partition, [at]);
      else known.push(at);
    });
    const answers = new Array<Answered>(asked.length);
    await Promise.all(
      Array.from(places, async ([partition, at]) => {
        const some = at.map((place) => asked[place] as Asked);
        const answered = await ask(partition, some);
        assert(answered.length === some.length, 'every group asked for is answered');
        answered.forEach((answer, nth) => {
          answers[at[nth] as number] = answer;
        });
      }),
    );
    return answers;
  }
}

/** What cannot be in a record cannot be in a group. */
function joinProblem(request: api.JoinGroupRequest, client: api.GroupClient): ErrorCode {
  const { groupId, groupInstanceId, protocolType, protocols } = request;
  if (groupId === '' || !fitRecord(groupId)) return ErrorCode.INVALID_GROUP_ID;
  const { clientId, clientHost } = client;
  const fits = fitRecord(
    groupInstanceId,
    protocolType,
    clientId,
    clientHost,
    ...protocols.map(({ name }) => name),
  );
  return fits ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST;
}

function joinResponse(
  response: api.JoinGroupResponse,
  { apiVersion }: api.GroupClient,
): api.JoinGroupResponse {
  if (response.protocolName !== null || apiVersion >= NULLABLE_PROTOCOL_SINCE) return response;
  return { ...response, protocolName: '' };
}

function notDescribed(groupId: string, errorCode: ErrorCode): api.DescribedGroup {
  return {
    errorCode,
    errorMessage: null,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
  };
}

/** A random uuid in its usual form (RFC 9562, version 4). */
function randomUuid(entropy: Entropy): string {
  const bytes = Buffer.from(entropy.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
