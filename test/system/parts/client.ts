/** Connections to a real broker over real sockets. */
import { nodeClock } from '../../../src/ports/node/clock.js';
import { nodeNet } from '../../../src/ports/node/net.js';
import { RpcConnection } from '../../../src/rpc/rpc-connection.js';

export function connect(address: { readonly host: string; readonly port: number }): Promise<RpcConnection> {
  return RpcConnection.connect({
    net: nodeNet(),
    clock: nodeClock({ unref: true }),
    host: address.host,
    port: address.port,
    clientId: 'system-test',
    softwareVersion: '1.0',
    connectTimeoutMs: 30_000,
    requestTimeoutMs: 60_000,
  });
}
