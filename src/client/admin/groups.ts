/** Groups: which there are, who is in them, how far they are; and forgetting them. */
import type { Millis, Offset, PartitionIndex } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { DeleteGroups } from '../../wire/messages/delete-groups.js';
import { DescribeGroups } from '../../wire/messages/describe-groups.js';
import { ListGroups } from '../../wire/messages/list-groups.js';
import type { Cluster } from '../cluster.js';
import { fetchCommitted } from '../consumer/committed-offsets.js';
import { type Assigned, CONSUMER_PROTOCOL, decodeAssignment } from '../consumer/consumer-protocol.js';
import type { Position } from '../consumer/fetcher.js';
import { KafkaError } from '../kafka-error.js';
import { EARLIEST, LATEST, listOffsets } from '../offsets.js';
import { retry } from '../retry.js';

export interface GroupListing {
  readonly groupId: string;
  readonly protocolType: string;
  /** Empty where the broker is too old to say. */
  readonly state: string;
}

export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly assignment: Assigned;
}

export interface GroupPartition {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Null: the group has no position there. */
  readonly committedOffset: Offset | null;
  /** Null: the topic is gone. */
  readonly endOffset: Offset | null;
  /** Records that the group has still to read; null where one of the two is missing. */
  readonly lag: number | null;
  /** Null: nobody has it now. */
  readonly memberId: string | null;
}

export interface GroupDescription {
  readonly groupId: string;
  /** `Dead` where the coordinator has never heard of it. */
  readonly state: string;
  readonly protocolType: string;
  readonly protocol: string;
  readonly members: readonly GroupMember[];
  readonly partitions: readonly GroupPartition[];
}

/** Of all brokers, by id. @throws KafkaError */
export function listGroups(cluster: Cluster, timeoutMs: Millis): Promise<GroupListing[]> {
  return retry(cluster, timeoutMs, async () => {
    await cluster.metadata([]);
    const lists = await Promise.all(
      [...cluster.brokers.keys()].map(async (broker) => {
        const connection = await cluster.connectionTo(broker, 'control');
        const answer = await connection.call(ListGroups, {});
        if (answer.errorCode !== ErrorCode.NONE)
          throw new KafkaError(answer.errorCode, `groups of broker ${broker}`);
        return answer.groups.map(({ groupId, protocolType, groupState: state }) => ({
          groupId,
          protocolType,
          state,
        }));
      }),
    );
    return lists.flat().sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
  });
}

/** A group that nobody knows is described as `Dead`, without members or offsets, as the coordinator does. @throws KafkaError */
export async function describeGroup(
  cluster: Cluster,
  groupId: string,
  timeoutMs: Millis,
): Promise<GroupDescription> {
  const { group, committed } = await retry(cluster, timeoutMs, async () => {
    const coordinator = await cluster.findCoordinator(groupId);
    const connection = await cluster.connectionTo(coordinator, 'group');
    const answer = await connection.call(DescribeGroups, { groups: [groupId] });
    const group = answer.groups[0];
    // Kafka 4 answers for an unknown group with an error, older ones with the state Dead.
    const code = group?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    if (!group || (code !== ErrorCode.NONE && code !== ErrorCode.GROUP_ID_NOT_FOUND)) {
      throw new KafkaError(code, `group ${groupId}`);
    }
    return { group, committed: await fetchCommitted(cluster, coordinator, groupId, null) };
  });
  const members = group.members.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    host: member.clientHost,
    assignment:
      group.protocolType === CONSUMER_PROTOCOL ? decodeAssignment(member.memberAssignment) : new Map(),
  }));
  return {
    groupId,
    state: group.groupState === '' ? 'Dead' : group.groupState,
    protocolType: group.protocolType,
    protocol: group.protocolData,
    members,
    partitions: await partitionsOf(cluster, members, [...committed.values()], timeoutMs),
  };
}

/**
 * Forgets a group and its positions.
 * @throws KafkaError: GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP …
 */
export function deleteGroup(cluster: Cluster, groupId: string, timeoutMs: Millis): Promise<void> {
  return retry(cluster, timeoutMs, async () => {
    const coordinator = await cluster.findCoordinator(groupId);
    const connection = await cluster.connectionTo(coordinator, 'group');
    const answer = await connection.call(DeleteGroups, { groupsNames: [groupId] });
    const code = answer.results[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    if (code !== ErrorCode.NONE) throw new KafkaError(code, `group ${groupId}`);
  });
}

/** Every partition that somebody reads or has read, by topic and number. */
async function partitionsOf(
  cluster: Cluster,
  members: readonly GroupMember[],
  committed: readonly Position[],
  timeoutMs: Millis,
): Promise<GroupPartition[]> {
  const rows = new Map<
    string,
    { topic: string; partition: PartitionIndex; committedOffset: Offset | null; memberId: string | null }
  >();
  const row = (topic: string, partition: PartitionIndex) => {
    const key = JSON.stringify([topic, partition]);
    const known = rows.get(key) ?? { topic, partition, committedOffset: null, memberId: null };
    rows.set(key, known);
    return known;
  };
  for (const { topic, partition, offset } of committed) row(topic, partition).committedOffset = offset;
  for (const { memberId, assignment } of members) {
    for (const [topic, partitions] of assignment) {
      for (const partition of partitions) row(topic, partition).memberId = memberId;
    }
  }
  if (rows.size === 0) return [];
  await retry(cluster, timeoutMs, () =>
    cluster.metadata([...new Set([...rows.values()].map(({ topic }) => topic))]),
  );
  const existing = [...rows.values()].filter(
    ({ topic, partition }) => cluster.topic(topic)?.partitions[partition],
  );
  const ask = (at: Millis) =>
    listOffsets(
      cluster,
      existing.map(({ topic, partition }) => ({ topic, partition, at })),
      timeoutMs,
    );
  const [starts, ends] = await Promise.all([ask(EARLIEST), ask(LATEST)]);
  return [...rows.values()]
    .map((known) => {
      const at = existing.indexOf(known);
      const endOffset = ends[at]?.offset ?? null;
      // What retention has removed is not there to be read.
      const from =
        known.committedOffset === null ? null : Math.max(known.committedOffset, starts[at]?.offset ?? 0);
      return {
        ...known,
        endOffset,
        lag: endOffset === null || from === null ? null : Math.max(0, endOffset - from),
      };
    })
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}
