import { assert } from '../../base/assert.js';
import type { Millis } from '../../base/ids.js';
import { Prng } from '../../base/prng.js';
import type { Clock } from '../clock.js';
import type { DirEntry, Disk, DiskFile, DiskLock } from '../disk.js';
import { lockInProcess, writeWithin } from './disk.js';
import { DurableNames } from './durable-names.js';
import { type ByteChange, LossyBytes } from './lossy-bytes.js';
import { DirectoryNode, NameTree } from './name-tree.js';
import { type LossCounters, noLosses, PowerLoss } from './power-loss.js';
import { systemError } from './system-error.js';

export type DiskOperation =
  | 'open'
  | 'readFile'
  | 'list'
  | 'makeDir'
  | 'rename'
  | 'remove'
  | 'removeDir'
  | 'syncDir'
  | 'freeBytes'
  | 'totalBytes'
  | 'lock'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'close';

/** One operation as it was asked for, for tests that count instead of timing. */
export interface DiskOperationRecord {
  readonly op: DiskOperation;
  /** Of a rename, the old one. */
  readonly path: string;
  /** Asked for by a read or write, or the size of a truncate; otherwise 0. */
  readonly bytes: number;
}

export interface LossyDiskOptions {
  /** With it and `latencyMs`, operations take time and overlap; without, each is done in the next microtask. */
  readonly clock?: Clock;
  /** How long an operation takes; drawn by the caller, from a generator of its own. */
  readonly latencyMs?: (op: DiskOperation, path: string) => Millis;
  /** Faults draw from it: how much of a failed write is found, what a failed sync lost. Seed 1 unless told otherwise. */
  readonly prng?: Prng;
  /** Receives every operation, in the order of their asking; grows until its owner empties it. */
  readonly operations?: DiskOperationRecord[];
}

/** What a machine keeps when its processes die: shared by the disks of one machine from power-up to power loss. */
interface Volume {
  readonly tree: NameTree<LossyBytes>;
  readonly names: DurableNames<LossyBytes>;
  readonly counters: LossCounters;
  capacityBytes: number;
}

/**
 * A disk that forgets what a real one may forget. Programs see everything they did; `crash` gives the disk that the machine finds after
 * a power loss, where only this is sure:
 *
 * - what a file's `sync` covered (all that was done before the sync began) is there, its size included;
 * - a name that `syncDir` of its directory covered is there, or gone, or renamed, as covered;
 * - a rename is whole or undone, never half.
 *
 * Everything else is chance, each change on its own: writes are found, lost, or torn at any byte, younger ones without older ones, sizes without
 * bytes; new names vanish, removed ones come back. `kill` gives the disk after the death of the process alone: all is there, but what was
 * not synced still is not.
 *
 * After either, the old disk is dead: its promises never settle, and neither do new ones asked of it, so the code
 * that ran on it goes no further.
 */
export class LossyDisk implements Disk {
  /** Of this disk, those it came from and those that come of it. */
  readonly counters: LossCounters;
  readonly #options: LossyDiskOptions;
  readonly #prng: Prng;
  readonly #volume: Volume;
  readonly #locked = new Set<DirectoryNode<LossyBytes>>();
  /** A failed sync condemns a file for all handles, until the process ends and reads it back. */
  readonly #failed = new Map<LossyBytes, Error>();
  readonly #failures: { readonly op: DiskOperation; readonly error: Error }[] = [];
  #syncFails: (path: string) => boolean = () => false;
  #dead = false;

  constructor(options: LossyDiskOptions = {}, volume: Volume = emptyVolume()) {
    this.#options = options;
    this.#prng = options.prng ?? new Prng(1);
    this.#volume = volume;
    this.counters = this.#volume.counters;
  }

