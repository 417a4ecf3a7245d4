/** Small enough that a little file is little, large enough that a log of 1 GiB is an array of 16,384. */
const CHUNK_BYTES = 64 * 1024;
const FIRST_CHUNK_BYTES = 256;

/** The bytes of a file in memory: they grow by chunks, and what was never written reads as zeros and takes no room. */
export class SparseBytes {
  readonly #chunks: (Buffer | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Fills `target` from `position` up to the end; the number of bytes read. */
  read(target: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(target.byteLength, this.#size - position));
    for (let done = 0; done < length; ) {
      const at = position + done;
      const offset = at % CHUNK_BYTES;
      const count = Math.min(length - done, CHUNK_BYTES - offset);
      const chunk = this.#chunks[Math.floor(at / CHUNK_BYTES)];
      const there = chunk === undefined ? 0 : Math.max(0, Math.min(count, chunk.length - offset));
      if (chunk !== undefined && there > 0) chunk.copy(target, done, offset, offset + there);
      target.fill(0, done + there, done + count);
      done += count;
    }
    return length;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.byteLength; ) {
      const at = position + done;
      const offset = at % CHUNK_BYTES;
      const count = Math.min(bytes.byteLength - done, CHUNK_BYTES - offset);
      this.#chunk(Math.floor(at / CHUNK_BYTES), offset + count).set(
        bytes.subarray(done, done + count),
        offset,
      );
      done += count;
    }
    this.#size = Math.max(this.#size, position + bytes.byteLength);
  }

  /** Cuts off, or extends by zeros. */
  truncate(size: number): void {
    if (size < this.#size) {
      const last = Math.floor(size / CHUNK_BYTES);
      // What is cut off must read as zeros if the file grows again.
      this.#chunks[last]?.fill(0, size % CHUNK_BYTES);
      if (this.#chunks.length > last + 1) this.#chunks.length = last + 1;
    }
    this.#size = size;
  }

  /** All of it, in a buffer of its own. */
  copy(): Buffer {
    const whole = Buffer.allocUnsafe(this.#size);
    this.read(whole, 0);
    return whole;
  }

  clone(): SparseBytes {
    const twin = new SparseBytes();
    for (const chunk of this.#chunks) twin.#chunks.push(chunk === undefined ? undefined : Buffer.from(chunk));
    twin.#size = this.#size;
    return twin;
  }

  /** The chunk of that number, with at least `bytes` of room. */
  #chunk(index: number, bytes: number): Buffer {
    const chunk = this.#chunks[index];
    if (chunk !== undefined && chunk.length >= bytes) return chunk;
    const doubled = Math.max(FIRST_CHUNK_BYTES, (chunk?.length ?? 0) * 2, bytes);
    const grown = Buffer.alloc(Math.min(CHUNK_BYTES, doubled));
    if (chunk !== undefined) chunk.copy(grown);
    while (this.#chunks.length <= index) this.#chunks.push(undefined);
    this.#chunks[index] = grown;
    return grown;
  }
}
