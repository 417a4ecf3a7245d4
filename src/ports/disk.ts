/**
 * The disk, where durability is decided. Four things a caller may rely on, and nothing else:
 *
 * - a completed `write` is seen by later reads, and lost by a power failure until a `sync` that *began* after it returns;
 * - a name created, renamed or removed is durable only once `syncDir` of its parent directory returns;
 * - a `write` that fails may have left any prefix of its bytes behind (the caller truncates);
 * - a `sync` that fails says nothing any more about what is on the disk: the file must not be trusted until
 *   it is read back after a restart (fsyncgate).
 *
 * Paths are absolute. Errors are Node's system errors (`code` = ENOENT, ENOSPC, EACCES …).
 */
export interface Disk {
  /** Nothing of it outlives the process: a sync costs nothing, and whatever is done to have fewer of them gains nothing. */
  readonly isVolatile?: boolean;
  /** Opens for reading and positional writing. Without `create` a missing file is ENOENT; with it, an existing one is opened as it is. */
  open(path: string, options?: { readonly create?: boolean }): Promise<DiskFile>;
  /** A small file, whole. ENOENT if missing. */
  readFile(path: string): Promise<Buffer>;
  /** Names in a directory, sorted by code unit. */
  list(path: string): Promise<DirEntry[]>;
  /** `mkdir -p`. Durable after syncDir of each parent that it made. */
  makeDir(path: string): Promise<void>;
  /** Replaces `to` if it exists. */
  rename(from: string, to: string): Promise<void>;
  /** Removes one file. ENOENT if missing. */
  remove(path: string): Promise<void>;
  /** `rm -r`; a missing directory is no error. */
  removeDir(path: string): Promise<void>;
  syncDir(path: string): Promise<void>;
  /** Bytes a non-root writer may still write on the file system of `path`. */
  freeBytes(path: string): Promise<number>;
  /** The size of the file system of `path`, used and free. */
  totalBytes(path: string): Promise<number>;
  /**
   * Takes a directory for this process alone. Held until `release`, and freed by the kernel at any death of the process.
   * @throws UserError DATA_DIR_LOCKED, naming the holder where it is known
   */
  lock(directory: string): Promise<DiskLock>;
}

export interface DirEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  /** Bytes, for files; 0 for directories. */
  readonly size: number;
}

export interface DiskLock {
  release(): Promise<void>;
}

/**
 * An open file. Buffers given to `read` and `write` stay untouched by the caller until the promise settles.
 * Operations on one file may be in flight together; writers order their own.
 */
export interface DiskFile {
  readonly path: string;
  /** Bytes, as this handle knows it: at open, and after each completed write or truncate. */
  readonly size: number;
  /** Fills `target` from `position`; fewer bytes only at the end of the file. Resolves to the number read. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes all of `parts` one behind the other; short writes are continued. Resolves when all of it is written. */
  write(parts: readonly Uint8Array[], position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** fdatasync: data and size. Syncs are scheduled broker-wide with a bound on those in flight. */
  sync(): Promise<void>;
  /** Waits for what is in flight; later calls are refused with an InvariantError. Idempotent. */
  close(): Promise<void>;
}
