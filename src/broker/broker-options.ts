import type { Logger } from '../ports/logger.js';
import type { Ports } from '../ports/ports.js';
import type { BrokerSettings } from './settings/broker-settings.js';

/** All that a broker is given. */
export interface BrokerOptions {
  readonly ports: Ports;
  readonly logger: Logger;
  readonly settings: BrokerSettings;
  /** `log.dirs`, absolute. The first also holds the metadata. */
  readonly directories: readonly string[];
}
