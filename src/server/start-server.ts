/** A whole broker: opened, listening, announced; and stopped without losing an answer. */
import { Broker } from '../broker/broker.js';
import type { BrokerOptions } from '../broker/broker-options.js';
import type { BrokerSettings } from '../broker/settings/broker-settings.js';
import { type HostPort, parseListener } from '../broker/settings/listener.js';
import { parseIpOverrides } from './connection-quota.js';
import { Server, type ServerLimits } from './server.js';

/** How long a stop waits for peers to take their answers before it cuts them off. */
const STOP_GRACE_MS = 5000;

export interface RunningServer {
  readonly broker: Broker;
  readonly server: Server;
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly address: HostPort;
  /** Stops accepting, answers what is parked, syncs, marks clean. Idempotent. */
  stop(): Promise<void>;
}

/** @throws UserError: a directory, a setting or the port cannot be used; nothing stays open */
export async function startServer(options: BrokerOptions): Promise<RunningServer> {
  const { settings, ports, logger } = options;
  const wanted = parseListener('listeners', settings.listeners);
  const maxConnectionsOfIp = parseIpOverrides(settings.maxConnectionsPerIpOverrides);
  const broker = await Broker.open(options);
  const server = new Server({
    net: ports.net,
    clock: ports.clock,
    logger,
    dispatcher: broker.dispatcher,
    slabs: broker.slabs,
    limits: serverLimits(broker.settings),
    requestMemoryBytes: settings.queuedRequestBytes,
    answerMemoryBytes: settings.queuedAnswerBytes,
    maxConnectionsOfIp,
    unsettledBytes: () => broker.logs.tailBudget.unsettledBytes,
  });
  broker.onSettingsChange((now) => server.configure(serverLimits(now)));
  try {
    const { host, port } = await server.listen(wanted);
    await broker.announce({ host, port });
    server.serve();
    let stopped: Promise<void> | null = null;
    return {
      broker,
      server,
      address: { host, port },
      stop: () => (stopped ??= stop(broker, server)),
    };
  } catch (error) {
    await server.stopAccepting();
    await server.closeConnections(0);
    await broker.close();
    throw error;
  }
}

/** What of the settings the server acts on, and may be told again when they change. */
export function serverLimits(settings: BrokerSettings): ServerLimits {
  return {
    maxFrameBytes: settings.maxRequestBytes,
    maxInFlight: settings.connectionMaxInFlight,
    maxQueuedBytes: settings.connectionQueuedBytes,
    maxConnections: settings.maxConnections,
    maxConnectionsPerIp: settings.maxConnectionsPerIp,
    connectionIdleMs: settings.connectionIdleMs,
  };
}

async function stop(broker: Broker, server: Server): Promise<void> {
  await server.stopAccepting();
  await broker.resign();
  await server.closeConnections(STOP_GRACE_MS);
  await broker.close();
}
