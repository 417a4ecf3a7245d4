import type { BrokerId } from '../base/ids.js';
import type { Peer } from './context.js';
import type { BrokerServices } from './services.js';

export interface ReachableBroker {
  readonly nodeId: BrokerId;
  readonly host: string;
  readonly port: number;
}

/** The brokers alive, each where this peer should connect to reach it; ourselves by the address it reached us at. */
export function reachableBrokers(services: BrokerServices, peer: Peer): ReachableBroker[] {
  return [...services.image().brokers.values()].map((broker) => {
    const { host, port } =
      broker.brokerId === services.nodeId ? services.advertisedTo(peer) : broker.endpoints[0]!;
    return { nodeId: broker.brokerId, host, port };
  });
}
