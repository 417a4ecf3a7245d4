/**
 * kafkajs 2.2.4, which asks for Produce 7, Fetch 11, Metadata 6, JoinGroup 5. Its quirks, as met here:
 *
 * - it takes min(its version, the broker's highest) and never looks at the broker's lowest;
 * - its batches carry producer epoch 0 and sequence 0 beside the producer id -1 when it is not idempotent;
 * - snappy, lz4 and zstd are plug-ins; its own constant for zstd is there, its codec is not;
 * - its admin's deleteTopicRecords finds the leaders of topics only that it was asked about before;
 * - its admin's fetchOffsets answers strings, and '-1' for a partition without a commit.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import zstd from '@bokuweb/zstd-wasm';
import kafkajs from 'kafkajs';
import SnappyCodec from 'kafkajs-snappy';
import lz4 from 'lz4-napi';
import { unique } from '../harness/control.mjs';
import { groupOfThree } from '../harness/group-of-three.mjs';
import { pause, until } from '../harness/until.mjs';

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, Partitioners, logLevel } = kafkajs;
const MEMBER = fileURLToPath(new URL('../members/kafkajs.mjs', import.meta.url));

async function installCodecs() {
  await zstd.init();
  CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: async ({ buffer }) => lz4.compressFrameSync(buffer),
    decompress: async (buffer) => lz4.decompressFrameSync(buffer),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }) => Buffer.from(zstd.compress(buffer)),
    decompress: async (buffer) => Buffer.from(zstd.decompress(buffer)),
  });
}

export async function runKafkaJs({ checks, control, bootstrap, restart }) {
  await installCodecs();
  const kafka = new Kafka({ clientId: 'interop', brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();

  const producing = async (options, work) => {
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options });
    await producer.connect();
    try {
      return await work(producer);
    } finally {
      await producer.disconnect();
    }
  };
  /** Reads `count` records of a topic from its beginning, in a group of its own. */
  const consume = async (topic, count, { groupId = unique('reader'), prepare = () => {} } = {}) => {
    const consumer = kafka.consumer({
      groupId,
      maxWaitTimeInMs: 200,
      sessionTimeout: 6000,
      heartbeatInterval: 500,
    });
    const read = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      const running = consumer.run({
        eachMessage: async ({ partition, message }) => {
          read.push({
            partition,
            offset: Number(message.offset),
            key: message.key?.toString(),
            value: message.value?.toString(),
            headers: message.headers,
          });
        },
      });
      prepare(consumer);
      await running;
      await until(`${count} records of ${topic}`, () => read.length >= count, {
        describe: () => `${read.length} read`,
      });
      return read;
    } finally {
      await consumer.disconnect();
    }
  };

  await checks.feature('cluster', 'admin: describes the cluster', async () => {
    const { brokers, controller, clusterId } = await admin.describeCluster();
    assert.equal(brokers.length, 1);
    assert.equal(`${brokers[0].host}:${brokers[0].port}`, bootstrap.replace('localhost', '127.0.0.1'));
    assert.equal(controller, brokers[0].nodeId);
    assert.equal(typeof clusterId, 'string');
  });

  await checks.feature(
    'topics',
    'admin: creates a topic, lists it, tells its partitions, says no to a second one',
    async () => {
      const topic = unique('admin');
      const created = await admin.createTopics({
        topics: [{ topic, numPartitions: 3, replicationFactor: 1 }],
      });
      assert.equal(created, true);
      assert.ok((await admin.listTopics()).includes(topic));
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      assert.deepEqual(
        topics[0].partitions.map((each) => each.partitionId).sort((a, b) => a - b),
        [0, 1, 2],
      );
      assert.equal(await admin.createTopics({ topics: [{ topic }] }), false);
    },
  );

  await checks.feature(
    'topics',
    'admin: refuses what makes no sense, with the error Kafka has for it',
    async () => {
      const refused = async (topic, type) => {
        const refusal = await admin.createTopics({ topics: [topic] }).then(
          () => undefined,
          (error) => error,
        );
        assert.equal(refusal?.errors?.[0]?.type ?? refusal?.type, type, `for ${JSON.stringify(topic)}`);
      };
      await refused({ topic: 'no spaces', numPartitions: 1 }, 'INVALID_TOPIC_EXCEPTION');
      await refused({ topic: unique('none'), numPartitions: 0 }, 'INVALID_PARTITIONS');
      await refused(
        { topic: unique('many'), numPartitions: 1, replicationFactor: 3 },
        'INVALID_REPLICATION_FACTOR',
      );
      await refused(
        { topic: unique('odd'), configEntries: [{ name: 'retention.ms', value: 'soon' }] },
        'INVALID_CONFIG',
      );
    },
  );

  await checks.feature('partitions', 'admin: adds partitions, and takes none away', async () => {
    const topic = await control.topic('grow', 2);
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    await until(
      'four partitions',
      async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length === 4,
    );
    const refusal = await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }).then(
      () => undefined,
      (error) => error,
    );
    assert.equal(refusal?.type ?? refusal?.errors?.[0]?.type, 'INVALID_PARTITIONS');
  });

  await checks.feature('describe-configs', "admin: tells a topic's settings, given and default", async () => {
    const topic = await control.topic('settings', 1, [{ name: 'retention.ms', value: '12345' }]);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms', 'cleanup.policy'] },
      ],
    });
    const values = Object.fromEntries(
      resources[0].configEntries.map((each) => [each.configName, each.configValue]),
    );
    assert.deepEqual(values, { 'retention.ms': '12345', 'cleanup.policy': 'delete' });
  });

  await checks.feature(
    'topics',
    'admin: deletes a topic, which is then unknown, and can be made anew and is empty',
    async () => {
      const topic = await control.topic('gone', 2);
      await control.fill(topic, 2, 0, 10);
      await admin.deleteTopics({ topics: [topic] });
      await until('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
      const offsets = await admin.fetchTopicOffsets(topic);
      assert.deepEqual(
        offsets.map(({ low, high }) => [low, high]),
        [
          ['0', '0'],
          ['0', '0'],
        ],
      );
    },
  );

  await checks.feature(['offsets-by-time', 'list-offsets'], 'admin: finds offsets by timestamp', async () => {
    const topic = await control.topic('times');
    const start = Date.now() - 100_000;
    const messages = [0, 1, 2, 3].map((n) => ({ value: String(n), timestamp: String(start + n * 1000) }));
    await producing({}, (producer) => producer.send({ topic, messages }));
    const at = async (time) => (await admin.fetchTopicOffsetsByTimestamp(topic, time))[0].offset;
    assert.equal(await at(start - 5), '0');
    assert.equal(await at(start + 1000), '1');
    assert.equal(await at(start + 1001), '2');
    // Beyond the last record kafkajs itself answers the end.
    assert.equal(await at(start + 9000), '4');
  });

  for (const [codec, type] of Object.entries(CompressionTypes)) {
    for (const idempotent of [false, true]) {
      const shows = [
        ...(codec === 'None' ? [] : [codec.toLowerCase()]),
        ...(idempotent ? ['idempotence'] : []),
      ];
      await checks.feature(
        shows,
        `produces and consumes 2,000 records: ${codec.toLowerCase()}${idempotent ? ', idempotent' : ''}`,
        async () => {
          const topic = await control.topic('codec');
          const values = Array.from({ length: 2000 }, (_, n) => `${n}-${'abcdefghij'.repeat(n % 10)}`);
          await producing({ idempotent, maxInFlightRequests: 1 }, async (producer) => {
            for (let from = 0; from < values.length; from += 500) {
              const messages = values.slice(from, from + 500).map((value) => ({ value }));
              const [answer] = await producer.send({ topic, messages, compression: type, acks: -1 });
              assert.equal(answer.errorCode, 0);
              assert.equal(answer.baseOffset, String(from));
            }
          });
          const read = await consume(topic, values.length);
          assert.deepEqual(
            read.map(({ value }) => value),
            values,
          );
          assert.deepEqual(
            read.map(({ offset }) => offset),
            [...values.keys()],
          );
        },
      );
    }
  }

  for (const acks of [-1, 1, 0]) {
    await checks.feature('acks', `produces with acks=${acks}`, async () => {
      const topic = await control.topic('acks');
      await producing({}, (producer) =>
        producer.send({ topic, acks, messages: [{ value: 'one' }, { value: 'two' }] }),
      );
      assert.deepEqual(
        (await consume(topic, 2)).map(({ value }) => value),
        ['one', 'two'],
      );
    });
  }

  await checks.feature('fields', 'keeps keys, null values and headers', async () => {
    const topic = await control.topic('headers');
    const messages = [
      { key: 'k1', value: 'v1', headers: { colour: 'blue', empty: '', twice: ['a', 'b'] } },
      { key: 'k2', value: null },
      { key: null, value: 'v3' },
    ];
    await producing({}, (producer) => producer.send({ topic, messages }));
    const read = await consume(topic, 3);
    assert.deepEqual(
      read.map(({ key, value }) => [key, value]),
      [
        ['k1', 'v1'],
        ['k2', undefined],
        [undefined, 'v3'],
      ],
    );
    const { colour, empty, twice } = read[0].headers;
    assert.deepEqual([String(colour), String(empty), twice.map(String)], ['blue', '', ['a', 'b']]);
  });

  await checks.check('sends to many topics and partitions in one batch', async () => {
    const topics = [await control.topic('batch', 3), await control.topic('batch', 2)];
    await producing({}, async (producer) => {
      const topicMessages = topics.map((topic) => ({
        topic,
        messages: Array.from({ length: 60 }, (_, n) => ({ key: `key-${n}`, value: String(n) })),
      }));
      const answers = await producer.sendBatch({ topicMessages });
      assert.ok(answers.every(({ errorCode }) => errorCode === 0));
    });
    for (const topic of topics) {
      const read = await consume(topic, 60);
      assert.deepEqual(
        read.map(({ value }) => Number(value)).sort((a, b) => a - b),
        [...Array(60).keys()],
      );
    }
  });

  await checks.feature(
    'too-large',
    'a record that is too large is refused, and the next one taken',
    async () => {
      const topic = await control.topic('large', 1, [{ name: 'max.message.bytes', value: '20000' }]);
      await producing({ retry: { retries: 0 } }, async (producer) => {
        const refusal = await producer.send({ topic, messages: [{ value: 'x'.repeat(50_000) }] }).then(
          () => undefined,
          (error) => error,
        );
        assert.equal(refusal?.type, 'MESSAGE_TOO_LARGE');
        await producer.send({ topic, messages: [{ value: 'small' }] });
      });
      assert.deepEqual(
        (await consume(topic, 1)).map(({ value }) => value),
        ['small'],
      );
    },
  );

  await checks.feature('pause', 'seeks, backwards and forwards', async () => {
    const topic = await control.topic('seek', 1);
    await control.fill(topic, 1, 0, 50);
    const read = await consume(topic, 5, {
      prepare: (consumer) => consumer.seek({ topic, partition: 0, offset: '45' }),
    });
    assert.deepEqual(
      read.slice(-5).map(({ offset }) => offset),
      [45, 46, 47, 48, 49],
    );
  });

  await checks.feature('positions', 'a consumer beyond the end is sent back to the beginning', async () => {
    const topic = await control.topic('beyond', 1);
    const groupId = unique('beyond');
    await control.fill(topic, 1, 0, 5);
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1000' }] });
    assert.deepEqual(
      (await consume(topic, 5, { groupId })).map(({ offset }) => offset),
      [0, 1, 2, 3, 4],
    );
  });

  await checks.feature(
    ['commits', 'group-offsets'],
    'offsets: committed with metadata, fetched, set, gone on from',
    async () => {
      const topic = await control.topic('commits', 1);
      const groupId = unique('commits');
      await control.fill(topic, 1, 0, 20);
      assert.deepEqual(await control.committed(groupId, topic), [-1]);
      await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '12' }] });
      assert.deepEqual(await control.committed(groupId, topic), [12]);
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, sessionTimeout: 6000 });
      const read = [];
      await consumer.connect();
      await consumer.subscribe({ topic });
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ message }) => {
          read.push(Number(message.offset));
          if (message.offset === '15')
            await consumer.commitOffsets([{ topic, partition: 0, offset: '16', metadata: 'half way' }]);
        },
      });
      await until('eight records', () => read.length === 8, { describe: () => String(read) });
      await consumer.disconnect();
      assert.deepEqual(read, [12, 13, 14, 15, 16, 17, 18, 19]);
      const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] });
      assert.deepEqual(partitions, [{ partition: 0, offset: '16', metadata: 'half way' }]);
    },
  );

  await checks.feature(['groups', 'pattern'], 'groups: listed, described, by a topic pattern', async () => {
    const first = await control.topic('pattern-x');
    const second = await control.topic('pattern-y');
    const groupId = unique('described');
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, sessionTimeout: 6000 });
    let joined;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      joined = payload.memberAssignment;
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [new RegExp(`^(${first}|${second})$`)] });
    await consumer.run({ eachMessage: async () => {} });
    await until('the group to be joined', () => joined);
    assert.deepEqual(joined, { [first]: [0], [second]: [0] });
    const { groups } = await admin.listGroups();
    assert.deepEqual(
      groups.find((each) => each.groupId === groupId),
      { groupId, protocolType: 'consumer' },
    );
    const described = (await admin.describeGroups([groupId])).groups[0];
    assert.equal(described.state, 'Stable');
    assert.equal(described.protocol, 'RoundRobinAssigner');
    assert.deepEqual(
      described.members.map(({ clientId, clientHost }) => [clientId, clientHost]),
      [['interop', '/127.0.0.1']],
    );
    await consumer.disconnect();
    await until(
      'the group to be empty',
      async () => (await admin.describeGroups([groupId])).groups[0].state === 'Empty',
    );
  });

  await checks.feature('large-batches', 'batches of a megabyte over three partitions', async () => {
    const topic = await control.topic('large', 3);
    const value = 'x'.repeat(10_000);
    await producing({}, async (producer) => {
      const messages = Array.from({ length: 270 }, (_, n) => ({ partition: n % 3, value }));
      for (let round = 0; round < 4; round++) {
        const answers = await producer.send({ topic, messages });
        assert.deepEqual(
          answers.map(({ errorCode, baseOffset }) => [errorCode, baseOffset]),
          [0, 1, 2].map(() => [0, String(round * 90)]),
        );
      }
    });
    const read = await consume(topic, 1080);
    assert.ok(read.every((each) => each.value === value));
  });

  await checks.feature('auto-create', 'creates a topic by writing to it', async () => {
    const topic = unique('created');
    await producing({ allowAutoTopicCreation: true }, (producer) =>
      producer.send({ topic, messages: [{ value: 'one' }] }),
    );
    assert.deepEqual(
      (await consume(topic, 1)).map(({ value }) => value),
      ['one'],
    );
  });

  await checks.feature('positions', 'reads from the end, and from an offset', async () => {
    const topic = await control.topic('positions', 1);
    await control.fill(topic, 1, 0, 50);
    const consumer = kafka.consumer({ groupId: unique('positions'), maxWaitTimeInMs: 200 });
    const read = [];
    let joined = false;
    consumer.on(consumer.events.GROUP_JOIN, () => {
      joined = true;
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: false });
      await consumer.run({ eachMessage: async ({ message }) => read.push(Number(message.offset)) });
      await until('the group to be joined', () => joined);
      // It asks for the end with its first fetch: what is written before that may go unread.
      for (let n = 50; read.length === 0; n++) {
        await control.fill(topic, 1, n, n + 1);
        await pause(100);
      }
      assert.ok(read[0] >= 50, `read ${read[0]}`);
      consumer.seek({ topic, partition: 0, offset: '45' });
      await until('the record sought', () => read.includes(45), { describe: () => String(read) });
      assert.ok(!read.includes(44));
    } finally {
      await consumer.disconnect();
    }
  });

  await checks.feature('pause', 'a paused partition is not read until it is resumed', async () => {
    const topic = await control.topic('paused', 2);
    await control.fill(topic, 2, 0, 20);
    const consumer = kafka.consumer({ groupId: unique('paused'), maxWaitTimeInMs: 200 });
    const read = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ partition }) => read.push(partition),
      });
      await until('all to be read', () => read.length === 20);
      consumer.pause([{ topic, partitions: [1] }]);
      await control.fill(topic, 2, 20, 40);
      await until('the other partition to be read', () => read.length === 30);
      assert.equal(read.slice(20).filter((partition) => partition === 1).length, 0);
      consumer.resume([{ topic, partitions: [1] }]);
      await until('all to be read', () => read.length === 40);
    } finally {
      await consumer.disconnect();
    }
  });

  await checks.feature('alter-configs', "admin: replaces a topic's settings", async () => {
    const topic = await control.topic('replaced', 1, [{ name: 'retention.ms', value: '12345' }]);
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [{ name: 'segment.bytes', value: '2000000' }],
        },
      ],
    });
    const values = async () => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      });
      return Object.fromEntries(
        resources[0].configEntries.map(({ configName, configValue }) => [configName, configValue]),
      );
    };
    await until('the change', async () => (await values())['segment.bytes'] === '2000000');
    assert.equal((await values())['retention.ms'], '604800000');
  });

  await checks.feature('delete-records', 'admin: deletes records before an offset', async () => {
    const topic = await control.topic('trimmed', 1);
    await control.fill(topic, 1, 0, 20);
    assert.equal((await admin.fetchTopicOffsets(topic))[0].high, '20');
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '12' }] });
    assert.deepEqual(await control.offsets(topic), [{ low: 12, high: 20 }]);
    assert.deepEqual(
      (await consume(topic, 8)).map(({ value }) => Number(value)),
      [12, 13, 14, 15, 16, 17, 18, 19],
    );
  });

  await checks.feature('delete-groups', 'admin: deletes groups, and not one with members', async () => {
    const topic = await control.topic('forgotten', 1);
    const groupId = unique('forgotten');
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 });
    let joined = false;
    consumer.on(consumer.events.GROUP_JOIN, () => {
      joined = true;
    });
    const refusal = () =>
      admin.deleteGroups([groupId]).then(
        () => 'accepted',
        (error) => error.groups[0].error.type,
      );
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ eachMessage: async () => {} });
    await until('the group to be joined', () => joined);
    assert.equal(await refusal(), 'NON_EMPTY_GROUP');
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
    assert.ok(!(await admin.listGroups()).groups.some((each) => each.groupId === groupId));
    assert.equal(await refusal(), 'GROUP_ID_NOT_FOUND');
  });

  await checks.feature(
    'reassignments',
    'admin: reassigns a partition to where it is, and lists no reassignment',
    async () => {
      const topic = await control.topic('placed', 1);
      const { controller } = await admin.describeCluster();
      await admin.alterPartitionReassignments({
        topics: [{ topic, partitionAssignment: [{ partition: 0, replicas: [controller] }] }],
      });
      const listed = await admin.listPartitionReassignments({ topics: [{ topic, partitions: [0] }] });
      assert.deepEqual(listed.topics, []);
    },
  );

  if (restart !== undefined)
    await checks.feature('restart', 'goes on over a restart of the broker', async () => {
      const topic = await control.topic('restart', 1);
      const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: Partitioners.DefaultPartitioner,
        retry: { retries: 100, maxRetryTime: 1000 },
      });
      const groupId = unique('restart');
      const consumer = kafka.consumer({
        groupId,
        maxWaitTimeInMs: 200,
        sessionTimeout: 6000,
        heartbeatInterval: 500,
        retry: { retries: 100, maxRetryTime: 1000 },
      });
      const read = [];
      await producer.connect();
      await consumer.connect();
      try {
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          autoCommitInterval: 100,
          eachMessage: async ({ message }) => read.push(message.value.toString()),
        });
        const send = (from) =>
          producer.send({
            topic,
            messages: Array.from({ length: 100 }, (_, n) => ({ value: String(from + n) })),
          });
        await send(0);
        await until('what was written before the restart', () => read.length === 100);
        await until('the commit', async () => (await control.committed(groupId, topic))[0] === 100, {
          describe: () => `${read.length} read`,
        });
        await restart();
        await send(100);
        await until('what was written after it', () => read.length >= 200, {
          describe: () => `${read.length} read`,
        });
        assert.deepEqual(
          read,
          Array.from({ length: 200 }, (_, n) => String(n)),
        );
      } finally {
        await consumer.disconnect();
        await producer.disconnect();
      }
    });

  await groupOfThree(checks, control, 'group', async ({ topic, group }) => ({
    command: process.execPath,
    args: [MEMBER, bootstrap, topic, group],
    env: { KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  }));

  await admin.disconnect();
}
