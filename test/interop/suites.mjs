/** The suites by name. `ownBroker`: the suite starts its brokers itself. `node`: runs only on a Node at least that old. */
import { dumpLogSuite } from './suites/dump-log.mjs';
import { javaSuite } from './suites/java.mjs';
import { runKafkaJs } from './suites/kafkajs.mjs';
import { runKcat } from './suites/kcat.mjs';
import { platformaticSuite } from './suites/platformatic.mjs';
import { runTestingKit } from './suites/testing-kit.mjs';

export const SUITES = {
  kcat: { run: runKcat },
  kafkajs: { run: runKafkaJs },
  'platformatic-1': { run: platformaticSuite({ packageName: 'platformatic-1', cooperative: false }) },
  'platformatic-2': { run: platformaticSuite({ packageName: 'platformatic-2', cooperative: true }) },
  'testing-kit': { run: runTestingKit, ownBroker: true },
  'dump-log-3.9.2': { run: dumpLogSuite('3.9.2'), ownBroker: true },
  'dump-log-4.3.1': { run: dumpLogSuite('4.3.1'), ownBroker: true },
  'java-3.9.2': { run: javaSuite('3.9.2') },
  'java-4.3.1': { run: javaSuite('4.3.1') },
};
