import type { SlabPool } from '../base/slabs.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Ports } from '../ports/ports.js';
import type { Interceptor } from './interceptor.js';
import type { BrokerSettings } from './settings/broker-settings.js';

/** All that a broker is given. */
export interface BrokerOptions {
  readonly ports: Ports;
  readonly logger: Logger;
  readonly settings: BrokerSettings;
  /** `log.dirs`, absolute. The first also holds the metadata. */
  readonly directories: readonly string[];
  /** For tests; see there. */
  readonly interceptor?: Interceptor;
  /** What leases are counted on, where it is not `ports.clock`: a test that moves the broker's time does not mean its place in the cluster. */
  readonly leaseClock?: Clock;
  /** What requests, the newest records and records being read lie in; unless given, a pool of the broker’s own. */
  readonly slabs?: SlabPool;
}