  /** Power loss now. The disk as found afterwards; this one is dead. */
  crash(prng: Prng): LossyDisk {
    this.#die();
    const { names, counters, capacityBytes } = this.#volume;
    const loss = new PowerLoss(prng, counters);
    const root = names.survivors(loss, (content) => new LossyBytes(content.survivors(loss)));
    return new LossyDisk(this.#options, volumeOf(root, counters, capacityBytes));
  }

  /** Death of the process now (kill -9). The disk as the next process finds it; this one is dead. */
  kill(prng: Prng): LossyDisk {
    this.#die();
    const loss = new PowerLoss(prng, this.counters);
    for (const content of this.#volume.tree.contents()) content.abandonBegun(loss);
    return new LossyDisk(this.#options, this.#volume);
  }

  /** From now on only so many more bytes fit (Infinity: no limit). Removing and truncating makes room again. It outlasts a crash. */
  full(bytesMore: number): void {
    this.#volume.capacityBytes = this.#volume.tree.usedBytes() + bytesMore;
  }

  /** From now on the syncs of these files fail with EIO. Undone by `failSync(() => false)`, but not for a file that has failed. */
  failSync(path: (path: string) => boolean): void {
    this.#syncFails = path;
  }

  /** The next operation of that kind fails so; a write after a part of its bytes. Several queue up. */
  failNext(op: DiskOperation, error: Error): void {
    this.#failures.push({ op, error });
  }

  open(path: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    return this.#operate('open', path, 0, () => {
      const create = options.create === true ? (): LossyBytes => new LossyBytes() : undefined;
      return this.#handleOf(path, this.#volume.tree.openFile(path, create).content);
    });
  }

  readFile(path: string): Promise<Buffer> {
    return this.#operate('readFile', path, 0, () =>
      this.#volume.tree.openFile(path, undefined).content.copy(),
    );
  }

  list(path: string): Promise<DirEntry[]> {
    return this.#operate('list', path, 0, () => this.#volume.tree.list(path));
  }

  makeDir(path: string): Promise<void> {
    return this.#operate('makeDir', path, 0, () => this.#volume.tree.makeDir(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operate('rename', from, 0, () => this.#volume.tree.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#operate('remove', path, 0, () => this.#volume.tree.remove(path));
  }

  removeDir(path: string): Promise<void> {
    return this.#operate('removeDir', path, 0, () => this.#volume.tree.removeDir(path));
  }

