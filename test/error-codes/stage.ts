/** What the table's requests speak of: topics, records, groups. Set up with requests of the same protocol, on any broker. */
import { encodeSubscription } from '../../src/client/consumer/consumer-protocol.js';
import { BatchBuilder, type BatchBuilderOptions } from '../../src/records/builder.js';
import { ErrorCode, errorName, isRetriable } from '../../src/wire/errors.js';
import { CreateTopics } from '../../src/wire/messages/create-topics.js';
import { FindCoordinator } from '../../src/wire/messages/find-coordinator.js';
import { InitProducerId } from '../../src/wire/messages/init-producer-id.js';
import { JoinGroup } from '../../src/wire/messages/join-group.js';
import { Metadata } from '../../src/wire/messages/metadata.js';
import { NO_UUID } from '../../src/base/ids.js';
import { OffsetCommit } from '../../src/wire/messages/offset-commit.js';
import { Produce } from '../../src/wire/messages/produce.js';
import { SyncGroup } from '../../src/wire/messages/sync-group.js';
import type { Api, DraftOf } from '../../src/wire/schema.js';
import { type Line, SILENCE } from './line.js';
import type { Stage } from './row.js';

export interface Surroundings {
  readonly nowMs: number;
  /** Between two tries of something that a broker is not ready for yet. */
  readonly pause: () => Promise<void>;
  /** Resolves when an answer has been waited for long enough. */
  readonly patience: () => Promise<void>;
}

const TRIES_MAX = 300;

const TOPICS: readonly (readonly [
  name: string,
  partitions: number,
  configs?: Readonly<Record<string, string>>,
])[] = [
  ['orders', 3],
  ['empty', 1],
  ['dotted.name', 1],
  ['scratch', 1],
  ['sequenced', 1],
  ['small', 1, { 'max.message.bytes': '1000' }],
  ['compacted', 1, { 'cleanup.policy': 'compact' }],
  ['strict', 1, { 'min.insync.replicas': '2' }],
];

export async function setStage(line: Line, { nowMs, pause }: Surroundings): Promise<Stage> {
  const ask = async <A extends Api>(api: A, version: number, draft: DraftOf<A['request']>) => {
    const answer = await line.ask(api, version, draft);
    return answer === SILENCE ? null : answer;
  };
  /** Asks until the broker is ready; whatever else goes wrong, the stage cannot be set. */
  const insist = async (what: string, attempt: () => Promise<number | undefined>): Promise<void> => {
    let code: number | undefined;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      code = await attempt();
      if (code === ErrorCode.NONE) return;
      if (code === undefined || !isRetriable(code)) break;
      await pause();
    }
    throw new Error(`${what}: ${code === undefined ? 'the broker hung up' : errorName(code)}`);
  };

  for (const [name, numPartitions, configs = {}] of TOPICS) {
    await insist(`topic ${name}`, async () => {
      const answer = await ask(CreateTopics, 7, {
        topics: [
          {
            name,
            numPartitions,
            replicationFactor: 1,
            assignments: [],
            configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
          },
        ],
      });
      return answer?.topics[0]?.errorCode;
    });
  }
  const send = (topic: string, records: (at: number) => Buffer, count: number): Promise<void> =>
    inTurn(count, (at) =>
      insist(`records for ${topic}`, async () => {
        const answer = await ask(Produce, 11, {
          acks: -1,
          timeoutMs: 10_000,
          topicData: [{ name: topic, partitionData: [{ index: 0, records: records(at) }] }],
        });
        return answer?.responses[0]?.partitionResponses[0]?.errorCode;
      }),
    );
  await send('orders', () => batch(nowMs), 10);
  await send('sequenced', () => batch(nowMs, { producerId: 4242, producerEpoch: 1, baseSequence: 0 }), 1);

  await insist('a producer id', async () => {
    return (await ask(InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 0 }))?.errorCode;
  });

  for (const groupId of ['busy', 'workers', 'idle', 'committing']) {
    await insist(`the coordinator of ${groupId}`, async () => {
      const answer = await ask(FindCoordinator, 4, { coordinatorKeys: [groupId] });
      return answer?.coordinators[0]?.errorCode;
    });
  }
  const member = async (groupId: string, protocolType: string, metadata: Buffer) => {
    let place = { memberId: '', generationId: -1 };
    const join = async (): Promise<number | undefined> => {
      const answer = await ask(JoinGroup, 9, {
        groupId,
        // As long as may be: nothing beats for it.
        sessionTimeoutMs: 1_800_000,
        rebalanceTimeoutMs: 1_800_000,
        memberId: place.memberId,
        protocolType,
        protocols: [{ name: 'range', metadata }],
      });
      if (answer !== null) place = answer;
      return answer?.errorCode === ErrorCode.MEMBER_ID_REQUIRED ? join() : answer?.errorCode;
    };
    await insist(`a member of ${groupId}`, join);
    await insist(`the assignment of ${groupId}`, async () => {
      const { memberId, generationId } = place;
      const assignments = [{ memberId, assignment: Buffer.from('all') }];
      return (await ask(SyncGroup, 4, { groupId, memberId, generationId, assignments }))?.errorCode;
    });
    return place;
  };
  const { memberId, generationId } = await member('busy', 'consumer', encodeSubscription(['orders']));
  await member('workers', 'connect', Buffer.from('anything'));
  await insist('an offset of the group idle', async () => {
    const answer = await ask(OffsetCommit, 9, {
      groupId: 'idle',
      topics: [
        { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }] },
      ],
    });
    return answer?.topics[0]?.partitions[0]?.errorCode;
  });

  const metadata = await ask(Metadata, 12, { topics: [{ name: 'orders', topicId: NO_UUID }] });
  const orders = metadata!.topics[0]!;
  return {
    ordersId: orders.topicId,
    ordersEpoch: orders.partitions[0]!.leaderEpoch,
    memberId,
    generationId,
    nowMs,
  };
}

function batch(timestamp: number, options: BatchBuilderOptions = {}): Buffer {
  const builder = new BatchBuilder(options);
  builder.append({ key: Buffer.from('k'), value: Buffer.from('v'), timestamp });
  return builder.build();
}

async function inTurn(count: number, work: (at: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < count; at++) await work(at);
}
