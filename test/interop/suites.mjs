/**
 * The suites by name. `ownBroker`: the suite starts its brokers itself. `watched`: it wants to know what kinds of frames went by.
 */
import { dumpLogSuite } from './suites/dump-log.mjs';
import { errorCodesSuite } from './suites/error-codes.mjs';
import { javaSuite } from './suites/java.mjs';
import { runFranz, runSarama } from './suites/go.mjs';
import { runKafkaJs } from './suites/kafkajs.mjs';
import { runKcat } from './suites/kcat.mjs';
import { platformaticSuite } from './suites/platformatic.mjs';
import { runAiokafka, runConfluent } from './suites/python.mjs';
import { runTestingKit } from './suites/testing-kit.mjs';

export const SUITES = {
  kcat: { run: runKcat },
  kafkajs: { run: runKafkaJs },
  'platformatic-1': { run: platformaticSuite({ packageName: 'platformatic-1', cooperative: false }) },
  'platformatic-2': { run: platformaticSuite({ packageName: 'platformatic-2', cooperative: true }) },
  'python-confluent': { run: runConfluent },
  'python-aiokafka': { run: runAiokafka },
  'go-franz': { run: runFranz, watched: true },
  'go-sarama': { run: runSarama },
  'testing-kit': { run: runTestingKit, ownBroker: true },
  'dump-log-3.9.2': { run: dumpLogSuite('3.9.2'), ownBroker: true },
  'dump-log-4.3.1': { run: dumpLogSuite('4.3.1'), ownBroker: true },
  'error-codes': { run: errorCodesSuite('4.3.1'), ownBroker: true },
  'java-3.9.2': { run: javaSuite('3.9.2'), watched: true },
  'java-4.3.1': { run: javaSuite('4.3.1'), watched: true },
};
