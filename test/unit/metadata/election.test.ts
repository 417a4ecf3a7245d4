import { describe, expect, test } from 'vitest';
import { decideElections, settle } from '../../../src/metadata/controller/election.js';
import { ClusterImage } from '../../../src/metadata/image.js';
import { ImageBuilder } from '../../../src/metadata/image-builder.js';
import { brokerKey, partitionKey, topicKey } from '../../../src/metadata/keys.js';
import type { BrokerRegistration, PartitionRecord } from '../../../src/metadata/records.js';
import { OPERATIONS_MAX } from '../../../src/metadata/store/store.js';
import { NO_UUID } from '../../../src/base/ids.js';
import { decodeValue, encodeValue } from '../../../src/metadata/values.js';
import { brokerRecord, partitionRecord, topicRecord, uuidOf } from './arbitrary-records.js';

const ID = uuidOf(1);

function imageOf(
  partitions: readonly PartitionRecord[],
  brokers: readonly BrokerRegistration[],
): ClusterImage {
  const put = (key: string, value: Uint8Array) => ({ key, value, createRevision: 1, modRevision: 1 });
  const entries = [
    put(topicKey('t'), encodeValue('topic', topicRecord('t', ID, partitions.length))),
    ...partitions.map((record) => put(partitionKey(ID, record.index), encodeValue('partition', record))),
    ...brokers.map((record) => put(brokerKey(record.brokerId), encodeValue('broker', record))),
  ];
  return ImageBuilder.fromEntries(1, entries, ClusterImage.EMPTY).image;
}

const LATER = uuidOf(5000);
/** The broker in a later run. */
const restarted = (id: number): BrokerRegistration => brokerRecord(id, { incarnation: LATER });
/** Restarted, with another disk in the place of the one it had. */
const wiped = (id: number): BrokerRegistration =>
  brokerRecord(id, { incarnation: LATER, directories: [uuidOf(6000)] });
/** Replicas 1, 2, 3, all in sync, led by 1 in epoch 4. */
const P = partitionRecord(ID, 0, [1, 2, 3], { leaderEpoch: 4, partitionEpoch: 10 });
const led = (leader: number, isr: readonly number[]): PartitionRecord => ({
  ...P,
  leader,
  isr: P.isr.filter(({ brokerId }) => isr.includes(brokerId)),
});
const unplaced = { ...P, isr: P.isr.map((member) => ({ ...member, directoryId: NO_UUID })) };

interface Row {
  readonly when: string;
  readonly partition: PartitionRecord;
  readonly alive: readonly BrokerRegistration[];
  /** leader, epoch above 4, ISR; or undefined: nothing to do. */
  readonly becomes: readonly [leader: number, epochs: number, isr: readonly number[]] | undefined;
}

const ROWS: readonly Row[] = [
  { when: 'all alive', partition: P, alive: [1, 2, 3].map((id) => brokerRecord(id)), becomes: undefined },
  {
    when: 'a follower dies: it leaves the ISR, the epoch stays',
    partition: P,
    alive: [1, 2].map((id) => brokerRecord(id)),
    becomes: [1, 0, [1, 2]],
  },
  {
    when: 'the leader dies: the next in assignment order',
    partition: P,
    alive: [2, 3].map((id) => brokerRecord(id)),
    becomes: [2, 1, [2, 3]],
  },
  { when: 'leader and next die', partition: P, alive: [brokerRecord(3)], becomes: [3, 1, [3]] },
  { when: 'all die: nobody leads, the ISR stays', partition: P, alive: [], becomes: [-1, 1, [1, 2, 3]] },
  {
    when: 'nobody leads and nobody is back',
    partition: led(-1, [1, 2]),
    alive: [brokerRecord(3)],
    becomes: undefined,
  },
  {
    when: 'nobody leads, and one of the ISR is back',
    partition: led(-1, [1, 2]),
    alive: [restarted(2), brokerRecord(3)],
    becomes: [2, 1, [2]],
  },
  {
    when: 'nobody leads, and only one outside the ISR is alive',
    partition: led(-1, [1]),
    alive: [2, 3].map((id) => brokerRecord(id)),
    becomes: undefined,
  },
  {
    when: 'the leader was restarted before anybody noticed',
    partition: P,
    alive: [restarted(1), brokerRecord(2), brokerRecord(3)],
    becomes: [1, 1, [1, 2, 3]],
  },
  {
    when: 'a follower was restarted',
    partition: P,
    alive: [brokerRecord(1), restarted(2), brokerRecord(3)],
    becomes: undefined,
  },
  {
    when: 'the leader came back with an empty disk',
    partition: P,
    alive: [wiped(1), brokerRecord(2), brokerRecord(3)],
    becomes: [2, 1, [2, 3]],
  },
  {
    when: 'a follower came back with an empty disk',
    partition: P,
    alive: [brokerRecord(1), wiped(2), brokerRecord(3)],
    becomes: [1, 0, [1, 3]],
  },
  {
    when: 'the only replica came back with an empty disk',
    partition: led(1, [1]),
    alive: [wiped(1)],
    becomes: [-1, 1, [1]],
  },
  {
    when: 'the only replica was restarted',
    partition: led(1, [1]),
    alive: [restarted(1)],
    becomes: [1, 1, [1]],
  },
  {
    when: 'the directory was never told: any will do',
    partition: unplaced,
    alive: [wiped(1), brokerRecord(2), brokerRecord(3)],
    becomes: [1, 1, [1, 2, 3]],
  },
];

describe('elections', () => {
  test.each(ROWS)('$when', ({ partition, alive, becomes }) => {
    const image = imageOf([partition], alive);
    const settled = settle(image.partition(ID, 0)!, image);
    if (becomes === undefined) {
      expect(settled).toBeUndefined();
      return;
    }
    const [leader, epochs, isr] = becomes;
    expect(settled).toMatchObject({ leader, leaderEpoch: 4 + epochs, partitionEpoch: 11 });
    expect(settled!.isr.map(({ brokerId }) => brokerId)).toEqual(isr);
    // Decided once, there is nothing more to decide: the event may be seen twice.
    const after = imageOf([settled!], alive);
    expect(settle(after.partition(ID, 0)!, after)).toBeUndefined();
    // Whoever leads is alive, in sync, and in the run it was elected in.
    if (leader >= 0) {
      const elected = settled!.isr.find(({ brokerId }) => brokerId === leader);
      expect(elected?.incarnation).toBe(alive.find(({ brokerId }) => brokerId === leader)?.incarnation);
    }
  });

  test('many partitions are written in changes that fit, each guarded by all it writes', () => {
    const partitions = Array.from({ length: 250 }, (_, index) => partitionRecord(ID, index, [1]));
    const changes = decideElections(imageOf(partitions, [restarted(1)]));
    expect(changes.map(({ puts }) => puts.length)).toEqual([99, 99, 52]);
    for (const { compares, puts, deletes } of changes) {
      // One place is for the controller's own key.
      expect(compares.length).toBeLessThan(OPERATIONS_MAX);
      expect(compares).toEqual(puts.map(({ key }) => ({ key, modRevision: 1 })));
      expect(deletes).toEqual([]);
    }
    const written = changes.flatMap(({ puts }) =>
      puts.map(({ key, value }) => decodeValue('partition', key, value)),
    );
    expect(new Set(written.map(({ index }) => index)).size).toBe(250);
    expect(written.every(({ leaderEpoch }) => leaderEpoch === 1)).toBe(true);
  });
});
