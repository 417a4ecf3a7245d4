/** A whole broker: opened, listening, announced; and stopped without losing an answer. */
import { Broker } from '../broker/broker.js';
import type { BrokerOptions } from '../broker/broker-options.js';
import { type HostPort, parseListener } from '../broker/settings/listener.js';
import { Server } from './server.js';

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
  const broker = await Broker.open(options);
  const server = new Server({
    net: ports.net,
    clock: ports.clock,
    logger,
    dispatcher: broker.dispatcher,
    limits: {
      maxFrameBytes: settings.maxRequestBytes,
      maxInFlight: settings.connectionMaxInFlight,
      maxQueuedBytes: settings.connectionQueuedBytes,
    },
    requestMemoryBytes: settings.queuedRequestBytes,
    maxConnections: settings.maxConnections,
    idleMsMax: settings.connectionIdleMs,
  });
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

async function stop(broker: Broker, server: Server): Promise<void> {
  await server.stopAccepting();
  await broker.resign();
  await server.closeConnections(STOP_GRACE_MS);
  await broker.close();
}
