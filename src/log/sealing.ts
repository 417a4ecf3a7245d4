/**
 * Puts beside a segment what lets the next start trust it unread: its two index files, the producers' state at its end, the leader
 * epochs. None of it is needed to be correct, since all can be made anew from the batches; so a full disk here stops no append.
 * But the recovery point stays before a segment that is not sealed.
 */
import { systemErrorCode } from '../base/errors.js';
import type { Offset } from '../base/ids.js';
import type { Logger } from '../ports/logger.js';
import type { LeaderEpochs } from './epochs.js';
import { saveEpochs } from './recover.js';
import { type Segment, type SegmentHome, replaceSynced } from './segment.js';
import { segmentFileName, SNAPSHOT_SUFFIX } from './segment-names.js';
import { join } from 'node:path';

/** For want of these, the log goes on, and it is tried again later. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Whether the disk may well do later what it did not do now. */
export function isPassing(error: unknown): boolean {
  return PASSING.has(systemErrorCode(error) ?? '');
}

export class Sealing {
  readonly #name: string;
  readonly #home: SegmentHome;
  readonly #logger: Logger;
  readonly #failed: (error: unknown) => void;
  /** Producer state at the base offset of a segment: not yet written. */
  readonly #snapshots = new Map<Offset, Buffer>();
  #epochs: LeaderEpochs;
  #epochsDirty = false;
  /** One piece of work at a time, in order. Bounded: one wait per segment rolled while the disk is busy. */
  #work: Promise<void> = Promise.resolve();

  /** @param failed the disk refused in a way that does not pass */
  constructor(
    options: { readonly name: string; readonly home: SegmentHome; readonly logger: Logger },
    epochs: LeaderEpochs,
    failed: (error: unknown) => void,
  ) {
    this.#name = options.name;
    this.#home = options.home;
    this.#logger = options.logger;
    this.#epochs = epochs;
    this.#failed = failed;
  }

  get epochsDirty(): boolean {
    return this.#epochsDirty;
  }

  /** The log was opened anew. */
  restart(epochs: LeaderEpochs): void {
    this.#epochs = epochs;
    this.#epochsDirty = false;
    this.#snapshots.clear();
  }

  /** The state at the base offset of a segment that is about to begin. */
  keepSnapshot(offset: Offset, snapshot: Buffer): void {
    this.#snapshots.set(offset, snapshot);
  }

  /** The segment did not begin. */
  dropSnapshot(offset: Offset): void {
    this.#snapshots.delete(offset);
  }

  /** The leader epochs changed. */
  epochsChanged(): void {
    this.#epochsDirty = true;
    void this.#enqueue(() => this.#saveEpochs());
  }

  /** Of segments that are complete and synced. False: given up for now. */
  seal(segments: readonly Segment[]): Promise<boolean> {
    return this.#enqueue(async () => {
      await this.#saveEpochs();
      await this.#writeSnapshots();
      const open = segments.filter((segment) => !segment.isSealed && segment.phase === 'inactive');
      for (const segment of open) await segment.writeIndexes();
      if (open.length > 0) await this.#home.disk.syncDir(this.#home.directory);
      for (const segment of open) if (segment.phase === 'inactive') segment.seal();
    });
  }

  /** At a clean stop: the active segment too, and the producers at the log's end. False: it did not succeed. */
  sealEnd(active: Segment, endOffset: Offset, snapshot: Buffer): Promise<boolean> {
    return this.#enqueue(async () => {
      this.#snapshots.set(endOffset, snapshot);
      await this.#saveEpochs();
      await this.#writeSnapshots();
      await active.writeIndexes();
      await this.#home.disk.syncDir(this.#home.directory);
    });
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#work;
  }

  #enqueue(work: () => Promise<void>): Promise<boolean> {
    const done = this.#work.then(work).then(
      () => true,
      (error: unknown) => {
        if (isPassing(error)) {
          const log = this.#name;
          this.#logger.warn('indexes and snapshots must wait; an unclean start would scan more', {
            log,
            error,
          });
        } else {
          this.#failed(error);
        }
        return false;
      },
    );
    this.#work = done.then(() => undefined);
    return done;
  }

  async #saveEpochs(): Promise<void> {
    if (!this.#epochsDirty) return;
    this.#epochsDirty = false;
    try {
      await saveEpochs(this.#home, this.#epochs);
    } catch (error) {
      this.#epochsDirty = true;
      throw error;
    }
  }

  async #writeSnapshots(): Promise<void> {
    for (const [offset, snapshot] of this.#snapshots) {
      const name = segmentFileName(offset, SNAPSHOT_SUFFIX);
      await replaceSynced(this.#home.disk, join(this.#home.directory, name), snapshot);
      this.#snapshots.delete(offset);
    }
  }
}
