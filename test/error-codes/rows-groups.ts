/** Groups: found, joined, kept alive, left; their offsets; and what admins do to them. `busy` has one member, who consumes `orders`. */
import type { Uuid } from '../../src/base/ids.js';
import { NO_UUID } from '../../src/base/ids.js';
import { DeleteGroups } from '../../src/wire/messages/delete-groups.js';
import { DescribeGroups } from '../../src/wire/messages/describe-groups.js';
import { FindCoordinator } from '../../src/wire/messages/find-coordinator.js';
import { Heartbeat } from '../../src/wire/messages/heartbeat.js';
import { JoinGroup, type JoinGroupRequest } from '../../src/wire/messages/join-group.js';
import { LeaveGroup } from '../../src/wire/messages/leave-group.js';
import { ListGroups } from '../../src/wire/messages/list-groups.js';
import { OffsetCommit } from '../../src/wire/messages/offset-commit.js';
import { OffsetDelete } from '../../src/wire/messages/offset-delete.js';
import { OffsetFetch } from '../../src/wire/messages/offset-fetch.js';
import { SyncGroup, type SyncGroupRequest } from '../../src/wire/messages/sync-group.js';
import { type Difference, type Row, type RowOptions, row, type Stage } from './row.js';

const NOBODYS: Uuid = 'AAAAAAAAAAAAAAAAAAAAEQ';

const GROUP = 0;
const TRANSACTION = 1;
const SHARE = 2;

function find(wrong: string, keys: string[], keyType: number, options: RowOptions = {}): Row {
  return row(FindCoordinator, wrong, { coordinatorKeys: keys, keyType }, options);
}

const NO_TRANSACTIONS: Difference = {
  ours: 'NONE, TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  because:
    'Transactions are not served yet, and every other code would make clients ask again for ever. (Kafka makes its transaction topic and asks to come again.)',
};

export const FIND_COORDINATOR: readonly Row[] = [
  find('an empty group name', [''], GROUP),
  find('no key', [], GROUP),
  find('one group twice', ['a', 'a'], GROUP),
  find('a kind of key that there is not', ['a'], 77),
  find('kind of key −1', ['a'], -1),
  find('a share group before version 6', ['a'], SHARE, { version: 5 }),
  find('a share group whose key is none', ['a'], SHARE),
  find('a transactional id', ['a'], TRANSACTION, { differs: NO_TRANSACTIONS }),
  row(FindCoordinator, 'an empty group name', { key: '', keyType: GROUP }, { version: 3 }),
  row(FindCoordinator, 'a kind of key that there is not', { key: 'a', keyType: 77 }, { version: 3 }),
];

function join(wrong: string, change: Partial<JoinGroupRequest>, options: RowOptions = {}): Row {
  return row(
    JoinGroup,
    wrong,
    {
      groupId: 'joining',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
      ...change,
    },
    options,
  );
}

export const JOIN_GROUP: readonly Row[] = [
  join('a new member without an id, which is told to come again with one', {}),
  join('an empty group name', { groupId: '' }),
  join('a session below group.min.session.timeout.ms', { sessionTimeoutMs: 5999 }),
  join('a session above group.max.session.timeout.ms', { sessionTimeoutMs: 1_800_001 }),
  join('a session of −1', { sessionTimeoutMs: -1 }),
  join('a member that the group does not know', { memberId: 'stranger' }),
  join('a member that a group with others does not know', { groupId: 'busy', memberId: 'stranger' }),
  join('no protocol', { protocols: [] }),
  join('no protocol type', { protocolType: '' }),
  join('neither protocol nor type', { protocolType: '', protocols: [] }),
  join('another protocol type than the group has', { groupId: 'busy', protocolType: 'connect' }),
  join('no protocol that the group knows', {
    groupId: 'busy',
    protocols: [{ name: 'unheard-of', metadata: Buffer.from('m') }],
  }),
  join('an instance id whose member is another', { groupInstanceId: 'static', memberId: 'stranger' }),
  join('no protocol', { protocols: [] }, { version: 0 }),
];

