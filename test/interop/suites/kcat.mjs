/**
 * kcat, and with it librdkafka: Debian's 1.7.1 on 2.0.2, which asks for old versions of everything (Produce 7, Fetch 11,
 * Metadata 4). Its quirks, as met here:
 *
 * - a query for a timestamp after the last record answers offset -1;
 * - `-e` ends at the end of every partition, and ends with 0;
 * - told to balance (-G), it reports assignments on standard error and ends with 0 on SIGTERM, having left the group.
 * - it tells a rebalance in two ways, `assigned: …` when eager, `incremental assignment of …` when cooperative.
 */
import assert from 'node:assert/strict';
import { unique } from '../harness/control.mjs';
import { groupOfThree } from '../harness/group-of-three.mjs';
import { run, succeed } from '../harness/processes.mjs';

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

export async function runKcat({ checks, control, bootstrap }) {
  const kcat = (args, input) => succeed('kcat', ['-b', bootstrap, ...args], { input });
  const consume = async (topic, ...args) => {
    const out = await kcat(['-C', '-q', '-e', '-t', topic, '-f', '%p\t%o\t%k\t%s\t%h\\n', ...args]);
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [partition, offset, key, value, headers] = line.split('\t');
        return { partition: Number(partition), offset: Number(offset), key, value, headers };
      });
  };

  await checks.check('metadata: lists the broker and a topic with its partitions', async () => {
    const topic = await control.topic('listed', 3);
    const listing = JSON.parse(await kcat(['-L', '-J', '-t', topic]));
    const [{ name }] = listing.brokers;
    assert.equal(name, bootstrap.replace('localhost', '127.0.0.1'));
    const [{ topic: found, partitions }] = listing.topics;
    assert.equal(found, topic);
    assert.deepEqual(partitions.map((each) => each.partition).sort(), [0, 1, 2]);
    for (const { leader, replicas, isrs } of partitions) {
      assert.equal(leader, listing.brokers[0].id);
      assert.deepEqual(replicas, [{ id: leader }]);
      assert.deepEqual(isrs, [{ id: leader }]);
    }
  });

  await checks.check('metadata: lists all topics', async () => {
    const topic = await control.topic('all');
    const { topics } = JSON.parse(await kcat(['-L', '-J']));
    assert.ok(topics.some((each) => each.topic === topic));
  });

  await checks.check('auto-creates a topic that is produced to', async () => {
    const topic = unique('created');
    await kcat(['-P', '-t', topic], 'one\n');
    assert.deepEqual(
      (await consume(topic)).map(({ value }) => value),
      ['one'],
    );
  });

  for (const codec of CODECS) {
    for (const idempotent of [false, true]) {
      const how = `${codec}${idempotent ? ', idempotent' : ''}`;
      await checks.check(`produces and consumes 5,000 records: ${how}`, async () => {
        const topic = await control.topic('codec');
        const values = Array.from({ length: 5000 }, (_, n) => `${n}-${'abcdefghij'.repeat(n % 10)}`);
        // kcat's -z knows no 'none' beside its own default.
        const compression = ['-X', `compression.codec=${codec}`];
        const idempotence = ['-X', `enable.idempotence=${idempotent}`];
        await kcat(
          [
            '-P',
            '-t',
            topic,
            '-p',
            '0',
            '-X',
            'acks=-1',
            '-X',
            'linger.ms=20',
            ...compression,
            ...idempotence,
          ],
          values.join('\n'),
        );
        const read = await consume(topic);
        assert.deepEqual(
          read.map(({ value }) => value),
          values,
        );
        assert.deepEqual(
          read.map(({ offset }) => offset),
          [...values.keys()],
        );
      });
    }
  }

  for (const acks of ['1', '0']) {
    await checks.check(`produces with acks=${acks}`, async () => {
      const topic = await control.topic('acks');
      await kcat(['-P', '-t', topic, '-X', `acks=${acks}`], 'one\ntwo\nthree\n');
      assert.deepEqual(
        (await consume(topic)).map(({ value }) => value),
        ['one', 'two', 'three'],
      );
    });
  }

  await checks.check('keeps keys, null values and headers', async () => {
    const topic = await control.topic('headers');
    await kcat(['-P', '-t', topic, '-K', ':', '-H', 'colour=blue', '-H', 'empty='], 'k1:v1\n');
    await kcat(['-P', '-t', topic, '-K', ':', '-Z'], 'k2:\n');
    const out = await kcat(['-C', '-q', '-e', '-t', topic, '-f', '%k|%K|%s|%S|%h\\n']);
    assert.equal(out, 'k1|2|v1|2|colour=blue,empty=\nk2|2||-1|\n');
  });

  await checks.check('the same key goes to the same partition', async () => {
    const topic = await control.topic('keys', 5);
    const input = Array.from({ length: 200 }, (_, n) => `key-${n % 20}:${n}`).join('\n');
    await kcat(['-P', '-t', topic, '-K', ':', '-X', 'topic.partitioner=murmur2_random'], input);
    const partitions = new Map();
    for (const { key, partition } of await consume(topic))
      partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
    assert.equal(partitions.size, 20);
    for (const [key, found] of partitions)
      assert.equal(found.size, 1, `${key} lies in ${[...found].join(', ')}`);
  });

  await checks.check('reads from an offset, from the end backwards, and up to a count', async () => {
    const topic = await control.topic('offsets');
    await control.fill(topic, 1, 0, 100);
    const values = async (...args) =>
      (await consume(topic, '-p', '0', ...args)).map(({ value }) => Number(value));
    assert.deepEqual(await values('-o', '97'), [97, 98, 99]);
    assert.deepEqual(await values('-o', '-2'), [98, 99]);
    assert.deepEqual(await values('-o', 'beginning', '-c', '3'), [0, 1, 2]);
    assert.deepEqual(await values('-o', 'end'), []);
  });

  await checks.check('finds offsets by timestamp, record-precise', async () => {
    const topic = await control.topic('times');
    await kcat(['-P', '-t', topic, '-p', '0', '-X', 'linger.ms=0'], 'early\n');
    const [{ timestamp: first }] = await timestamps(bootstrap, topic);
    await kcat(['-P', '-t', topic, '-p', '0'], 'late\nlater\n');
    const second = (await timestamps(bootstrap, topic))[1].timestamp;
    const query = async (time) => (await kcat(['-Q', '-t', `${topic}:0:${time}`])).trim();
    assert.equal(await query(first), `${topic} [0] offset 0`);
    assert.equal(await query(first + 1), `${topic} [0] offset 1`);
    assert.equal(await query(second), `${topic} [0] offset 1`);
    assert.equal(await query(-2), `${topic} [0] offset 0`);
    assert.equal(await query(-1), `${topic} [0] offset 3`);
    assert.equal(await query(second + 3_600_000), `${topic} [0] offset -1`);
  });

  await checks.check('a record that is too large is refused, and the next one taken', async () => {
    const topic = await control.topic('large', 1, [{ name: 'max.message.bytes', value: '20000' }]);
    const refused = await run('kcat', ['-b', bootstrap, '-P', '-t', topic], {
      input: `${'x'.repeat(50_000)}\n`,
    });
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /too large/i);
    await kcat(['-P', '-t', topic], 'small\n');
    assert.deepEqual(
      (await consume(topic)).map(({ value }) => value),
      ['small'],
    );
  });

  await checks.check('an unknown topic is named as such when it may not be created', async () => {
    const asked = unique('nowhere');
    const { code, stderr } = await run('kcat', [
      '-b',
      bootstrap,
      '-C',
      '-e',
      '-t',
      asked,
      '-X',
      'allow.auto.create.topics=false',
    ]);
    assert.notEqual(code, 0);
    assert.match(stderr, /unknown topic/i);
  });

  for (const strategy of ['range', 'roundrobin', 'cooperative-sticky']) {
    await groupOfThree(checks, control, `group, ${strategy}`, async ({ topic, group }) => ({
      command: 'kcat',
      args: [
        ...['-b', bootstrap, '-G', group, '-u', '-f', '{"partition":%p,"offset":%o,"value":"%s"}\n'],
        ...[
          '-X',
          'session.timeout.ms=6000',
          '-X',
          'heartbeat.interval.ms=500',
          '-X',
          'auto.offset.reset=earliest',
        ],
        ...['-X', 'auto.commit.interval.ms=500', '-X', `partition.assignment.strategy=${strategy}`, topic],
      ],
      parse: (line, stream) => (stream === 'stderr' ? assignment(line) : [JSON.parse(line)]),
    }));
  }
}

/** `% Group g rebalanced (memberid m): assigned: t [0], t [1]`, or incremental, in the words of kcat 1.7. */
function assignment(line) {
  if (!/^% Group .* rebalanced/.test(line)) return [];
  const partitions = [...line.matchAll(/ \[(\d+)\]/g)].map((each) => Number(each[1]));
  return [/: revoked:|: incremental revoke /.test(line) ? { revoked: partitions } : { granted: partitions }];
}

async function timestamps(bootstrap, topic) {
  const out = await succeed('kcat', ['-b', bootstrap, '-C', '-q', '-e', '-t', topic, '-f', '%o %T\\n']);
  return out
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .map(([offset, timestamp]) => ({ offset, timestamp }));
}
