import type { Clock } from './clock.js';
import type { Disk } from './disk.js';
import type { Entropy } from './entropy.js';
import type { Net } from './net.js';

/** What a broker needs of the world. Handed in whole at the composition root; each layer takes only what it uses. */
export interface Ports {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly net: Net;
  readonly entropy: Entropy;
}
