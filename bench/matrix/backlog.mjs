/** Three ways to read: a backlog from a cold disk, the tail while it is written, and both at once on one topic. */
import { writeFile } from 'node:fs/promises';
import { withBroker } from './contenders.mjs';
import { measured, saturated } from './measure.mjs';
import { consume, produce } from './throughput.mjs';
import { createTopic } from './topics.mjs';

const PARTITIONS = 12;
const TOPIC = 'backlog';

/** @returns {Promise<object>} MB/s and broker CPU seconds per GB for each way */
export async function readingRound(contender, load) {
  const count = 2 * load.lines;
  const gb = (count * load.bytes) / 1e9;
  const rate = (each, bytes = gb) => ({
    MBs: (bytes * 1000) / each.seconds,
    cpuPerGB: each.cpuSeconds / bytes,
    saturated: saturated(contender, each),
  });
  return withBroker(contender, async (broker) => {
    await createTopic(broker, TOPIC, PARTITIONS);
    await produce(broker, TOPIC, load, 'all');
    await writeFile('/proc/sys/vm/drop_caches', '3');
    const cold = await measured(broker.pid, () => consume(broker, TOPIC, count));
    await createTopic(broker, 'tail', PARTITIONS);
    // Twice the bytes cross the broker: in, and out at once.
    const tail = await measured(broker.pid, () =>
      Promise.all([consume(broker, 'tail', count), produce(broker, 'tail', load, 'all')]),
    );
    await writeFile('/proc/sys/vm/drop_caches', '3');
    const both = await measured(broker.pid, () =>
      Promise.all([consume(broker, TOPIC, count), produce(broker, 'tail', load, 'all')]),
    );
    return { contender: contender.id, cold: rate(cold), tail: rate(tail, 2 * gb), both: rate(both, 2 * gb) };
  });
}