function sync(
  wrong: string,
  change: (stage: Stage) => Partial<SyncGroupRequest>,
  options: RowOptions = {},
): Row {
  return row(
    SyncGroup,
    wrong,
    (stage) => ({
      groupId: 'busy',
      generationId: stage.generationId,
      memberId: stage.memberId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [],
      ...change(stage),
    }),
    options,
  );
}

export const SYNC_GROUP: readonly Row[] = [
  sync('an empty group name', () => ({ groupId: '' })),
  sync('a group that there is not', () => ({ groupId: 'nobody' })),
  sync('a member that the group does not know', () => ({ memberId: 'stranger' })),
  sync('no member', () => ({ memberId: '' })),
  sync('the generation before', ({ generationId }) => ({ generationId: generationId - 1 })),
  sync('the generation after', ({ generationId }) => ({ generationId: generationId + 1 })),
  sync('another protocol type', () => ({ protocolType: 'connect' })),
  sync('another protocol', () => ({ protocolName: 'roundrobin' })),
  sync('a protocol type without a protocol', () => ({ protocolName: null })),
  sync('an instance id that the group does not know', () => ({ groupInstanceId: 'stranger' })),
  sync('nothing wrong', () => ({})),
];

interface Beat {
  readonly groupId?: string;
  readonly generationId?: number;
  readonly memberId?: string;
  readonly groupInstanceId?: string;
}

function beat(wrong: string, change: (stage: Stage) => Beat, options: RowOptions = {}): Row {
  return row(
    Heartbeat,
    wrong,
    (stage) => ({
      groupId: 'busy',
      generationId: stage.generationId,
      memberId: stage.memberId,
      ...change(stage),
    }),
    options,
  );
}

export const HEARTBEAT: readonly Row[] = [
  beat('an empty group name', () => ({ groupId: '' })),
  beat('a group that there is not', () => ({ groupId: 'nobody' })),
  beat('a group without members', () => ({ groupId: 'idle', memberId: 'stranger' })),
  beat('a member that the group does not know', () => ({ memberId: 'stranger' })),
  beat('no member', () => ({ memberId: '' })),
  beat('the generation before', ({ generationId }) => ({ generationId: generationId - 1 })),
  beat('the generation after', ({ generationId }) => ({ generationId: generationId + 1 })),
  beat('generation −1', () => ({ generationId: -1 })),
  beat('an instance id that the group does not know', () => ({ groupInstanceId: 'stranger' })),
];

type Leaving = { readonly memberId?: string; readonly groupInstanceId?: string };

function leave(wrong: string, groupId: string, members: readonly Leaving[]): Row {
  return row(LeaveGroup, wrong, {
    groupId,
    members: members.map(({ memberId = '', groupInstanceId = null }) => ({ memberId, groupInstanceId })),
  });
}

export const LEAVE_GROUP: readonly Row[] = [
  leave('an empty group name', '', [{ memberId: 'stranger' }]),
  leave('a group that there is not', 'nobody', [{ memberId: 'stranger' }]),
  leave('a member that the group does not know', 'busy', [{ memberId: 'stranger' }]),
  leave('no member', 'busy', [{}]),
  leave('an empty list of members', 'busy', []),
  leave('an instance id that the group does not know', 'busy', [{ groupInstanceId: 'stranger' }]),
  leave('two members that the group does not know', 'busy', [{ memberId: 'one' }, { memberId: 'two' }]),
  row(
    LeaveGroup,
    'a member that the group does not know',
    { groupId: 'busy', memberId: 'stranger' },
    { version: 2 },
  ),
  row(LeaveGroup, 'a group that there is not', { groupId: 'nobody', memberId: 'stranger' }, { version: 0 }),
];

