/** A broker of the kit, from the sources, and a connection that speaks to it. */
import { nodeClock } from '../../../../src/ports/node/clock.js';
import { nodeNet } from '../../../../src/ports/node/net.js';
import { RpcConnection } from '../../../../src/rpc/rpc-connection.js';
import type { TestBroker } from '../../../../src/testing/start-broker.js';

export function connectTo(broker: TestBroker, clientId = 'test'): Promise<RpcConnection> {
  const [host, port] = broker.brokers[0]!.split(':') as [string, string];
  return RpcConnection.connect({
    net: nodeNet({ unref: true }),
    clock: nodeClock({ unref: true }),
    host,
    port: Number(port),
    clientId,
    softwareVersion: '1.0',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 10_000,
  });
}
