/**
 * @platformatic/kafka: 1.35 is the newest whose code runs on Node 20, 2.12 needs a newer Node. Both know only recent
 * versions (ApiVersions 3 and no other, Produce 7 to 11, Fetch 12 to 17, the flexible ones of the group's APIs). Their
 * quirks, as met here:
 *
 * - zstd is node:zlib's, so there is none on Node 20;
 * - offsets, ids and timestamps are bigint;
 * - an eager member goes on handing out what it had fetched of a partition that is no longer its own, so a record may
 *   be read by the old owner and the new one;
 * - 1.x writes the state of a group in capitals, 2.x does not.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { unique } from '../harness/control.mjs';
import { groupOfThree } from '../harness/group-of-three.mjs';
import { staticMembers } from '../harness/static-members.mjs';
import { pause, until } from '../harness/until.mjs';

const MEMBER = fileURLToPath(new URL('../members/platformatic.mjs', import.meta.url));
const CODECS = ['none', 'gzip', 'snappy', 'lz4', ...(zlib.zstdCompressSync === undefined ? [] : ['zstd'])];

/** @param {{ packageName: string, cooperative: boolean }} client */
export const platformaticSuite =
  (client) =>
  async ({ checks, control, bootstrap, restart }) => {
    const library = await import(client.packageName);
    const {
      Admin,
      ConfigResourceTypes,
      Consumer,
      MessagesStreamFallbackModes,
      MessagesStreamModes,
      ProduceAcks,
      Producer,
    } = library;
    const connection = { clientId: 'interop', bootstrapBrokers: [bootstrap], retries: 2 };
    const admin = new Admin(connection);

    const producing = async (options, work) => {
      const producer = new Producer({ ...connection, serializers: library.stringSerializers, ...options });
      try {
        return await work(producer);
      } finally {
        await producer.close();
      }
    };
    const consume = async (topic, count, options = {}) => {
      const consumer = new Consumer({
        ...connection,
        groupId: unique('reader'),
        deserializers: library.stringDeserializers,
        maxWaitTime: 200,
        sessionTimeout: 6000,
      });
      const read = [];
      try {
        const stream = await consumer.consume({
          topics: [topic],
          mode: MessagesStreamModes.EARLIEST,
          autocommit: false,
          ...options,
        });
        for await (const message of stream) {
          read.push(message);
          if (read.length === count) break;
        }
        return read;
      } finally {
        await consumer.close(true);
      }
    };
    /** The names of Kafka's errors in a refusal, however deep. */
    const refusal = async (promise) => {
      const names = [];
      const collect = (error) => {
        if (error?.apiId !== undefined) names.push(error.apiId);
        for (const each of error?.errors ?? []) collect(each);
        if (error?.cause !== undefined) collect(error.cause);
      };
      await promise.then(
        () => names.push('accepted'),
        (error) => collect(error),
      );
      return [...new Set(names)];
    };

    await checks.feature('cluster', 'metadata: the cluster, and a topic with its id', async () => {
      const topic = await control.topic('meta', 3);
      const metadata = await admin.metadata({ topics: [topic] });
      assert.deepEqual(
        [...metadata.brokers.values()].map(({ host, port }) => `${host}:${port}`),
        [bootstrap.replace('localhost', '127.0.0.1')],
      );
      const found = metadata.topics.get(topic);
      assert.equal(found.partitionsCount, 3);
      assert.match(found.id, /^[0-9a-f-]{36}$/);
      assert.notEqual(found.id, '00000000-0000-0000-0000-000000000000');
    });

    await checks.feature('topics', 'admin: creates topics, with settings, and lists them', async () => {
      const topic = unique('admin');
      const [created] = await admin.createTopics({
        topics: [topic],
        partitions: 3,
        replicas: 1,
        configs: [{ name: 'retention.ms', value: '12345' }],
      });
      assert.equal(created.name, topic);
      assert.equal(created.partitions, 3);
      assert.equal(created.replicas, 1);
      assert.equal(created.configuration['retention.ms'], '12345');
      assert.ok((await admin.listTopics()).includes(topic));
      assert.deepEqual(await refusal(admin.createTopics({ topics: [topic] })), ['TOPIC_ALREADY_EXISTS']);
      assert.deepEqual(await refusal(admin.createTopics({ topics: ['no spaces'] })), [
        'INVALID_TOPIC_EXCEPTION',
      ]);
    });

    await checks.feature('describe-configs', "admin: tells a topic's settings, with synonyms", async () => {
      const topic = await control.topic('settings', 1, [{ name: 'retention.ms', value: '12345' }]);
      const resources = [
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: topic,
          configurationKeys: ['retention.ms', 'cleanup.policy'],
        },
      ];
      const [{ configs }] = await admin.describeConfigs({
        resources,
        includeSynonyms: true,
        includeDocumentation: true,
      });
      const found = Object.fromEntries(configs.map(({ name, value }) => [name, value]));
      assert.deepEqual(found, { 'retention.ms': '12345', 'cleanup.policy': 'delete' });
    });

    await checks.feature(['partitions', 'topics'], 'admin: adds partitions and deletes topics', async () => {
      const topic = await control.topic('grow', 1);
      await admin.createPartitions({ topics: [{ name: topic, count: 3 }] });
      await until(
        'three partitions',
        async () =>
          (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic).partitionsCount ===
          3,
      );
      await admin.deleteTopics({ topics: [topic] });
      await until('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
      assert.deepEqual(await refusal(admin.deleteTopics({ topics: [topic] })), [
        'UNKNOWN_TOPIC_OR_PARTITION',
      ]);
    });

    await checks.feature(
      ['list-offsets', 'offsets-by-time'],
      'admin: lists offsets, earliest, latest and by timestamp',
      async () => {
        const topic = await control.topic('offsets');
        const start = Date.now() - 100_000;
        const messages = [0, 1, 2, 3].map((n) => ({
          topic,
          value: String(n),
          timestamp: BigInt(start + n * 1000),
        }));
        await producing({}, (producer) => producer.send({ messages, acks: ProduceAcks.ALL }));
        const at = async (timestamp) => {
          const [{ partitions }] = await admin.listOffsets({
            topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }],
          });
          return [Number(partitions[0].offset), Number(partitions[0].timestamp)];
        };
        assert.deepEqual(await at(-2n), [0, -1]);
        assert.deepEqual(await at(-1n), [4, -1]);
        assert.deepEqual(await at(BigInt(start + 1000)), [1, start + 1000]);
        assert.deepEqual(await at(BigInt(start + 1001)), [2, start + 2000]);
        assert.deepEqual(await at(BigInt(start + 9000)), [-1, -1]);
      },
    );

    for (const codec of CODECS) {
      for (const idempotent of [false, true]) {
        const shows = [...(codec === 'none' ? [] : [codec]), ...(idempotent ? ['idempotence'] : [])];
        await checks.feature(
          shows,
          `produces and consumes 2,000 records: ${codec}${idempotent ? ', idempotent' : ''}`,
          async () => {
            const topic = await control.topic('codec');
            const values = Array.from({ length: 2000 }, (_, n) => `${n}-${'abcdefghij'.repeat(n % 10)}`);
            await producing({ idempotent, compression: codec }, async (producer) => {
              for (let from = 0; from < values.length; from += 500) {
                const messages = values.slice(from, from + 500).map((value) => ({ topic, value }));
                const { offsets } = await producer.send({ messages, acks: ProduceAcks.ALL });
                assert.deepEqual(
                  offsets.map(({ offset }) => Number(offset)),
                  [from],
                );
              }
            });
            const read = await consume(topic, values.length);
            assert.deepEqual(
              read.map(({ value }) => value),
              values,
            );
            assert.deepEqual(
              read.map(({ offset }) => Number(offset)),
              [...values.keys()],
            );
          },
        );
      }
    }

    for (const [name, acks] of [
      ['all replicas', -1],
      ['the leader', 1],
      ['nobody', 0],
    ]) {
      await checks.feature('acks', `produces with an answer of ${name}`, async () => {
        const topic = await control.topic('acks');
        await producing({}, (producer) =>
          producer.send({
            messages: [
              { topic, value: 'one' },
              { topic, value: 'two' },
            ],
            acks,
          }),
        );
        assert.deepEqual(
          (await consume(topic, 2)).map(({ value }) => value),
          ['one', 'two'],
        );
      });
    }

    await checks.feature('fields', 'keeps keys, null values, headers and timestamps', async () => {
      const topic = await control.topic('headers');
      const messages = [
        { topic, key: 'k1', value: 'v1', headers: { colour: 'blue' }, timestamp: 1_700_000_000_000n },
        { topic, key: 'k2' },
      ];
      await producing({}, (producer) => producer.send({ messages, acks: ProduceAcks.ALL }));
      const [first, second] = await consume(topic, 2);
      assert.deepEqual(
        [first.key, first.value, Object.fromEntries(first.headers), first.timestamp],
        ['k1', 'v1', { colour: 'blue' }, 1_700_000_000_000n],
      );
      assert.equal(second.key, 'k2');
      assert.ok(
        second.value === undefined || second.value === null || second.value === '',
        `a null value came back as ${second.value}`,
      );
    });

    await checks.feature('too-large', 'a record that is too large is refused', async () => {
      const topic = await control.topic('large', 1, [{ name: 'max.message.bytes', value: '20000' }]);
      await producing({}, async (producer) => {
        assert.deepEqual(
          await refusal(
            producer.send({ messages: [{ topic, value: 'x'.repeat(50_000) }], acks: ProduceAcks.ALL }),
          ),
          ['MESSAGE_TOO_LARGE'],
        );
        await producer.send({ messages: [{ topic, value: 'small' }], acks: ProduceAcks.ALL });
      });
      assert.deepEqual(
        (await consume(topic, 1)).map(({ value }) => value),
        ['small'],
      );
    });

    await checks.feature('positions', 'reads from given offsets, and from the latest', async () => {
      const topic = await control.topic('manual');
      await control.fill(topic, 1, 0, 50);
      const read = await consume(topic, 5, {
        mode: MessagesStreamModes.MANUAL,
        offsets: [{ topic, partition: 0, offset: 45n }],
      });
      assert.deepEqual(
        read.map(({ offset }) => Number(offset)),
        [45, 46, 47, 48, 49],
      );
    });

    await checks.feature(
      ['commits', 'group-offsets'],
      'offsets: committed by hand, listed, gone on from',
      async () => {
        const topic = await control.topic('commits');
        const groupId = unique('commits');
        await control.fill(topic, 1, 0, 20);
        const consumer = new Consumer({
          ...connection,
          groupId,
          deserializers: library.stringDeserializers,
          maxWaitTime: 200,
          sessionTimeout: 6000,
        });
        try {
          const stream = await consumer.consume({
            topics: [topic],
            mode: MessagesStreamModes.COMMITTED,
            fallbackMode: MessagesStreamFallbackModes.EARLIEST,
            autocommit: false,
          });
          for await (const message of stream) {
            if (message.offset !== 11n) continue;
            await message.commit();
            break;
          }
        } finally {
          await consumer.close(true);
        }
        assert.deepEqual(await control.committed(groupId, topic), [12]);
        const [{ topics }] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
        assert.deepEqual(
          topics[0].partitions.map(({ committedOffset }) => committedOffset),
          [12n],
        );
        await admin.alterConsumerGroupOffsets({
          groupId,
          topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 17n }] }],
        });
        assert.deepEqual(await control.committed(groupId, topic), [17]);
      },
    );

    await checks.feature('groups', 'groups: listed, described, found', async () => {
      const topic = await control.topic('described');
      const groupId = unique('described');
      const consumer = new Consumer({
        ...connection,
        groupId,
        maxWaitTime: 200,
        sessionTimeout: 6000,
        heartbeatInterval: 500,
      });
      const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.LATEST });
      stream.resume();
      await until(
        'the group to be stable',
        async () =>
          (await admin.describeGroups({ groups: [groupId] })).get(groupId).state.toUpperCase() === 'STABLE',
      );
      const listed = (await admin.listGroups()).get(groupId);
      assert.equal(listed.protocolType, 'consumer');
      const described = (await admin.describeGroups({ groups: [groupId] })).get(groupId);
      assert.equal(described.members.size, 1);
      const [member] = described.members.values();
      assert.equal(member.clientId, 'interop');
      assert.deepEqual(
        [...member.assignments.values()].map(({ topic: name, partitions }) => [name, partitions]),
        [[topic, [0]]],
      );
      const [coordinator] = await admin.findCoordinator({
        keyType: library.FindCoordinatorKeyTypes.GROUP,
        keys: [groupId],
      });
      assert.equal(`${coordinator.host}:${coordinator.port}`, bootstrap.replace('localhost', '127.0.0.1'));
      await consumer.close(true);
      await until(
        'the group to be empty',
        async () =>
          (await admin.describeGroups({ groups: [groupId] })).get(groupId).state.toUpperCase() === 'EMPTY',
      );
    });

    await checks.feature('large-batches', 'batches of a megabyte over three partitions', async () => {
      const topic = await control.topic('large', 3);
      const value = 'x'.repeat(10_000);
      await producing({}, async (producer) => {
        for (let round = 0; round < 4; round++) {
          const messages = Array.from({ length: 270 }, (_, n) => ({ topic, partition: n % 3, value }));
          const { offsets } = await producer.send({ messages, acks: ProduceAcks.ALL });
          assert.deepEqual(
            offsets.map(({ offset }) => Number(offset)),
            Array(3).fill(round * 90),
          );
        }
      });
      const read = await consume(topic, 1080);
      assert.ok(read.every((each) => each.value === value));
    });

    await checks.feature('auto-create', 'creates a topic by writing to it', async () => {
      const topic = unique('created');
      await producing({ autocreateTopics: true, retries: 10, retryDelay: 100 }, (producer) =>
        producer.send({ messages: [{ topic, value: 'one' }], acks: ProduceAcks.ALL }),
      );
      assert.deepEqual(
        (await consume(topic, 1)).map(({ value }) => value),
        ['one'],
      );
    });

    await checks.feature('pause', 'a paused stream does not read on until it is resumed', async () => {
      const topic = await control.topic('paused');
      const consumer = new Consumer({
        ...connection,
        groupId: unique('paused'),
        deserializers: library.stringDeserializers,
        maxWaitTime: 200,
        sessionTimeout: 6000,
      });
      const read = [];
      try {
        const stream = await consumer.consume({
          topics: [topic],
          mode: MessagesStreamModes.EARLIEST,
          autocommit: false,
        });
        stream.on('data', ({ value }) => read.push(Number(value)));
        await control.fill(topic, 1, 0, 10);
        await until('what was written', () => read.length === 10);
        stream.pause();
        await control.fill(topic, 1, 10, 20);
        await pause(500);
        assert.equal(read.length, 10);
        stream.resume();
        await until('the rest', () => read.length === 20);
        assert.deepEqual(read, [...Array(20).keys()]);
      } finally {
        await consumer.close(true);
      }
    });

    /** A topic's settings, by name. */
    const settings = async (topic) => {
      const [{ configs }] = await admin.describeConfigs({
        resources: [
          { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: null },
        ],
      });
      return Object.fromEntries(configs.map(({ name, value }) => [name, value]));
    };

    await checks.feature('alter-configs', "admin: replaces a topic's settings", async () => {
      const topic = await control.topic('replaced', 1, [{ name: 'retention.ms', value: '12345' }]);
      const configs = [{ name: 'segment.bytes', value: '2000000' }];
      await admin.alterConfigs({
        resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }],
      });
      await until('the change', async () => (await settings(topic))['segment.bytes'] === '2000000');
      assert.equal((await settings(topic))['retention.ms'], '604800000');
    });

    await checks.feature('incremental-configs', "admin: changes a topic's settings one by one", async () => {
      const { SET, DELETE, APPEND, SUBTRACT } = library.IncrementalAlterConfigOperationTypes;
      const topic = await control.topic('changed', 1, [{ name: 'retention.ms', value: '12345' }]);
      const change = (...configs) =>
        admin.incrementalAlterConfigs({
          resources: [
            {
              resourceType: ConfigResourceTypes.TOPIC,
              resourceName: topic,
              configs: configs.map(([configOperation, name, value = null]) => ({
                name,
                configOperation,
                value,
              })),
            },
          ],
        });
      await change([SET, 'segment.bytes', '2000000'], [APPEND, 'cleanup.policy', 'compact']);
      await until('the change', async () => (await settings(topic))['cleanup.policy'] === 'delete,compact');
      const set = await settings(topic);
      assert.deepEqual([set['segment.bytes'], set['retention.ms']], ['2000000', '12345']);
      await change([SUBTRACT, 'cleanup.policy', 'compact'], [DELETE, 'retention.ms']);
      await until('the change', async () => (await settings(topic))['retention.ms'] === '604800000');
      assert.equal((await settings(topic))['cleanup.policy'], 'delete');
      assert.deepEqual(await refusal(change([SET, 'retention.ms', 'soon'])), ['INVALID_CONFIG']);
    });

    await checks.feature('max-timestamp', 'admin: lists the offset of the newest timestamp', async () => {
      const topic = await control.topic('newest');
      const start = Date.now() - 100_000;
      const messages = [0, 5000, 3000, 1000].map((after) => ({
        topic,
        value: 'x',
        timestamp: BigInt(start + after),
      }));
      await producing({}, (producer) => producer.send({ messages, acks: ProduceAcks.ALL }));
      const [{ partitions }] = await admin.listOffsets({
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -3n }] }],
      });
      assert.deepEqual([Number(partitions[0].offset), Number(partitions[0].timestamp)], [1, start + 5000]);
    });

    await checks.feature('delete-records', 'admin: deletes records before an offset', async () => {
      const topic = await control.topic('trimmed');
      await control.fill(topic, 1, 0, 20);
      const before = (offset) =>
        admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset }] }] });
      assert.deepEqual(await before(12n), [
        { name: topic, partitions: [{ partition: 0, lowWatermark: 12n }] },
      ]);
      assert.deepEqual(await control.offsets(topic), [{ low: 12, high: 20 }]);
      assert.deepEqual(await refusal(before(99n)), ['OFFSET_OUT_OF_RANGE']);
    });

    await checks.feature('log-dirs', 'admin: describes log directories', async () => {
      const topic = await control.topic('sized');
      await producing({}, (producer) =>
        producer.send({ messages: [{ topic, value: 'x'.repeat(5000) }], acks: ProduceAcks.ALL }),
      );
      const [{ results }] = await admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] });
      const [directory] = results.filter(({ topics }) => topics.length > 0);
      const size = Number(directory.topics[0].partitions[0].partitionSize);
      assert.ok(size > 5000 && size < 6000, `size: ${size}`);
      assert.ok(directory.totalBytes >= directory.usableBytes && directory.usableBytes > 0n);
    });

    /** A member that has joined a group of its own and committed a record of a topic. */
    const inGroup = async (label, body) => {
      const topic = await control.topic(label);
      const groupId = unique(label);
      await control.fill(topic, 1, 0, 1);
      const consumer = new Consumer({ ...connection, groupId, maxWaitTime: 200, sessionTimeout: 6000 });
      const leave = () => consumer.close(true);
      try {
        const stream = await consumer.consume({
          topics: [topic],
          mode: MessagesStreamModes.EARLIEST,
          autocommit: 100,
        });
        stream.resume();
        await until('the commit', async () => (await control.committed(groupId, topic))[0] === 1);
        await body({ topic, groupId, leave });
      } finally {
        await leave();
      }
    };

    await checks.feature('delete-group-offsets', "admin: deletes a group's offsets", async () => {
      await inGroup('dropped', async ({ topic, groupId, leave }) => {
        const drop = () =>
          admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionIndexes: [0] }] });
        assert.deepEqual(await refusal(drop()), ['GROUP_SUBSCRIBED_TO_TOPIC']);
        await leave();
        await drop();
        assert.deepEqual(await control.committed(groupId, topic), [-1]);
      });
    });

    await checks.feature('delete-groups', 'admin: deletes groups, and not one with members', async () => {
      await inGroup('forgotten', async ({ topic, groupId, leave }) => {
        const groups = [groupId];
        assert.deepEqual(await refusal(admin.deleteGroups({ groups })), ['NON_EMPTY_GROUP']);
        await leave();
        await admin.deleteGroups({ groups });
        assert.deepEqual(await control.committed(groupId, topic), [-1]);
        assert.deepEqual(await refusal(admin.deleteGroups({ groups })), ['GROUP_ID_NOT_FOUND']);
      });
    });

    if (restart !== undefined)
      await checks.feature('restart', 'goes on over a restart of the broker', async () => {
        const topic = await control.topic('restart');
        const groupId = unique('restart');
        const patient = { ...connection, retries: 50, retryDelay: 100 };
        const consumer = new Consumer({
          ...patient,
          groupId,
          deserializers: library.stringDeserializers,
          maxWaitTime: 200,
          sessionTimeout: 6000,
          heartbeatInterval: 500,
        });
        const producer = new Producer({
          ...patient,
          serializers: library.stringSerializers,
          idempotent: true,
        });
        const read = [];
        try {
          const stream = await consumer.consume({
            topics: [topic],
            mode: MessagesStreamModes.EARLIEST,
            autocommit: 100,
          });
          stream.on('data', ({ value }) => read.push(Number(value)));
          const send = (from) =>
            producer.send({
              messages: Array.from({ length: 100 }, (_, n) => ({ topic, value: String(from + n) })),
              acks: ProduceAcks.ALL,
            });
          await send(0);
          await until('what was written before the restart', () => read.length === 100);
          await until('the commit', async () => (await control.committed(groupId, topic))[0] === 100);
          await restart();
          await send(100);
          await until('what was written after it', () => read.length >= 200, {
            describe: () => `${read.length} read`,
          });
          assert.deepEqual(read, [...Array(200).keys()]);
        } finally {
          await producer.close();
          await consumer.close(true);
        }
      });

    const member =
      (assignor) =>
      async ({ topic, group, instance }) => ({
        command: process.execPath,
        args: [
          MEMBER,
          client.packageName,
          bootstrap,
          topic,
          group,
          assignor,
          ...(instance === undefined ? [] : [instance]),
        ],
      });
    await groupOfThree(checks, control, 'group, roundrobin', member('roundrobin'), {
      handsOutWhatItLost: true,
    });
    if (client.cooperative)
      await groupOfThree(checks, control, 'group, cooperative-sticky', member('cooperative-sticky'), {
        feature: 'cooperative',
      });
    await staticMembers(checks, control, 'group', member('roundrobin'));

    await admin.close();
  };
