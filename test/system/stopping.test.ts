/** SIGTERM: what is parked is answered, the process ends with 0, and the next start has nothing to look over. */
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { NO_UUID } from '../../src/base/ids.js';
import { BatchBuilder } from '../../src/records/builder.js';
import { ErrorCode, errorName } from '../../src/wire/errors.js';
import { DescribeGroups } from '../../src/wire/messages/describe-groups.js';
import { Fetch } from '../../src/wire/messages/fetch.js';
import { FindCoordinator } from '../../src/wire/messages/find-coordinator.js';
import { JoinGroup } from '../../src/wire/messages/join-group.js';
import { Metadata } from '../../src/wire/messages/metadata.js';
import { Produce } from '../../src/wire/messages/produce.js';
import { BrokerProcess } from './parts/broker-process.js';
import { connect } from './parts/client.js';
import { withDirectory } from './parts/temporary-directory.js';

const SETTINGS = {
  'num.partitions': '3',
  'group.initial.rebalance.delay.ms': '60000',
  'offsets.topic.num.partitions': '1',
};

/** The logs whose segments were read through at start: each says so in a line. */
function scannedLogs(broker: BrokerProcess): unknown[] {
  const lines = broker.log.filter(({ message }) => message === 'recovered a log');
  return lines.map(({ log }) => log);
}

function oneBatch(value: string): Buffer {
  const builder = new BatchBuilder();
  builder.append({ key: null, value: Buffer.from(value), timestamp: Date.now() });
  return builder.build();
}

test('answers parked fetches and joins, and exits 0', async () => {
  await withDirectory(async (directory) => {
    const broker = await BrokerProcess.start({ directory, settings: SETTINGS });
    const parked = await connect(broker.address);
    const other = await connect(broker.address);
    await other.call(Metadata, { topics: [{ name: 'orders', topicId: NO_UUID }] });
    await other.call(FindCoordinator, { coordinatorKeys: ['g'] });
    const fetched = parked.call(Fetch, {
      maxWaitMs: 60_000,
      minBytes: 1 << 20,
      maxBytes: 1 << 20,
      topics: [
        { topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] },
      ],
      forgottenTopicsData: [],
    });
    const joined = parked.call(
      JoinGroup,
      {
        groupId: 'g',
        sessionTimeoutMs: 60_000,
        rebalanceTimeoutMs: 60_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      },
      { version: 3 },
    );
    // The join came behind the fetch on one connection: when its member shows, both are parked.
    for (;;) {
      const { groups } = await other.call(DescribeGroups, { groups: ['g'] });
      if (groups[0]!.groupState === 'PreparingRebalance') break;
    }
    const stopped = broker.terminate();
    const fetch = await fetched;
    expect(fetch.responses[0]!.partitions[0]!.records).toHaveLength(0);
    // Whoever joins is sent to ask again who coordinates.
    expect(errorName((await joined).errorCode)).toMatch(
      /^(NOT_COORDINATOR|COORDINATOR_NOT_AVAILABLE|UNKNOWN_MEMBER_ID)$/,
    );
    expect(await stopped, broker.stderr).toEqual({ code: 0, signal: null });
    expect(broker.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test('a clean stop leaves the mark, and a start after it scans nothing; a start after kill -9 does', async () => {
  await withDirectory(async (directory) => {
    const options = { directory, settings: { ...SETTINGS, 'log.segment.bytes': '2000' } };
    let broker = await BrokerProcess.start(options);
    let client = await connect(broker.address);
    await client.call(Metadata, { topics: [{ name: 'orders', topicId: NO_UUID }] });
    for (let at = 0; at < 60; at++) {
      const { responses } = await client.call(Produce, {
        acks: -1,
        timeoutMs: 10_000,
        topicData: [
          {
            name: 'orders',
            partitionData: [0, 1, 2].map((index) => ({ index, records: oneBatch(`value ${at}`) })),
          },
        ],
      });
      expect(responses[0]!.partitionResponses.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0]);
    }
    expect(await broker.terminate()).toEqual({ code: 0, signal: null });
    expect(await readdir(directory)).toContain('.kafka_cleanshutdown');

    broker = await BrokerProcess.start(options);
    expect(scannedLogs(broker)).toEqual([]);
    // The mark is for one start: a crash from here on must not be taken for a clean stop.
    expect(await readdir(directory)).not.toContain('.kafka_cleanshutdown');
    client = await connect(broker.address);
    const { responses } = await client.call(Produce, {
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records: oneBatch('after') }] }],
    });
    expect(responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 60 });
    broker.kill9();
    await broker.exited;

    broker = await BrokerProcess.start(options);
    expect(scannedLogs(broker)).toContain('orders-0');
    await broker.terminate();
  });
});
