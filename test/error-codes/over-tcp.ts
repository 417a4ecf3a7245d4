/** The table over real sockets, as one file to be bundled: what the suite against Apache Kafka runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeNet } from '../../src/ports/node/net.js';
import { askAll, type Asked } from './ask-all.js';

export { nameOf } from './row.js';
export { TABLE } from './table.js';

/** @param bootstrap host:port */
export function askBroker(bootstrap: string): Promise<Asked[]> {
  const [host, port] = bootstrap.split(':') as [string, string];
  return askAll(
    nodeNet(),
    { host, port: Number(port) },
    {
      nowMs: Date.now(),
      pause: () => sleep(100),
      patience: () => sleep(20_000, undefined, { ref: false }),
    },
  );
}
