/**
 * A real Apache Kafka, one node in KRaft mode, from the jars that Maven resolved. The suites are held against it first:
 * a check that Kafka itself does not pass says nothing about us.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Running, succeed } from './processes.mjs';
import { javaArguments, KAFKA_JVM } from './java.mjs';
import { freePorts } from './ports.mjs';
import { until } from './until.mjs';

const CLUSTER_ID = 'aW50ZXJvcC10ZXN0cy1rYQ';

/**
 * @param {string} version one of KAFKA_VERSIONS
 * @param {Record<string, string>} extra settings that override ours
 * @param {{ advertise?: string }} options
 * @returns {Promise<import('./brokers.mjs').RunningBroker>}
 */
export async function startApacheKafka(version, extra = {}, { advertise } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'interop-kafka-'));
  const [port, controllerPort] = await freePorts(2);
  const dataDirectory = join(directory, 'data');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${advertise ?? `127.0.0.1:${port}`}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDirectory,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    ...extra,
  };
  const file = join(directory, 'server.properties');
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );

  // Kafka writes its own log files where this says; without it, into the current directory.
  const system = { 'kafka.logs.dir': join(directory, 'logs') };
  const storage = ['format', '--cluster-id', CLUSTER_ID, '--config', file];
  await succeed('java', await javaArguments(version, 'kafka.tools.StorageTool', storage, { system }));
  const spawnedAtMs = performance.now();
  let server;
  const start = async () => {
    server = new Running(
      'java',
      await javaArguments(version, 'kafka.Kafka', [file], { jvm: KAFKA_JVM, system }),
      () => {},
    );
    await until(`Apache Kafka ${version} to take connections`, async () => {
      if (!server.isRunning) throw new Error(`Apache Kafka ${version} ended\n${server.tail}`);
      return accepts(port);
    });
  };
  const remove = () => rm(directory, { recursive: true, force: true });
  const end = async () => {
    await server.end('SIGTERM');
  };
  const restart = async () => {
    await end();
    await start();
  };
  try {
    await start();
  } catch (error) {
    await server.end('SIGKILL');
    await remove();
    throw error;
  }
  return {
    bootstrap: `127.0.0.1:${port}`,
    pid: server.pid,
    spawnedAtMs,
    dataDirectory,
    end,
    restart,
    remove,
  };
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
