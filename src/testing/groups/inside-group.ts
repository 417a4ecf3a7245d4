import { UserError } from '../../base/errors.js';
import { type GenerationId, type Millis, partitionName } from '../../base/ids.js';
import type { DescribedGroup, GroupClient } from '../../coordinator/group/requests.js';
import { CONSUMER_OFFSETS_TOPIC } from '../../metadata/internal-topics.js';
import type { Waiting } from '../../replication/waiters.js';
import { ErrorCode, errorMessage, errorName } from '../../wire/errors.js';
import type { Inside } from '../inside.js';
import { keepingAlive } from '../keep-alive.js';
import { checkOptionNames } from '../option-names.js';
import { partitionsOf } from '../records/read-records.js';
import { TIMEOUT_MS_DEFAULT, waitFor } from '../waiting.js';
import { assignedPartitions, subscribedTopics } from './consumer-metadata.js';
import { type CommittedOffsets, describeLag, lagOf, type PartitionLag } from './group-lag.js';
import type {
  CaughtUpOptions,
  GroupOffset,
  StableOptions,
  TestGroup,
  TestGroupMember,
  TestGroupState,
} from './test-group.js';

/** Who asks the coordinator, in versions that know static members and several leaving at once, and hand out no ids beforehand. */
const CLIENT: GroupClient = { apiVersion: 3, clientId: 'millrace/testing', clientHost: '/127.0.0.1' };
/** KafkaJS sends a heartbeat every 3 seconds unless told otherwise, and learns of a rebalance by it. */
const STABLE_TIMEOUT_MS_DEFAULT: Millis = 10_000;
/** There is no such group, or no place yet where groups are kept. */
const NO_GROUP: readonly ErrorCode[] = [ErrorCode.GROUP_ID_NOT_FOUND, ErrorCode.NOT_COORDINATOR];

export class InsideGroup implements TestGroup {
  readonly id: string;
  readonly #inside: Inside;

  constructor(id: string, inside: Inside) {
    this.id = id;
    this.#inside = inside;
  }

  // ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  async state(): Promise<TestGroupState> {
    const { groupState } = await this.#described();
    return groupState as TestGroupState;
  }

  async members(): Promise<TestGroupMember[]> {
    return membersOf(await this.#described());
  }

  async offsets(): Promise<GroupOffset[]> {
    const lags = await this.#lags();
    return lags.flatMap(({ topic, partition, committed, lag }) =>
      committed === null ? [] : [{ topic, partition, ...committed, lag }],
    );
  }

  async lag(): Promise<number> {
    return sum(await this.#lags());
  }

  // ── waiting ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  async caughtUp(options: CaughtUpOptions = {}): Promise<void> {
    checkOptionNames('caughtUp', options, ['topic', 'timeoutMs']);
    const { topic, timeoutMs = TIMEOUT_MS_DEFAULT } = options;
    let lags: readonly PartitionLag[] = [];
    await waitFor(this.#inside.patience, {
      what: `caughtUp of group ${this.id}`,
      timeoutMs,
      listen: (changed) => [
        ...this.#onGroupChange(changed),
        // All: which topics are the group's may change with its next member.
        ...[...this.#inside.broker.partitions.all()].map((partition) => partition.onMove(changed)),
      ],
      look: async () => {
        lags = await this.#lags(topic);
        return lags.length > 0 && sum(lags) === 0 ? true : undefined;
      },
      missing: () => new UserError('GROUP_LAGS', lagging(this.id, timeoutMs, topic, lags)),
    });
  }

  stable(options: StableOptions = {}): Promise<TestGroupMember[]> {
    checkOptionNames('stable', options, ['members', 'timeoutMs']);
    return this.#whenStable(
      options,
      (group) => group.groupState === 'Stable' && [undefined, group.members.length].includes(options.members),
    );
  }

  #whenStable(
    { members, timeoutMs = STABLE_TIMEOUT_MS_DEFAULT }: StableOptions,
    isSo: (group: DescribedGroup) => boolean,
  ): Promise<TestGroupMember[]> {
    let group: DescribedGroup | undefined;
    return waitFor(this.#inside.patience, {
      what: `stable of group ${this.id}`,
      timeoutMs,
      listen: (changed) => this.#onGroupChange(changed),
      look: async () => {
        group = await this.#described();
        return isSo(group) ? membersOf(group) : undefined;
      },
      missing: () => new UserError('GROUP_NOT_STABLE', notStable(this.id, timeoutMs, members, group!)),
    });
  }

  /** What a group is, its partition of `__consumer_offsets` says: it moves with every commit and every generation. */
  #onGroupChange(changed: () => void): Waiting[] {
    const { broker } = this.#inside;
    const partition = broker.partitions.get(CONSUMER_OFFSETS_TOPIC, broker.groups.partitionFor(this.id));
    return [broker.partitions.onChange(changed), ...(partition ? [partition.onMove(changed)] : [])];
  }

  // ── changing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  rebalance(options: Pick<StableOptions, 'timeoutMs'> = {}): Promise<void> {
    checkOptionNames('rebalance', options, ['timeoutMs']);
    return keepingAlive(async () => {
      const before = this.#generation();
      const group = await this.#described();
      if (group.members.length === 0)
        throw new UserError(
          'GROUP_EMPTY',
          `rebalance: group ${this.id} has no members that could join again.`,
        );
      // Else one is under way.
      if (group.groupState === 'Stable') await this.#comeAndGo(group);
      await this.#whenStable(
        options,
        ({ groupState }) => ['Stable', 'Empty'].includes(groupState) && this.#generation() > before,
      );
    });
  }

  /** A member joins, which asks all others to join again, and leaves before any of them can have done so. */
  async #comeAndGo({ protocolType, protocolData, members }: DescribedGroup): Promise<void> {
    const { groups, settings } = this.#inside.broker;
    const groupInstanceId = 'millrace/testing rebalance';
    const reason = 'rebalance() of a test';
    const joined = groups.joinGroup(
      {
        groupId: this.id,
        sessionTimeoutMs: settings.groupMinSessionMs,
        rebalanceTimeoutMs: 1,
        memberId: '',
        groupInstanceId,
        protocolType,
        // What all of them understand, and it says nothing that they have not said.
        protocols: [{ name: protocolData, metadata: members[0]!.memberMetadata }],
        reason,
      },
      CLIENT,
    );
    const leaving = [{ memberId: '', groupInstanceId, reason }];
    await groups.leaveGroup({ groupId: this.id, memberId: '', members: leaving }, CLIENT);
    const { errorCode } = await joined;
    // It had joined, and is gone.
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) return;
    throw this.#failed('rebalance', errorCode as ErrorCode);
  }

  evict(member: string): Promise<void> {
    return keepingAlive(async () => {
      const group = await this.#described();
      const meant = group.members.filter(({ memberId, groupInstanceId, clientId }) =>
        [memberId, groupInstanceId, clientId].includes(member),
      );
      if (meant.length === 0) {
        const there = group.members.map(({ memberId, clientId }) => `${memberId} (client ${clientId})`);
        throw new UserError(
          'MEMBER_UNKNOWN',
          `evict: group ${this.id} has no member ${member}; ${there.length === 0 ? 'it has none at all' : `it has ${there.join(', ')}`}.`,
        );
      }
      const leaving = meant.map(({ memberId, groupInstanceId }) => ({
        memberId,
        groupInstanceId,
        reason: 'evict() of a test',
      }));
      const request = { groupId: this.id, memberId: '', members: leaving };
      const left = await this.#inside.broker.groups.leaveGroup(request, CLIENT);
      const codes = [left.errorCode, ...left.members.map(({ errorCode }) => errorCode)];
      // Unknown: it has gone by itself in the meantime.
      const failed = codes.find((code) => code !== ErrorCode.NONE && code !== ErrorCode.UNKNOWN_MEMBER_ID);
      if (failed !== undefined) throw this.#failed('evict', failed);
    });
  }

  delete(): Promise<void> {
    return keepingAlive(async () => {
      const { results } = await this.#inside.broker.groups.deleteGroups({ groupsNames: [this.id] });
      const { errorCode } = results[0]!;
      if (errorCode === ErrorCode.NONE || NO_GROUP.includes(errorCode)) return;
      if (errorCode !== ErrorCode.NON_EMPTY_GROUP) throw this.#failed('delete', errorCode);
      throw new UserError(
        'GROUP_NOT_EMPTY',
        `delete: group ${this.id} still has members. Disconnect its consumers, or evict() them, before.`,
      );
    });
  }

  // ── asking the coordinator ────────────────────────────────────────────────────────────────────────────────────────────

  async #described(): Promise<DescribedGroup> {
    const { groups } = await this.#inside.broker.groups.describeGroups({ groups: [this.id] }, CLIENT);
    const group = groups[0]!;
    if (NO_GROUP.includes(group.errorCode)) return { ...group, groupState: 'Dead' };
    if (group.errorCode !== ErrorCode.NONE) throw this.#failed('describe', group.errorCode);
    return group;
  }

  /** Of the last generation that the log knows; 0 without one. */
  #generation(): GenerationId {
    const { groups } = this.#inside.broker;
    return groups.stateOf(groups.partitionFor(this.id))?.groups.get(this.id)?.classic?.generation ?? 0;
  }

  /** Of every partition that is the group's: of topics it has committed offsets of, or subscribes to. */
  async #lags(topic?: string): Promise<PartitionLag[]> {
    const { broker } = this.#inside;
    const committed = await this.#committed();
    const topics = topic === undefined ? await this.#topics(committed.topics) : [topic];
    return topics.flatMap((name) => partitionsOf(broker, name).map((each) => lagOf(each, committed.offsets)));
  }

  async #topics(committed: readonly string[]): Promise<string[]> {
    const { members } = await this.#described();
    const subscribed = members.flatMap(({ memberMetadata }) => subscribedTopics(memberMetadata));
    const assigned = members.flatMap(({ memberAssignment }) => assignedPartitions(memberAssignment));
    return [...new Set([...committed, ...subscribed, ...assigned.map(({ topic }) => topic)])].sort();
  }

  async #committed(): Promise<{ readonly topics: readonly string[]; readonly offsets: CommittedOffsets }> {
    const asked = { groupId: this.id, memberId: null, memberEpoch: -1, topics: null };
    const { groups } = await this.#inside.broker.groups.fetchOffsets({
      groups: [asked],
      requireStable: false,
    });
    const { topics, errorCode } = groups[0]!;
    if (errorCode !== ErrorCode.NONE && !NO_GROUP.includes(errorCode))
      throw this.#failed('offsets', errorCode);
    const offsets = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset, metadata }) => {
        return [partitionName(name, partitionIndex), { offset: committedOffset, metadata }] as const;
      }),
    );
    return { topics: topics.map(({ name }) => name), offsets: new Map(offsets) };
  }

  #failed(what: string, error: ErrorCode): UserError {
    const why = `${errorName(error)}: ${errorMessage(error)}`;
    return new UserError('GROUP_UNAVAILABLE', `${what}: group ${this.id}: ${why}`);
  }
}