  syncDir(path: string): Promise<void> {
    if (this.#dead) return never();
    // Covered is what was done before the sync began, which is now, and not what is done while it runs.
    const covered = this.#volume.names.mark;
    return this.#operate('syncDir', path, 0, () => {
      this.#volume.names.sync(this.#volume.tree.directory(path, 'open'), covered);
    });
  }

  freeBytes(path: string): Promise<number> {
    return this.#operate('freeBytes', path, 0, () => {
      this.#volume.tree.find(path, 'statfs');
      return Math.max(0, this.#volume.capacityBytes - this.#volume.tree.usedBytes());
    });
  }

  totalBytes(path: string): Promise<number> {
    return this.#operate('totalBytes', path, 0, () => {
      this.#volume.tree.find(path, 'statfs');
      return this.#volume.capacityBytes;
    });
  }

  lock(directory: string): Promise<DiskLock> {
    return this.#operate('lock', directory, 0, () =>
      lockInProcess(this.#locked, this.#volume.tree.directory(directory, 'stat'), directory),
    );
  }

  #die(): void {
    assert(!this.#dead, 'a disk dies once');
    this.#dead = true;
  }

  /**
   * The only way to the volume. `act` runs at the end of the operation's time, in one go.
   * @param failed runs instead if a test has planted a failure
   */
  #operate<T>(
    op: DiskOperation,
    path: string,
    bytes: number,
    act: () => T,
    failed: (failure: Error) => void = () => {},
  ): Promise<T> {
    if (this.#dead) return never();
    this.#options.operations?.push({ op, path, bytes });
    const failure = this.#takeFailure(op);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        if (this.#dead) return;
        if (failure !== undefined) {
          failed(failure);
          reject(failure);
          return;
        }
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      };
      const { clock, latencyMs } = this.#options;
      if (clock === undefined || latencyMs === undefined) queueMicrotask(end);
      else clock.setTimer(latencyMs(op, path), end);
    });
  }

  #takeFailure(op: DiskOperation): Error | undefined {
    const at = this.#failures.findIndex((each) => each.op === op);
    return at < 0 ? undefined : this.#failures.splice(at, 1)[0]?.error;
  }

  #write(file: LossyBytes, path: string, bytes: Buffer, position: number): Promise<void> {
    if (this.#dead) return never();
    const change: ByteChange = { kind: 'write', position, bytes };
    file.begin(change);
    const act = (): void => {
      file.forget(change);
      this.#refuseIfFailed(file);
      writeWithin(this.#room(), file, [bytes], position, path);
    };
    const failed = (): void => {
      file.forget(change);
      file.write(bytes.subarray(0, this.#prng.between(0, bytes.byteLength)), position);
    };
    return this.#operate('write', path, bytes.byteLength, act, failed);
  }

  #truncate(file: LossyBytes, path: string, size: number): Promise<void> {
    if (this.#dead) return never();
    const change: ByteChange = { kind: 'truncate', size };
    file.begin(change);
    const act = (): void => {
      file.forget(change);
      this.#refuseIfFailed(file);
      if (size - file.size > this.#room()) throw systemError('ENOSPC', 'ftruncate', path);
      file.truncate(size);
    };
    return this.#operate('truncate', path, size, act, () => file.forget(change));
  }

  #sync(file: LossyBytes, path: string): Promise<void> {
    if (this.#dead) return never();
    const covered = file.mark;
    const failed = (failure: Error): void => {
      this.#failed.set(file, failure);
      file.failSync(covered, new PowerLoss(this.#prng, noLosses()));
    };
    const act = (): void => {
      this.#refuseIfFailed(file);
      if (this.#syncFails(path)) {
        const failure = systemError('EIO', 'fdatasync', path);
        failed(failure);
        throw failure;
      }
      file.sync(covered);
    };
    return this.#operate('sync', path, 0, act, failed);
  }

  #refuseIfFailed(file: LossyBytes): void {
    const failure = this.#failed.get(file);
    if (failure !== undefined) throw failure;
  }

  #room(): number {
    const { capacityBytes, tree } = this.#volume;
    return capacityBytes === Number.POSITIVE_INFINITY ? capacityBytes : capacityBytes - tree.usedBytes();
  }

  #handleOf(path: string, file: LossyBytes): LossyFile {
    return new LossyFile(path, file.size, {
      read: (target, position) =>
        this.#operate('read', path, target.byteLength, () => file.read(target, position)),
      write: (bytes, position) => this.#write(file, path, bytes, position),
      truncate: (size) => this.#truncate(file, path, size),
      sync: () => this.#sync(file, path),
      close: () => this.#operate('close', path, 0, () => {}),
    });
  }
}

/** What a handle asks of its disk, about its own file. */
interface FileOperations {
  read(target: Uint8Array, position: number): Promise<number>;
  write(bytes: Buffer, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

class LossyFile implements DiskFile {
  readonly path: string;
  readonly #operations: FileOperations;
  readonly #inFlight = new Set<Promise<unknown>>();
  #size: number;
  #closed: Promise<void> | undefined;

  constructor(path: string, size: number, operations: FileOperations) {
    this.path = path;
    this.#size = size;
    this.#operations = operations;
  }

  get size(): number {
    return this.#size;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#counted(() => this.#operations.read(target, position));
  }

  write(parts: readonly Uint8Array[], position: number): Promise<void> {
    return this.#counted(async () => {
      const bytes = Buffer.concat(parts);
      await this.#operations.write(bytes, position);
      this.#size = Math.max(this.#size, position + bytes.byteLength);
    });
  }

  truncate(size: number): Promise<void> {
    return this.#counted(async () => {
      await this.#operations.truncate(size);
      this.#size = size;
    });
  }

  sync(): Promise<void> {
    return this.#counted(() => this.#operations.sync());
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#inFlight).then(() => this.#operations.close());
    return this.#closed;
  }

  async #counted<T>(operation: () => Promise<T>): Promise<T> {
    assert(this.#closed === undefined, `no operation follows close of ${this.path}`);
    const running = operation();
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }
}

function emptyVolume(): Volume {
  return volumeOf(new DirectoryNode(), noLosses(), Number.POSITIVE_INFINITY);
}

/** A machine at power-up: all that is in `root` is durable. */
function volumeOf(root: DirectoryNode<LossyBytes>, counters: LossCounters, capacityBytes: number): Volume {
  const names = new DurableNames(root);
  const tree = new NameTree<LossyBytes>((change) => names.changed(change), root);
  return { tree, names, counters, capacityBytes };
}

function never(): Promise<never> {
  return new Promise(() => {});
}
