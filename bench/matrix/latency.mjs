/**
 * Latency at fixed rates, charged from when each record was due. The rates are shares of the most that Java's perf producer gets through
 * Apache Kafka on this machine, in the same run.
 */
import { javaArguments, KAFKA_JVM } from '../../test/interop/harness/java.mjs';
import { succeed } from '../../test/interop/harness/processes.mjs';
import { withBroker } from './contenders.mjs';
import { measured, peakRssMiB, saturated } from './measure.mjs';
import { createTopic } from './topics.mjs';

const RECORD_BYTES = 1024;
const PARTITIONS = 12;

/** The load's own heap and compiler are Kafka's, too: nothing about it is handicapped. */
const LOAD_JVM = KAFKA_JVM.filter((flag) => !flag.startsWith('-Xm')).concat('-Xmx1g');

async function java(version, mainClass, args) {
  return succeed('java', await javaArguments(version, mainClass, args, { jvm: LOAD_JVM }), {
    timeoutMs: 600_000,
  });
}

/** Java's own producer as fast as it goes: records per second, megabytes per second. */
export function maximumRate(contender, version, { records }) {
  return withBroker(contender, async (broker) => {
    await createTopic(broker, 'perf', PARTITIONS);
    const perf = (count) =>
      java(version, 'org.apache.kafka.tools.ProducerPerformance', [
        ...['--topic', 'perf', '--num-records', String(count), '--record-size', String(RECORD_BYTES)],
        ...['--throughput', '-1', '--producer-props', `bootstrap.servers=${broker.bootstrap}`, 'acks=all'],
      ]);
    await perf(Math.ceil(records / 2));
    const produced = await measured(broker.pid, () => perf(records));
    const [, perSecond, mibPerSecond] = /([\d.]+) records\/sec \(([\d.]+) MB\/sec\)/.exec(
      produced.value.trim().split('\n').at(-1),
    );
    const consumed = await measured(broker.pid, () =>
      java(version, 'org.apache.kafka.tools.ConsumerPerformance', [
        ...['--topic', 'perf', version.startsWith('3.') ? '--messages' : '--num-records', String(records)],
        ...['--bootstrap-server', broker.bootstrap, '--timeout', '60000'],
      ]),
    );
    const gb = (records * RECORD_BYTES) / 1e9;
    return {
      contender: contender.id,
      recordsPerSecond: Number(perSecond),
      mbPerSecond: (Number(mibPerSecond) * 2 ** 20) / 1e6,
      produceCpuPerGB: produced.cpuSeconds / gb,
      fetchCpuPerGB: consumed.cpuSeconds / gb,
      saturated: saturated(contender, produced),
      peakRssMiB: await peakRssMiB(broker.pid),
    };
  });
}

/** @returns {Promise<object[]>} one row for each rate */
export function latencyRound(contender, version, { rates, seconds, warmUpSeconds, acks = 'all' }) {
  return withBroker(contender, async (broker) => {
    const rows = [];
    for (const { share, recordsPerSecond } of rates) {
      const topic = `rate-${Math.round(share * 100)}`;
      await createTopic(broker, topic, PARTITIONS);
      const args = [broker.bootstrap, topic, RECORD_BYTES, recordsPerSecond, seconds, warmUpSeconds, acks];
      const { value, cores, machineShare } = await measured(broker.pid, () =>
        java(version, 'millrace.interop.OpenLoop', args.map(String)),
      );
      rows.push({
        contender: contender.id,
        share,
        recordsPerSecond,
        cores,
        machineShare,
        ...JSON.parse(value),
      });
    }
    return rows;
  });
}
