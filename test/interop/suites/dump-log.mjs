/**
 * Are our files Kafka's files? Clients write, the broker ends cleanly, and kafka-dump-log reads everything it left: segments
 * with every codec, both indexes, the producer snapshots, and __consumer_offsets through its decoder.
 */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startBroker } from '../harness/brokers.mjs';
import { Control, unique } from '../harness/control.mjs';
import { javaArguments } from '../harness/java.mjs';
import { endAll, succeed } from '../harness/processes.mjs';

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const ROLLED_RECORDS = 30_000;

/** @param {string} version of the tool */
export const dumpLogSuite =
  (version) =>
  async ({ checks, broker: kind }) => {
    // It moved in 4.x.
    const tool = version.startsWith('3.')
      ? 'kafka.tools.DumpLogSegments'
      : 'org.apache.kafka.tools.DumpLogSegments';
    const dump = async (...args) =>
      succeed(
        'java',
        await javaArguments(version, tool, args, {
          jvm: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m'],
        }),
      );
    const group = unique('dumped');
    const values = Array.from({ length: 500 }, (_, n) => `${n}-${'abcdefghij'.repeat(n % 10)}`);
    const codecTopics = new Map();
    let rolled = '';

    const broker = await startBroker(kind);
    const directoryOf = (topic, partition = 0) => join(broker.dataDirectory, `${topic}-${partition}`);
    const files = async (directory, ending) =>
      (await readdir(directory))
        .filter((name) => name.endsWith(ending))
        .sort()
        .map((name) => join(directory, name));
    try {
      const control = new Control(broker.bootstrap);
      await control.connect();
      const produce = (topic, lines, ...args) =>
        succeed('kcat', ['-b', broker.bootstrap, '-P', '-t', topic, '-p', '0', '-X', 'acks=-1', ...args], {
          input: lines.join('\n'),
        });
      await checks.check('clients write what is to be read', async () => {
        for (const codec of CODECS) {
          const topic = await control.topic(codec);
          codecTopics.set(codec, topic);
          await produce(topic, values, '-X', `compression.codec=${codec}`, '-X', 'enable.idempotence=true');
        }
        // Big enough for three segments, with an index entry for about every batch.
        rolled = await control.topic('rolled', 1, [
          { name: 'segment.bytes', value: '1048576' },
          { name: 'index.interval.bytes', value: '1024' },
        ]);
        const lines = Array.from({ length: ROLLED_RECORDS }, (_, n) => `${n}-${'x'.repeat(80)}`);
        await produce(rolled, lines, '-X', 'batch.num.messages=100', '-X', 'enable.idempotence=true');
        const read = await succeed('kcat', [
          '-b',
          broker.bootstrap,
          '-G',
          group,
          '-e',
          '-q',
          '-X',
          'auto.offset.reset=earliest',
          '-f',
          '%o\n',
          rolled,
        ]);
        assert.equal(read.trim().split('\n').length, ROLLED_RECORDS);
        assert.deepEqual(await control.committed(group, rolled), [ROLLED_RECORDS]);
      });
      await control.disconnect();
      await checks.check('the broker ends when told to', () => broker.end());

      for (const codec of CODECS) {
        await checks.check(`segment: ${codec}, every batch is valid and every record there`, async () => {
          const [log] = await files(directoryOf(codecTopics.get(codec)), '.log');
          const out = await dump('--files', log, '--deep-iteration', '--print-data-log');
          const batches = out.split('\n').filter((line) => line.startsWith('baseOffset:'));
          assert.ok(batches.length > 0, out);
          for (const batch of batches) {
            assert.match(batch, /isvalid: true/);
            assert.match(batch, /magic: 2 /);
            assert.match(batch, new RegExp(`compresscodec: ${codec}`, 'i'));
            assert.match(batch, /partitionLeaderEpoch: \d+ /);
          }
          const payloads = [...out.matchAll(/payload: (.*)$/gm)].map((found) => found[1]);
          assert.deepEqual(payloads, values);
        });
      }

      await checks.check(
        'segments: rolled by size, each named by its first offset, none with a gap',
        async () => {
          const logs = await files(directoryOf(rolled), '.log');
          assert.ok(logs.length >= 3, `${logs.length} segments`);
          let next = 0;
          for (const log of logs) {
            assert.equal(Number(/(\d{20})\.log$/.exec(log)[1]), next);
            for (const [, first, last, valid] of (await dump('--files', log)).matchAll(
              /^baseOffset: (\d+) lastOffset: (\d+) .*isvalid: (\w+)/gm,
            )) {
              assert.equal(Number(first), next);
              assert.equal(valid, 'true');
              next = Number(last) + 1;
            }
          }
          assert.equal(next, ROLLED_RECORDS);
        },
      );

      for (const ending of ['.index', '.timeindex']) {
        await checks.check(`${ending}: has entries, is sane, and agrees with its segment`, async () => {
          const indexes = await files(directoryOf(rolled), ending);
          assert.equal(indexes.length, (await files(directoryOf(rolled), '.log')).length);
          for (const index of indexes) {
            const entries = [...(await dump('--files', index)).matchAll(/^(?:offset|timestamp): \d+ /gm)];
            assert.ok(entries.length > 0, `${index} has no entry`);
            assert.match(await dump('--files', index, '--index-sanity-check'), /passed sanity check/);
            // It says nothing when all agrees, beside the name of the file.
            const verified = (await dump('--files', index, '--verify-index-only')).trim().split('\n');
            assert.deepEqual(verified, [`Dumping ${index}`]);
          }
        });
      }

      await checks.check(
        'producer snapshot: knows the idempotent producer and its last sequence',
        async () => {
          const snapshots = await files(directoryOf(rolled), '.snapshot');
          const last = snapshots.at(-1);
          assert.equal(Number(/(\d{20})\.snapshot$/.exec(last)[1]), ROLLED_RECORDS);
          const out = await dump('--files', last);
          const entries = [
            ...out.matchAll(
              /producerId: (\d+) producerEpoch: (\d+).*firstSequence: (\d+) lastSequence: (\d+) lastOffset: (\d+)/g,
            ),
          ];
          assert.equal(entries.length, 1, out);
          assert.equal(Number(entries[0][4]), ROLLED_RECORDS - 1);
          assert.equal(Number(entries[0][5]), ROLLED_RECORDS - 1);
        },
      );

      await checks.check("leader epochs: Kafka's text, one epoch from offset 0", async () => {
        const lines = (await readFile(join(directoryOf(rolled), 'leader-epoch-checkpoint'), 'utf8'))
          .trim()
          .split('\n');
        assert.equal(lines[0], '0');
        assert.equal(lines[1], '1');
        assert.match(lines[2], /^\d+ 0$/);
      });

      await checks.check('__consumer_offsets: the decoder tells the group and its offset', async () => {
        const partitions = (await readdir(broker.dataDirectory)).filter((name) =>
          name.startsWith('__consumer_offsets-'),
        );
        const logs = (
          await Promise.all(partitions.map((name) => files(join(broker.dataDirectory, name), '.log')))
        ).flat();
        const out = await dump('--files', logs.join(','), '--offsets-decoder', '--deep-iteration');
        assert.doesNotMatch(out, /isvalid: false/);
        const records = [...out.matchAll(/ key: (\{.*?\}) payload: (.*)$/gm)].map(([, key, payload]) => ({
          key: JSON.parse(key),
          payload,
        }));
        const offset = records.findLast(({ key }) => key.data.topic === rolled && key.data.group === group);
        assert.equal(JSON.parse(offset.payload).data.offset, ROLLED_RECORDS);
        const states = records
          .filter(({ key }) => key.data.group === group && key.data.topic === undefined)
          .map(({ payload }) => JSON.parse(payload));
        assert.ok(
          states.some(({ data }) => data.members.length === 1 && data.protocolType === 'consumer'),
          JSON.stringify(states),
        );
        assert.equal(states.at(-1).data.members.length, 0, 'the group is empty at the end');
      });
    } finally {
      await endAll();
      await broker.remove();
    }
  };