const HEARTBEATS =
  'Members learn of a rebalance at their next heartbeat: give them a short heartbeat interval.';

function membersOf({ members }: DescribedGroup): TestGroupMember[] {
  return members.map(({ memberId, groupInstanceId, clientId, memberAssignment }) => ({
    memberId,
    groupInstanceId,
    clientId,
    partitions: assignedPartitions(memberAssignment),
  }));
}

function sum(lags: readonly PartitionLag[]): number {
  return lags.reduce((total, { lag }) => total + lag, 0);
}

function lagging(
  id: string,
  timeoutMs: Millis,
  topic: string | undefined,
  lags: readonly PartitionLag[],
): string {
  const waited = `waited ${timeoutMs} ms for group ${id} to catch up`;
  if (lags.length > 0) {
    const lines = lags.filter(({ lag }) => lag > 0).map((lag) => `  ${describeLag(lag)}`);
    return [`${waited}, but it lags:`, ...lines].join('\n');
  }
  return topic === undefined
    ? `${waited}, but it has neither committed offsets nor members that subscribe to a topic.`
    : `${waited} with ${topic}, but there is no such topic.`;
}

function notStable(
  id: string,
  timeoutMs: Millis,
  wanted: number | undefined,
  { groupState, members }: DescribedGroup,
): string {
  const what = wanted === undefined ? 'to be stable' : `to be stable with ${count(wanted)}`;
  const is =
    groupState === 'Dead' ? 'there is no such group' : `it is ${groupState} with ${count(members.length)}`;
  return `waited ${timeoutMs} ms for group ${id} ${what}, but ${is}. ${HEARTBEATS}`;
}

function count(members: number): string {
  return members === 1 ? '1 member' : `${members} members`;
}
