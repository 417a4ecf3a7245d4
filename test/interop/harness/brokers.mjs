import { startApacheKafka } from './apache-kafka.mjs';
import { startMillrace } from './millrace.mjs';

/**
 * @typedef {object} RunningBroker
 * @property {string} bootstrap host:port where it listens, whatever it tells clients
 * @property {number} pid
 * @property {number} spawnedAtMs by performance.now(), when its process was about to be started
 * @property {string} dataDirectory
 * @property {() => Promise<void>} end stops it as an operator would; fails if it does not end well
 * @property {() => Promise<void>} restart ends it and starts it again, on the same port and directory
 * @property {() => Promise<void>} remove its files, after the end
 */

/** For both kinds alike: nobody waits for a first member's companions, and few partitions hold the offsets. */
const QUICK = { 'group.initial.rebalance.delay.ms': '0', 'offsets.topic.num.partitions': '4' };

/**
 * @param {string} kind `millrace`, or a release of Apache Kafka
 * @param {Record<string, string>} settings
 * @param {{ advertise?: string }} options what clients are told, where something stands in front: host:port
 * @returns {Promise<RunningBroker>}
 */
export function startBroker(kind, settings = {}, options = {}) {
  const all = { ...QUICK, ...settings };
  return kind === 'millrace' ? startMillrace(all, options) : startApacheKafka(kind, all, options);
}
