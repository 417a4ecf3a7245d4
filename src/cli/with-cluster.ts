/** The connection of a command to its cluster. Apart from the options, so that `--help` and completion load no client. */
import { Cluster, type ClusterOptions } from '../client/cluster.js';
import { nodeClock } from '../ports/node/clock.js';
import { nodeEntropy } from '../ports/node/entropy.js';
import { nodeNet } from '../ports/node/net.js';
import { type ClientOptions, WAIT_READY_SECONDS } from './client-options.js';

/**
 * Runs `use` with a connected cluster, and closes it whatever happens.
 * @throws UserError BROKER_UNREACHABLE, NOT_KAFKA, and whatever `use` throws
 */
export async function withCluster<T>(
  { bootstrap, waitReady }: Pick<ClientOptions, 'bootstrap' | 'waitReady'>,
  use: (cluster: Cluster) => Promise<T>,
  timeouts: Pick<ClusterOptions, 'connectTimeoutMs' | 'requestTimeoutMs'> = {},
): Promise<T> {
  const cluster = new Cluster({
    net: nodeNet(),
    clock: nodeClock(),
    entropy: nodeEntropy(),
    bootstrap,
    clientId: 'millrace-cli',
    ...timeouts,
  });
  try {
    await cluster.connect((waitReady === true ? WAIT_READY_SECONDS : (waitReady ?? 0)) * 1000);
    return await use(cluster);
  } finally {
    await cluster.close();
  }
}
