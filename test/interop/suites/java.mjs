/**
 * Apache Kafka's own Java clients and perf tools, of one release. Most checks are in java/ and run in one process; the
 * groups whose members leave and die have a process for each. Their quirks, as met here:
 *
 * - idempotence, acks=all and five requests in flight are the producer's defaults;
 * - 4.x splits a batch that is too large for its topic and sends the parts; 3.9 splits by its own batch.size, which may
 *   change nothing, and then goes on for ever;
 * - closing a consumer waits for the fetch under way, however long that waits for bytes;
 * - a member of classic groups sends no LeaveGroup when it has an instance id;
 * - describeTopics asks with DescribeTopicPartitions and falls back to Metadata.
 */
import assert from 'node:assert/strict';
import { groupOfThree } from '../harness/group-of-three.mjs';
import { javaArguments } from '../harness/java.mjs';
import { succeed } from '../harness/processes.mjs';
import { runProgram } from '../harness/programs.mjs';
import { staticMembers } from '../harness/static-members.mjs';

const ASSIGNORS = 'org.apache.kafka.clients.consumer';

export const javaSuite =
  (version) =>
  async ({ checks, control, bootstrap, restart, seen }) => {
    const main = await javaArguments(version, 'millrace.interop.Main', [bootstrap]);
    await runProgram(checks, `Java ${version}`, { command: 'java', args: main }, restart);
    if (seen !== undefined)
      await checks.feature('fetch-sessions', 'its fetches were incremental', async () =>
        assert.ok(seen.incrementalFetches > 0, 'none was'),
      );

    const member =
      (assignor) =>
      async ({ topic, group, instance }) => ({
        command: 'java',
        args: await javaArguments(version, 'millrace.interop.Member', [
          bootstrap,
          topic,
          group,
          `${ASSIGNORS}.${assignor}`,
          ...(instance === undefined ? [] : [instance]),
        ]),
      });
    await groupOfThree(checks, control, 'group, range', member('RangeAssignor'));
    await groupOfThree(checks, control, 'group, cooperative-sticky', member('CooperativeStickyAssignor'), {
      feature: 'cooperative',
    });
    await staticMembers(checks, control, 'group', member('RangeAssignor'));

    await checks.feature(
      'perf-tools',
      'perf tools: ProducerPerformance and ConsumerPerformance',
      async () => {
        const topic = await control.topic('perf', 3);
        const count = '20000';
        const produced = await succeed(
          'java',
          await javaArguments(version, 'org.apache.kafka.tools.ProducerPerformance', [
            ...['--topic', topic, '--num-records', count, '--record-size', '100', '--throughput', '-1'],
            ...['--producer-props', `bootstrap.servers=${bootstrap}`],
          ]),
        );
        assert.match(produced, /20000 records sent/);
        const offsets = await control.offsets(topic);
        assert.equal(
          offsets.reduce((total, { high }) => total + high, 0),
          20000,
        );
        const consumed = await succeed(
          'java',
          await javaArguments(version, 'org.apache.kafka.tools.ConsumerPerformance', [
            ...['--bootstrap-server', bootstrap, '--topic', topic, '--timeout', '60000'],
            ...[version.startsWith('3.') ? '--messages' : '--num-records', count],
          ]),
        );
        // A line of headings, then one of figures: start, end, MB, MB/s, records, …
        const figures = consumed.trim().split('\n').at(-1).split(', ');
        assert.equal(Number(figures[4]), 20000, consumed);
      },
    );
  };