interface Commit {
  readonly groupId?: string;
  readonly topic?: string;
  readonly topicId?: Uuid;
  readonly partition?: number;
  readonly offset?: number;
  readonly metadata?: string | null;
  readonly generationIdOrMemberEpoch?: number;
  readonly memberId?: string;
  readonly groupInstanceId?: string;
}

function commit(wrong: string, change: (stage: Stage) => Commit, options: RowOptions = {}): Row {
  const { version = 9 } = options;
  return row(
    OffsetCommit,
    wrong,
    (stage) => {
      const { topic = 'orders', topicId, partition = 0, offset = 1, metadata = '', ...rest } = change(stage);
      return {
        groupId: 'committing',
        ...rest,
        topics: [
          {
            ...(topicId === undefined ? { name: topic } : { topicId }),
            partitions: [{ partitionIndex: partition, committedOffset: offset, committedMetadata: metadata }],
          },
        ],
      };
    },
    { ...options, version },
  );
}

export const OFFSET_COMMIT: readonly Row[] = [
  commit('nothing wrong: a consumer without a group', () => ({})),
  commit('a topic that there is not', () => ({ topic: 'nowhere' })),
  commit('an impossible topic name', () => ({ topic: 'a b' })),
  commit('a partition that there is not', () => ({ partition: 3 })),
  commit('partition −1', () => ({ partition: -1 })),
  commit('offset −1', () => ({ offset: -1 })),
  commit('metadata above offset.metadata.max.bytes', () => ({ metadata: 'x'.repeat(4097) })),
  commit('an empty group name', () => ({ groupId: '' })),
  commit('a group with members, by someone who is none', () => ({ groupId: 'busy' })),
  commit('a member that the group does not know', ({ generationId }) => ({
    groupId: 'busy',
    memberId: 'stranger',
    generationIdOrMemberEpoch: generationId,
  })),
  commit('the generation before', ({ memberId, generationId }) => ({
    groupId: 'busy',
    memberId,
    generationIdOrMemberEpoch: generationId - 1,
  })),
  commit('the generation after', ({ memberId, generationId }) => ({
    groupId: 'busy',
    memberId,
    generationIdOrMemberEpoch: generationId + 1,
  })),
  commit('a group that there is not, by one who claims to be a member', () => ({
    groupId: 'nobody',
    memberId: 'stranger',
    generationIdOrMemberEpoch: 1,
  })),
  commit(
    'a group that there is not, by one who claims to be a member',
    () => ({ groupId: 'nobody', memberId: 'stranger', generationIdOrMemberEpoch: 1 }),
    { version: 8 },
  ),
  commit('an instance id that the group does not know', ({ memberId, generationId }) => ({
    groupId: 'busy',
    memberId,
    generationIdOrMemberEpoch: generationId,
    groupInstanceId: 'stranger',
  })),
  commit('an id that there is not', () => ({ topicId: NOBODYS }), { version: 10 }),
  commit('no id', () => ({ topicId: NO_UUID }), { version: 10 }),
  commit('a partition that there is not, by id', ({ ordersId }) => ({ topicId: ordersId, partition: 3 }), {
    version: 10,
  }),
];

interface Fetch {
  readonly groupId?: string;
  readonly topic?: string;
  readonly topicId?: Uuid;
  readonly partition?: number;
  readonly memberId?: string;
  readonly memberEpoch?: number;
}

function fetch(wrong: string, change: Fetch | null, options: RowOptions = {}): Row {
  const { version = 9 } = options;
  const { groupId = 'idle', topic = 'orders', topicId, partition = 0, ...rest } = change ?? {};
  const name = topicId === undefined ? { name: topic } : { topicId };
  return row(
    OffsetFetch,
    wrong,
    {
      groups: [
        {
          groupId: change === null ? 'nobody' : groupId,
          ...rest,
          topics: change === null ? null : [{ ...name, partitionIndexes: [partition] }],
        },
      ],
    },
    { ...options, version },
  );
}

