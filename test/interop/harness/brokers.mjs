import { startApacheKafka } from './apache-kafka.mjs';
import { startMillrace } from './millrace.mjs';

/**
 * @typedef {object} RunningBroker
 * @property {string} bootstrap host:port
 * @property {number} pid
 * @property {string} dataDirectory
 * @property {() => Promise<void>} end stops it as an operator would; fails if it does not end well
 * @property {() => Promise<void>} remove its files, after the end
 */

/** For both kinds alike: nobody waits for a first member's companions, and few partitions hold the offsets. */
const QUICK = { 'group.initial.rebalance.delay.ms': '0', 'offsets.topic.num.partitions': '4' };

/**
 * @param {string} kind `millrace`, or a release of Apache Kafka
 * @param {Record<string, string>} settings
 * @returns {Promise<RunningBroker>}
 */
export function startBroker(kind, settings = {}) {
  const all = { ...QUICK, ...settings };
  return kind === 'millrace' ? startMillrace(all) : startApacheKafka(kind, all);
}
