/**
 * kcat, and with it librdkafka: Debian's 1.7.1 on 2.0.2, which asks for old versions of everything (Produce 7, Fetch 11,
 * Metadata 4). Its quirks, as met here:
 *
 * - a query for a timestamp after the last record answers offset -1;
 * - `-e` ends at the end of every partition, and ends with 0;
 * - it ends as soon as no broker can be reached;
 * - told to balance (-G), it reports assignments on standard error and ends with 0 on SIGTERM, having left the group.
 * - it tells a rebalance in two ways, `assigned: …` when eager, `incremental assignment of …` when cooperative.
 */
import assert from 'node:assert/strict';
import { KCAT_RELEASE } from '../conformance.mjs';
import { unique } from '../harness/control.mjs';
import { groupOfThree } from '../harness/group-of-three.mjs';
import { run, succeed } from '../harness/processes.mjs';
import { staticMembers } from '../harness/static-members.mjs';

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

export async function runKcat({ checks, control, bootstrap, restart }) {
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

  await checks.check('is the release that the conformance table names', async () => {
    const { stdout } = await run('kcat', ['-V']);
    const [, own, library] = /Version ([\d.]+) .*librdkafka ([\d.]+)/s.exec(stdout);
    assert.equal(`${own} (${library})`, KCAT_RELEASE);
  });

  await checks.feature('cluster', 'metadata: lists the broker and a topic with its partitions', async () => {
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

  await checks.feature('cluster', 'metadata: lists all topics', async () => {
    const topic = await control.topic('all');
    const { topics } = JSON.parse(await kcat(['-L', '-J']));
    assert.ok(topics.some((each) => each.topic === topic));
  });

  await checks.feature('auto-create', 'auto-creates a topic that is produced to', async () => {
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
      const shows = [...(codec === 'none' ? [] : [codec]), ...(idempotent ? ['idempotence'] : [])];
      await checks.feature(shows, `produces and consumes 5,000 records: ${how}`, async () => {
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

  for (const acks of ['all', '1', '0']) {
    await checks.feature('acks', `produces with acks=${acks}`, async () => {
      const topic = await control.topic('acks');
      await kcat(['-P', '-t', topic, '-X', `acks=${acks}`], 'one\ntwo\nthree\n');
      assert.deepEqual(
        (await consume(topic)).map(({ value }) => value),
        ['one', 'two', 'three'],
      );
    });
  }

  await checks.feature('fields', 'keeps keys, null values and headers', async () => {
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

  await checks.feature(
    'positions',
    'reads from an offset, from the end backwards, and up to a count',
    async () => {
      const topic = await control.topic('offsets');
      await control.fill(topic, 1, 0, 100);
      const values = async (...args) =>
        (await consume(topic, '-p', '0', ...args)).map(({ value }) => Number(value));
      assert.deepEqual(await values('-o', '97'), [97, 98, 99]);
      assert.deepEqual(await values('-o', '-2'), [98, 99]);
      assert.deepEqual(await values('-o', 'beginning', '-c', '3'), [0, 1, 2]);
      assert.deepEqual(await values('-o', 'end'), []);
    },
  );

  await checks.feature('offsets-by-time', 'finds offsets by timestamp, record-precise', async () => {
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

  await checks.feature(
    'too-large',
    'a record that is too large is refused, and the next one taken',
    async () => {
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
    },
  );

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

  await checks.feature('large-batches', 'batches of a megabyte over three partitions', async () => {
    const topic = await control.topic('large', 3);
    const value = 'x'.repeat(10_000);
    const input = Array(400).fill(value).join('\n');
    for (const partition of ['0', '1', '2'])
      await kcat(
        ['-P', '-t', topic, '-p', partition, '-X', 'batch.size=1000000', '-X', 'linger.ms=100', '-z', 'none'],
        input,
      );
    const read = await consume(topic);
    assert.equal(read.length, 1200);
    assert.ok(read.every((each) => each.value === value));
  });

  await checks.feature('offsets-by-time', 'queries several partitions in one go', async () => {
    const topic = await control.topic('queried', 3);
    await control.fill(topic, 3, 0, 7);
    const queries = [0, 1, 2].flatMap((partition) => ['-t', `${topic}:${partition}:-1`]);
    const found = (await kcat(['-Q', ...queries])).trim().split('\n').sort();
    assert.deepEqual(found, [`${topic} [0] offset 3`, `${topic} [1] offset 2`, `${topic} [2] offset 2`]);
  });

  await checks.feature(
    'commits',
    'a group goes on where it had come to, after a restart of the broker too',
    async () => {
      const topic = await control.topic('commits', 1);
      const group = unique('commits');
      await control.fill(topic, 1, 0, 20);
      const read = async (count) => {
        const out = await kcat([
          ...['-G', group, '-q', '-c', String(count), '-f', '%s\\n', '-X', 'auto.offset.reset=earliest'],
          ...['-X', 'session.timeout.ms=6000', topic],
        ]);
        return out.trim().split('\n').map(Number);
      };
      assert.deepEqual(await read(12), [...Array(12).keys()]);
      assert.deepEqual(await control.committed(group, topic), [12]);
      // kcat itself ends with its broker.
      await restart?.();
      assert.deepEqual(await read(8), [12, 13, 14, 15, 16, 17, 18, 19]);
    },
  );

  await checks.feature('pattern', 'a pattern finds topics', async () => {
    const first = await control.topic('pattern-x', 1);
    const second = await control.topic('pattern-y', 1);
    for (const topic of [first, second]) await control.fill(topic, 1, 0, 1);
    const out = await kcat([
      ...['-G', unique('pattern'), '-q', '-c', '2', '-f', '%t\\n', '-X', 'auto.offset.reset=earliest'],
      `^(${first}|${second})$`,
    ]);
    assert.deepEqual(new Set(out.trim().split('\n')), new Set([first, second]));
  });

  const member =
    (strategy) =>
    async ({ topic, group, instance }) => ({
      command: 'kcat',
      args: [
        ...['-b', bootstrap, '-G', group, '-u', '-f', '{"partition":%p,"offset":%o,"value":"%s"}\n'],
        ...['-X', `session.timeout.ms=${instance === undefined ? 6000 : 30_000}`],
        ...['-X', 'heartbeat.interval.ms=500'],
        ...['-X', 'auto.offset.reset=earliest', '-X', 'auto.commit.interval.ms=500'],
        ...['-X', `partition.assignment.strategy=${strategy}`],
        ...(instance === undefined ? [] : ['-X', `group.instance.id=${instance}`]),
        topic,
      ],
      parse: (line, stream) => (stream === 'stderr' ? assignment(line) : [JSON.parse(line)]),
    });
  for (const strategy of ['range', 'roundrobin'])
    await groupOfThree(checks, control, `group, ${strategy}`, member(strategy));
  await groupOfThree(checks, control, 'group, cooperative-sticky', member('cooperative-sticky'), {
    feature: 'cooperative',
  });
  await staticMembers(checks, control, 'group', member('range'));
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
