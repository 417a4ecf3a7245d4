import type { Broker } from '../broker/broker.js';
import type { Compression } from '../records/compression/compression.js';
import type { ShiftedClock } from './time/shifted-clock.js';
import type { Patience } from './waiting.js';

/** What the kit has of the broker behind the public face. */
export interface Inside {
  readonly broker: Broker;
  /** The broker's own. */
  readonly clock: ShiftedClock;
  readonly compression: Compression;
  readonly patience: Patience;
}
