/**
 * Cuts a stream of bytes into frames: an int32 size, then so many bytes. Frames that lie in one chunk are
 * views on it; one that spans chunks is gathered in a buffer that grows with the bytes that came, never with
 * the size that was declared, so that a stranger's promise of 100 MiB costs nothing until kept.
 */
import { assert } from '../base/assert.js';

const SIZE_BYTES = 4;
/** A request header begins with key, version and correlation id; no request is shorter. */
const REQUEST_BYTES_MIN = 8;
/** A correlation id: an answer may have as little behind it as an error code (Heartbeat 0). */
export const ANSWER_BYTES_MIN = 4;

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
    limits: { readonly minFrameBytes: number; readonly maxFrameBytes: number },
    framesBefore: readonly Buffer[],
  ) {
    const guess = { tls: ', as the start of a TLS handshake would', http: ', as an HTTP request would' };
    super(
      `a frame declares ${declaredBytes} bytes${looksLike === undefined ? '' : guess[looksLike]}; ` +
        `frames have ${limits.minFrameBytes} to ${limits.maxFrameBytes} bytes`,
    );
    this.declaredBytes = declaredBytes;
    this.looksLike = looksLike;
    this.framesBefore = framesBefore;
  }
}

export class FrameCutter {
  private readonly minFrameBytes: number;
  private readonly maxFrameBytes: number;
  /** The frame that is not whole yet, size included. */
  private readonly partial = new Pieces();
  private failed = false;

  /** @param minFrameBytes of requests unless told otherwise: see ANSWER_BYTES_MIN */
  constructor({
    maxFrameBytes,
    minFrameBytes = REQUEST_BYTES_MIN,
  }: {
    readonly maxFrameBytes: number;
    readonly minFrameBytes?: number;
  }) {
    assert(maxFrameBytes >= minFrameBytes, 'a frame limit lets at least a header pass');
    this.minFrameBytes = minFrameBytes;
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of a frame that is not whole yet. */
  get pendingBytes(): number {
    return this.partial.bytes;
  }

  /**
   * Takes what came from the socket and returns the frames that are whole now, without their sizes.
   * @throws FrameError as soon as a size shows that the rest makes no sense; the cutter takes nothing after
   * that.
   */
  push(chunk: Buffer): Buffer[] {
    assert(!this.failed, 'nothing is pushed after a FrameError');
    const frames: Buffer[] = [];
    let position = this.partial.bytes === 0 ? 0 : this.continueFrame(chunk, frames);
    while (chunk.length - position >= SIZE_BYTES) {
      const size = this.sizeAt(chunk, position, frames);
      const end = position + SIZE_BYTES + size;
      if (end > chunk.length) break;
      frames.push(chunk.subarray(position + SIZE_BYTES, end));
      position = end;
    }
    if (position < chunk.length) this.partial.add(chunk.subarray(position));
    return frames;
  }

  /**
   * Completes the frame begun in earlier chunks as far as this one goes; returns where the next frame starts.
   */
  private continueFrame(chunk: Buffer, frames: Buffer[]): number {
    let position = 0;
    if (this.partial.bytes < SIZE_BYTES) {
      position = Math.min(SIZE_BYTES - this.partial.bytes, chunk.length);
      this.partial.add(chunk.subarray(0, position));
      if (this.partial.bytes < SIZE_BYTES) return position;
    }
    const whole = SIZE_BYTES + this.sizeAt(this.partial.first, 0, frames);
    const end = Math.min(position + whole - this.partial.bytes, chunk.length);
    this.partial.add(chunk.subarray(position, end));
    if (this.partial.bytes === whole) frames.push(this.partial.take().subarray(SIZE_BYTES));
    return end;
  }

  private sizeAt(buffer: Buffer, position: number, framesBefore: readonly Buffer[]): number {
    const size = buffer.readInt32BE(position);
    const { minFrameBytes, maxFrameBytes } = this;
    if (size >= minFrameBytes && size <= maxFrameBytes) return size;
    this.failed = true;
    throw new FrameError(size, looksLike(buffer, position), { minFrameBytes, maxFrameBytes }, framesBefore);
  }
}

/** From so many bytes on a piece is kept as it came; a smaller one would cost more than its bytes. */
const KEPT_PIECE_BYTES_MIN = 4096;
const ROOM_BYTES_MIN = 256;

/**
 * What has come of one frame: large pieces as they came, small ones copied together, so that neither a large frame is copied more than once
 * nor one that comes byte by byte costs an object for each.
 */
class Pieces {
  bytes = 0;
  #pieces: Buffer[] = [];
  /** Small pieces are gathered here: the last of `#pieces` is a view on its beginning. */
  #room = NO_BYTES;
  #used = 0;

  /** At least the first four bytes, if there are so many. */
  get first(): Buffer {
    return this.#pieces[0] ?? NO_BYTES;
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.bytes += piece.length;
    if (piece.length >= KEPT_PIECE_BYTES_MIN) {
      this.#pieces.push(piece);
      this.#room = NO_BYTES;
      this.#used = 0;
      return;
    }
    const total = this.#used + piece.length;
    if (total > this.#room.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES_MIN, total, 2 * this.#room.length));
      this.#room.copy(larger, 0, 0, this.#used);
      this.#room = larger;
    }
    piece.copy(this.#room, this.#used);
    if (this.#used > 0) this.#pieces.pop();
    this.#used = total;
    this.#pieces.push(this.#room.subarray(0, total));
  }

  /** All of it in one buffer, and begins anew. */
  take(): Buffer {
    const [only] = this.#pieces;
    const whole = this.#pieces.length === 1 && only !== undefined ? only : this.#joined();
    this.bytes = 0;
    this.#pieces = [];
    this.#room = NO_BYTES;
    this.#used = 0;
    return whole;
  }

  #joined(): Buffer {
    const whole = Buffer.allocUnsafeSlow(this.bytes);
    let at = 0;
    for (const piece of this.#pieces) at += piece.copy(whole, at);
    return whole;
  }
}

const NO_BYTES = Buffer.alloc(0);

const HTTP_STARTS = ['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'CONN', 'OPTI', 'TRAC', 'PATC', 'PRI '];

function looksLike(buffer: Buffer, position: number): 'tls' | 'http' | undefined {
  // A TLS record: type 22 (handshake), then version 3.0 to 3.4.
  if (buffer[position] === 0x16 && buffer[position + 1] === 3 && (buffer[position + 2] ?? 255) <= 4)
    return 'tls';
  return HTTP_STARTS.includes(buffer.toString('latin1', position, position + SIZE_BYTES))
    ? 'http'
    : undefined;
}
