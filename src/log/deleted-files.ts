/**
 * Segments on their way out. Their files are renamed at once and removed later, `file.delete.delay.ms` after, as Kafka does: a
 * person or a tool that looks at them has that long. Readers under way are not the reason: they keep the file until they are done.
 */
import { systemErrorCode } from '../base/errors.js';
import type { Millis } from '../base/ids.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { Disk } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import { DELETED_SUFFIX } from './segment-names.js';

export class DeletedFiles {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting = new Map<TimerHandle, readonly string[]>();
  readonly #removing = new Set<Promise<void>>();

  constructor(ports: { readonly disk: Disk; readonly clock: Clock; readonly logger: Logger }) {
    this.#disk = ports.disk;
    this.#clock = ports.clock;
    this.#logger = ports.logger;
  }

  /** Renames those of the files that are there. The caller syncs the directory. */
  async add(paths: readonly string[], delayMs: Millis): Promise<void> {
    const renamed: string[] = [];
    for (const path of paths) {
      try {
        await this.#disk.rename(path, path + DELETED_SUFFIX);
        renamed.push(path + DELETED_SUFFIX);
      } catch (error) {
        if (systemErrorCode(error) !== 'ENOENT') throw error;
      }
    }
    if (renamed.length === 0) return;
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#waiting.delete(timer);
      this.#remove(renamed);
    });
    this.#waiting.set(timer, renamed);
  }

  /** Removes what is waiting, now. */
  async flush(): Promise<void> {
    for (const [timer, paths] of this.#waiting) {
      this.#clock.clearTimer(timer);
      this.#remove(paths);
    }
    this.#waiting.clear();
    await Promise.all(this.#removing);
  }

  /** Leaves what is waiting to whoever removes the directory. */
  async forget(): Promise<void> {
    for (const timer of this.#waiting.keys()) this.#clock.clearTimer(timer);
    this.#waiting.clear();
    await Promise.all(this.#removing);
  }

  #remove(paths: readonly string[]): void {
    const removing = this.#removeAll(paths).finally(() => this.#removing.delete(removing));
    this.#removing.add(removing);
  }

  async #removeAll(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      try {
        await this.#disk.remove(path);
      } catch (error) {
        // The next start removes it.
        this.#logger.warn('could not remove a deleted file', { path, error });
      }
    }
  }
}

/** Removes a file that may be gone already. The caller syncs the directory. */
export async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}
