/**
 * Who is compared. How durable an acknowledged record is stands in each name, since it decides what the figures mean.
 * The settings common to all are in test/interop/harness/brokers.mjs.
 */
import { execFileSync } from 'node:child_process';
import { startBroker } from '../../test/interop/harness/brokers.mjs';

/** @typedef {{ id: string, name: string, kind: string, settings: Record<string, string> }} Contender */

/** @returns {Contender[]} */
export function contenders(kafkaVersion) {
  const ours = (id, name, settings) => ({ id, name: `Millrace, ${name}`, kind: 'millrace', settings });
  const theirs = (id, name, settings) => ({
    id,
    name: `Apache Kafka ${kafkaVersion}, ${name}`,
    kind: kafkaVersion,
    settings,
  });
  return [
    ours('millrace', 'fsync before ack (default)', {}),
    ours('millrace-interval', 'fsync every second', {
      'log.flush.policy': 'interval',
      'log.flush.interval.ms': '1000',
    }),
    ours('millrace-os', 'left to the system', { 'log.flush.policy': 'os' }),
    theirs('kafka', 'left to the system (default)', {}),
    theirs('kafka-flush', 'flush per batch', { 'log.flush.interval.messages': '1' }),
  ];
}

/** Runs `work` with a broker of its own, which is gone with its files when this resolves. */
export async function withBroker(contender, work, settings = {}) {
  // What the one before left to be written is not charged to this one.
  execFileSync('sync');
  const broker = await startBroker(contender.kind, { ...contender.settings, ...settings });
  try {
    return await work(broker);
  } finally {
    await broker.end();
    await broker.remove();
  }
}
