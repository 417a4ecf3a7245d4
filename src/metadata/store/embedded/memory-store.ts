import type { Clock } from '../../../ports/clock.js';
import type { Entropy } from '../../../ports/entropy.js';
import { SILENT_LOGGER } from '../../../ports/logger.js';
import { memoryDisk } from '../../../ports/memory/disk.js';
import type { MetadataStore } from '../store.js';
import { openEmbeddedStore } from './embedded-store.js';

/** The embedded store over a disk in memory: the same code, forgotten with the process. */
export async function memoryStore(ports: {
  readonly clock: Clock;
  readonly entropy: Entropy;
}): Promise<MetadataStore> {
  return openEmbeddedStore({ ...ports, disk: memoryDisk(), logger: SILENT_LOGGER, directory: '/metadata' });
}
