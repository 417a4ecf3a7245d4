/**
 * Buffers that go round. V8 counts the memory of buffers outside its heap, and each time some tens of megabytes more have been
 * allocated it marks the whole heap, with helpers on every core: with a new buffer for each frame, chunk and read, a broker at
 * 200 MB/s spent two fifths of its CPU so.
 *
 * A slab is counted: who takes it has one hold, whoever keeps a view of it for longer takes another, and with the last hold let go the
 * bytes are free to be overwritten. A hold that is never let go costs what any other buffer costs, a collection. One that
 * is let go while its bytes are still read would hand one reader another one's records, so letting go twice is asserted against.
 */
import { assert } from './assert.js';

const KiB = 1024;
/** Smaller buffers are not worth the counting: Node cuts them from blocks of its own. */
export const SLAB_BYTES_MIN = 4 * KiB;
/** Larger ones are made to measure and collected. */
export const SLAB_BYTES_MAX = 4 * KiB * KiB;
/** What lies idle between two bursts; more is left to the collector. */
const IDLE_BYTES_MAX = 32 * KiB * KiB;

export class Slab {
  /** At least as long as was asked for. */
  readonly buffer: Buffer;
  readonly #pool: SlabPool;
  #holds = 1;

  /** Only a pool makes slabs. */
  constructor(buffer: Buffer, pool: SlabPool) {
    this.buffer = buffer;
    this.#pool = pool;
  }

  hold(): void {
    assert(this.#holds > 0, 'a slab that was let go is not held again');
    this.#holds++;
  }

  release(): void {
    assert(this.#holds > 0, 'a slab is let go once for each hold');
    if (--this.#holds === 0) this.#pool.restore(this.buffer);
  }
}

export class SlabPool {
  readonly #idleBytesMax: number;
  /** By size; the size that was used last is the last. */
  readonly #idle = new Map<number, Buffer[]>();
  #idleBytes = 0;

  constructor({ idleBytesMax = IDLE_BYTES_MAX }: { readonly idleBytesMax?: number } = {}) {
    this.#idleBytesMax = idleBytesMax;
  }

  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** Room for so many bytes or more, whose contents are anybody's. */
  take(bytes: number): Slab {
    const size = sizeOf(bytes);
    // Not from Node's block: a slice of that would pin what others have of it.
    return new Slab(this.#takeIdle(size) ?? Buffer.allocUnsafeSlow(size), this);
  }

  /** A larger one will do, up to twice the size: what is asked for varies, and what lies idle is what was asked for before. */
  #takeIdle(smallest: number): Buffer | undefined {
    for (let size = smallest; size <= 2 * smallest && size <= SLAB_BYTES_MAX; size = sizeOf(size + 1)) {
      const idle = this.#idle.get(size);
      if (idle === undefined) continue;
      const buffer = idle.pop()!;
      this.#used(size, idle);
      this.#idleBytes -= size;
      return buffer;
    }
    return undefined;
  }

  /** For `Slab`: nobody holds these bytes any more. */
  restore(buffer: Buffer): void {
    const size = buffer.length;
    if (size > Math.min(SLAB_BYTES_MAX, this.#idleBytesMax) || !this.#makeRoom(size)) return;
    const idle = this.#idle.get(size) ?? [];
    idle.push(buffer);
    this.#used(size, idle);
    this.#idleBytes += size;
  }

  /** Sizes not used for longest go first, or one kind of load would leave no room for what goes round in the next. */
  #makeRoom(bytes: number): boolean {
    for (const [size, idle] of this.#idle) {
      while (this.#idleBytes + bytes > this.#idleBytesMax && idle.length > 0) {
        if (size === bytes) return false;
        idle.pop();
        this.#idleBytes -= size;
      }
      if (idle.length > 0) break;
      this.#idle.delete(size);
    }
    return true;
  }

  #used(size: number, idle: Buffer[]): void {
    this.#idle.delete(size);
    if (idle.length > 0) this.#idle.set(size, idle);
  }
}

/** Four sizes for each power of two: at most a quarter is left over, and what is asked for again and again meets the same size. */
function sizeOf(bytes: number): number {
  if (bytes > SLAB_BYTES_MAX) return bytes;
  if (bytes <= SLAB_BYTES_MIN) return SLAB_BYTES_MIN;
  const step = 2 ** (31 - Math.clz32(bytes - 1) - 2);
  return Math.ceil(bytes / step) * step;
}