export const OFFSET_FETCH: readonly Row[] = [
  fetch('a group that there is not', { groupId: 'nobody' }),
  fetch('all topics of a group that there is not', null),
  fetch('an empty group name', { groupId: '' }),
  fetch('a topic that there is not', { topic: 'nowhere' }),
  fetch('an impossible topic name', { topic: 'a b' }),
  fetch('a partition that there is not', { partition: 99 }),
  fetch('partition −1', { partition: -1 }),
  fetch('a member epoch, of a group of the classic protocol', {
    groupId: 'busy',
    memberId: 'stranger',
    memberEpoch: 1,
  }),
  fetch('a member epoch, of a group that there is not', {
    groupId: 'nobody',
    memberId: 'stranger',
    memberEpoch: 1,
  }),
  fetch('an id that there is not', { topicId: NOBODYS }, { version: 10 }),
  fetch('no id', { topicId: NO_UUID }, { version: 10 }),
  row(
    OffsetFetch,
    'a group that there is not',
    { groupId: 'nobody', topics: [{ name: 'orders', partitionIndexes: [0] }] },
    { version: 1 },
  ),
  row(OffsetFetch, 'an empty group name', { groupId: '', topics: null }, { version: 7 }),
];

export const DESCRIBE_GROUPS: readonly Row[] = [
  row(DescribeGroups, 'a group that there is not', { groups: ['nobody'] }),
  row(DescribeGroups, 'a group that there is not', { groups: ['nobody'] }, { version: 5 }),
  row(DescribeGroups, 'an empty group name', { groups: [''] }),
  row(DescribeGroups, 'an empty group name', { groups: [''] }, { version: 5 }),
  row(DescribeGroups, 'one group twice', { groups: ['busy', 'busy'] }),
  row(DescribeGroups, 'no group', { groups: [] }),
];

export const LIST_GROUPS: readonly Row[] = [
  row(ListGroups, 'a state that there is not', { statesFilter: ['Asleep'] }),
  row(ListGroups, 'an empty state', { statesFilter: [''] }),
  row(ListGroups, 'a type that there is not', { typesFilter: ['club'] }),
];

const forget = (wrong: string, groupsNames: string[], options: RowOptions = {}): Row =>
  row(DeleteGroups, wrong, { groupsNames }, options);

export const DELETE_GROUPS: readonly Row[] = [
  forget('a group that there is not', ['nobody']),
  forget('a group that there is not', ['nobody'], { version: 0 }),
  forget('a group with members', ['busy']),
  forget('an empty group name', ['']),
  forget('one group that there is not, twice', ['nobody', 'nobody']),
  forget('a group with members beside one that there is not', ['busy', 'nobody']),
  forget('no group', []),
];

function forgetOffsets(wrong: string, groupId: string, topic: string, partitions: readonly number[]): Row {
  return row(OffsetDelete, wrong, {
    groupId,
    topics: [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
  });
}

export const OFFSET_DELETE: readonly Row[] = [
  forgetOffsets('a group that there is not', 'nobody', 'orders', [0]),
  forgetOffsets('a group that there is not, and a topic that there is not', 'nobody', 'nowhere', [0]),
  forgetOffsets('an empty group name', '', 'orders', [0]),
  forgetOffsets('a topic that a member subscribes to', 'busy', 'orders', [0]),
  forgetOffsets('a topic that no member subscribes to', 'busy', 'empty', [0]),
  forgetOffsets('a topic that there is not', 'idle', 'nowhere', [0]),
  forgetOffsets('an impossible topic name', 'idle', 'a b', [0]),
  forgetOffsets('a partition that there is not', 'idle', 'orders', [99]),
  forgetOffsets('partition −1', 'idle', 'orders', [-1]),
  forgetOffsets('an offset that was never committed', 'idle', 'orders', [2]),
  forgetOffsets('a group whose members are no consumers', 'workers', 'orders', [0]),
  row(OffsetDelete, 'no topic, of a group that there is not', { groupId: 'nobody', topics: [] }),
];
