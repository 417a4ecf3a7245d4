/**
 * Cuts a stream of bytes into frames: an int32 size, then so many bytes. Frames that lie in one chunk are
 * views on it; one that spans chunks is gathered in a buffer that grows with the bytes that came, never with
 * the size that was declared, so that a stranger's promise of 100 MiB costs nothing until kept.
 */
import { assert } from '../base/assert.js';

const SIZE_BYTES = 4;
/** A request header begins with key, version and correlation id; no frame is shorter. */
const FRAME_BYTES_MIN = 8;

/** The peer does not speak this protocol, or exceeds the limit. The connection is of no further use. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly declaredBytes: number;
  /** What the first bytes are in another protocol, so that the log can name the likely mistake. */
  readonly looksLike: 'tls' | 'http' | undefined;
  /** Whole frames that came before the bad one in the same chunk. */
  readonly framesBefore: readonly Buffer[];

  constructor(
    declaredBytes: number,
    looksLike: 'tls' | 'http' | undefined,
    maxFrameBytes: number,
    framesBefore: readonly Buffer[],
  ) {
    const guess = { tls: ', as the start of a TLS handshake would', http: ', as an HTTP request would' };
    super(
      `a frame declares ${declaredBytes} bytes${looksLike === undefined ? '' : guess[looksLike]}; ` +
        `frames have ${FRAME_BYTES_MIN} to ${maxFrameBytes} bytes`,
    );
    this.declaredBytes = declaredBytes;
    this.looksLike = looksLike;
    this.framesBefore = framesBefore;
  }
}

export class FrameCutter {
  private readonly maxFrameBytes: number;
  /** The frame that is not whole yet, size included: the first `held` bytes count. */
  private partial = Buffer.alloc(0);
  private held = 0;
  private failed = false;

  constructor({ maxFrameBytes }: { readonly maxFrameBytes: number }) {
    assert(maxFrameBytes >= FRAME_BYTES_MIN, 'a frame limit lets at least a header pass');
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of a frame that is not whole yet. */
  get pendingBytes(): number {
    return this.held;
  }

  /**
   * Takes what came from the socket and returns the frames that are whole now, without their sizes.
   * @throws FrameError as soon as a size shows that the rest makes no sense; the cutter takes nothing after
   * that.
   */
  push(chunk: Buffer): Buffer[] {
    assert(!this.failed, 'nothing is pushed after a FrameError');
    const frames: Buffer[] = [];
    let position = this.held === 0 ? 0 : this.continueFrame(chunk, frames);
    while (chunk.length - position >= SIZE_BYTES) {
      const size = this.sizeAt(chunk, position, frames);
      const end = position + SIZE_BYTES + size;
      if (end > chunk.length) break;
      frames.push(chunk.subarray(position + SIZE_BYTES, end));
      position = end;
    }
    if (position < chunk.length) this.hold(chunk, position, chunk.length);
    return frames;
  }

  /**
   * Completes the frame begun in earlier chunks as far as this one goes; returns where the next frame starts.
   */
  private continueFrame(chunk: Buffer, frames: Buffer[]): number {
    let position = 0;
    if (this.held < SIZE_BYTES) {
      position = Math.min(SIZE_BYTES - this.held, chunk.length);
      this.hold(chunk, 0, position);
      if (this.held < SIZE_BYTES) return position;
    }
    const whole = SIZE_BYTES + this.sizeAt(this.partial, 0, frames);
    const end = Math.min(position + whole - this.held, chunk.length);
    this.hold(chunk, position, end, whole);
    if (this.held === whole) {
      frames.push(this.partial.subarray(SIZE_BYTES, whole));
      this.partial = Buffer.alloc(0);
      this.held = 0;
    }
    return end;
  }

  /**
   * Copies bytes of an unfinished frame. Room doubles, so that a frame of n bytes is copied at most twice, up
   * to what it needs.
   */
  private hold(chunk: Buffer, start: number, end: number, needed = Number.POSITIVE_INFINITY): void {
    const total = this.held + end - start;
    if (total > this.partial.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.min(Math.max(total, 2 * this.partial.length), Math.max(needed, total)),
      );
      this.partial.copy(larger, 0, 0, this.held);
      this.partial = larger;
    }
    chunk.copy(this.partial, this.held, start, end);
    this.held = total;
  }

  private sizeAt(buffer: Buffer, position: number, framesBefore: readonly Buffer[]): number {
    const size = buffer.readInt32BE(position);
    if (size >= FRAME_BYTES_MIN && size <= this.maxFrameBytes) return size;
    this.failed = true;
    throw new FrameError(size, looksLike(buffer, position), this.maxFrameBytes, framesBefore);
  }
}

const HTTP_STARTS = ['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'CONN', 'OPTI', 'TRAC', 'PATC', 'PRI '];

function looksLike(buffer: Buffer, position: number): 'tls' | 'http' | undefined {
  // A TLS record: type 22 (handshake), then version 3.0 to 3.4.
  if (buffer[position] === 0x16 && buffer[position + 1] === 3 && (buffer[position + 2] ?? 255) <= 4)
    return 'tls';
  return HTTP_STARTS.includes(buffer.toString('latin1', position, position + SIZE_BYTES))
    ? 'http'
    : undefined;
}
