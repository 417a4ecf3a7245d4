/** What `start` says once it serves: where, to whom, how safe, and what to type next. */
import type { BrokerSettings } from '../../broker/settings/broker-settings.js';
import { version } from '../../base/version.js';
import type { Address } from '../../ports/net.js';
import { formatHostPort } from '../usage.js';

export interface BannerFacts {
  readonly address: Address;
  readonly settings: BrokerSettings;
  /** Null: in memory. */
  readonly directories: readonly string[] | null;
  readonly clusterId: string;
  readonly invocation: string;
}

export function banner({ address, settings, directories, clusterId, invocation }: BannerFacts): string {
  const reachable = formatHostPort(reachableFromHere(address));
  return [
    `Millrace ${version} serves ${formatHostPort(address)}`,
    '',
    ...clients(settings.advertisedListeners),
    `  data        ${directories?.join(', ') ?? 'in memory: gone when this process ends'}`,
    `  durability  ${directories ? durability(settings) : 'none: an acknowledged record is lost with the process'}`,
    `  cluster     ${clusterId}, node ${settings.nodeId}`,
    '',
    'Try it:',
    `  echo hello | ${invocation} produce greetings --bootstrap ${reachable}`,
    `  ${invocation} consume greetings --from beginning --bootstrap ${reachable}`,
    '',
  ].join('\n');
}

function clients(advertised: string): string[] {
  if (advertised !== '') return [`  clients     are told ${advertised.replace(/^.*:\/\//, '')}`];
  return [
    '  clients     are told the address they connected to; where ports are mapped (a container, a tunnel), give the',
    '              outer one with --advertise HOST:PORT',
  ];
}

function durability(settings: BrokerSettings): string {
  const policy = settings.byName.get('log.flush.policy');
  switch (policy) {
    case 'fsync':
      return 'flush.policy=fsync: what is acknowledged is on the disk';
    case 'interval':
      return `flush.policy=interval: a power loss may take the last ${String(settings.byName.get('log.flush.interval.ms'))} ms`;
    default:
      return `flush.policy=${String(policy)}: what is acknowledged survives this process, not a power loss`;
  }
}

/** Every interface is reached, from this machine, by its own loopback. */
function reachableFromHere({ host, port }: Address): Address {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return host === '::' ? { host: '::1', port } : { host, port };
}
