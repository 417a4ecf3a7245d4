/**
 * Cuts a stream of bytes into frames: an int32 size, then so many bytes. What comes is copied, since sockets read into one buffer that they
 * share. A frame's room grows with the bytes that came, never with the size that was declared, so that a stranger's promise of
 * 100 MiB costs nothing until kept.
 */
import { assert } from '../base/assert.js';
import { SLAB_BYTES_MIN, type Slab, type SlabPool } from '../base/slabs.js';

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
  readonly framesBefore: readonly Frame[];

  constructor(
    declaredBytes: number,
    looksLike: 'tls' | 'http' | undefined,
    limits: { readonly minFrameBytes: number; readonly maxFrameBytes: number },
    framesBefore: readonly Frame[],
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

/** More than a producer's largest request by default, which has 1 MiB of records and a header. */
const PIECE_BYTES = 1.25 * 1024 * 1024;

export interface Frame {
  /** Without the size. */
  readonly bytes: Buffer;
  /** Where the bytes lie, with one hold on it, which is the taker's; null: in a buffer of their own. */
  readonly slab: Slab | null;
}

export class FrameCutter {
  private readonly minFrameBytes: number;
  private readonly maxFrameBytes: number;
  private readonly slabs: SlabPool | null;
  /** The size of the frame under way, as far as it came, and how much of it there is. */
  private readonly size = Buffer.alloc(SIZE_BYTES);
  private sizeBytes = 0;
  /** The frame under way: whole pieces, their bytes, and the piece that is being filled. */
  private pieces: Frame[] = [];
  private gathered = 0;
  private room: Buffer = NO_BYTES;
  private slab: Slab | null = null;
  private filled = 0;
  /** What has come behind the last frame that was asked for. */
  private rest: Buffer = NO_BYTES;
  private failed = false;

  /**
   * @param minFrameBytes of requests unless told otherwise: see ANSWER_BYTES_MIN
   * @param slabs where large frames get their room; without, each gets a buffer of its own
   */
  constructor({
    maxFrameBytes,
    minFrameBytes = REQUEST_BYTES_MIN,
    slabs = null,
  }: {
    readonly maxFrameBytes: number;
    readonly minFrameBytes?: number;
    readonly slabs?: SlabPool | null;
  }) {
    assert(maxFrameBytes >= minFrameBytes, 'a frame limit lets at least a header pass');
    this.minFrameBytes = minFrameBytes;
    this.maxFrameBytes = maxFrameBytes;
    this.slabs = slabs;
  }

  /** Bytes that have come and are in no frame that was returned. */
  get pendingBytes(): number {
    return this.sizeBytes + this.gathered + this.filled + this.rest.length;
  }

  /** Memory that they take: up to eight times as much, for what is expected next, but no more than a piece (1.25 MiB) beyond them. */
  get heldBytes(): number {
    return this.sizeBytes + this.gathered + this.room.length + this.rest.length;
  }

  /** Of the pending bytes, those that nobody has looked at: `cut` an empty chunk for the frames in them. */
  get restBytes(): number {
    return this.rest.length;
  }

  /**
   * Takes what came from the socket and returns the frames that are whole now.
   * @param framesMax so many at most; the others stay uncut, see `restBytes`
   * @throws FrameError as soon as a size shows that the rest makes no sense; the cutter takes nothing after
   * that.
   */
  cut(came: Buffer, framesMax = Infinity): Frame[] {
    assert(!this.failed, 'nothing is pushed after a FrameError');
    const chunk = this.rest.length === 0 ? came : Buffer.concat([this.rest, came]);
    this.rest = NO_BYTES;
    const frames: Frame[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (frames.length === framesMax) {
        this.rest = Buffer.from(chunk.subarray(at));
        break;
      }
      if (this.sizeBytes < SIZE_BYTES) {
        const copied = chunk.copy(this.size, this.sizeBytes, at);
        this.sizeBytes += copied;
        at += copied;
        if (this.sizeBytes < SIZE_BYTES) break;
      }
      const size = this.checkedSize(frames);
      const end = Math.min(chunk.length, at + size - this.gathered - this.filled);
      this.fill(chunk, at, end, size);
      at = end;
      if (this.gathered + this.filled === size) frames.push(this.take());
    }
    return frames;
  }

  /** Lets go of what has come of an unfinished frame. */
  discard(): void {
    for (const { slab } of this.pieces) slab?.release();
    this.slab?.release();
    this.rest = NO_BYTES;
    this.forget();
  }

  /** `cut`, for those who let the collector have the room. */
  push(came: Buffer, framesMax = Infinity): Buffer[] {
    return this.cut(came, framesMax).map(({ bytes }) => bytes);
  }

  private fill(chunk: Buffer, from: number, to: number, size: number): void {
    for (let at = from; at < to; ) {
      if (this.filled === this.room.length) this.makeRoom(to - at, size);
      const copied = chunk.copy(this.room, this.filled, at, to);
      this.filled += copied;
      at += copied;
    }
  }

  /**
   * Four times what came, so that a third of a frame at most is copied once more; beyond a piece, another piece, and the frame is put
   * together at its end: what a large one leaves behind would otherwise wait for the collector.
   */
  private makeRoom(more: number, size: number): void {
    if (this.filled === PIECE_BYTES) {
      this.pieces.push({ bytes: this.room, slab: this.slab });
      this.gathered += this.filled;
      this.filled = 0;
      this.slab = null;
    }
    const wanted = Math.min(PIECE_BYTES, size - this.gathered, 4 * (this.filled + more));
    const { room: before, slab: slabBefore } = this;
    this.slab = this.slabs !== null && wanted >= SLAB_BYTES_MIN ? this.slabs.take(wanted) : null;
    // A small one may lie in a block of Node's with others: whoever keeps it pins 8 KiB, not the 64 of a socket's chunk.
    this.room = this.slab?.buffer.subarray(0, wanted) ?? Buffer.allocUnsafe(wanted);
    before.copy(this.room, 0, 0, this.filled);
    slabBefore?.release();
  }

  private take(): Frame {
    const last = { bytes: this.room.subarray(0, this.filled), slab: this.slab };
    const frame = this.pieces.length === 0 ? last : this.joined([...this.pieces, last]);
    this.forget();
    return frame;
  }

  private joined(pieces: readonly Frame[]): Frame {
    const size = this.gathered + this.filled;
    const slab = this.slabs?.take(size) ?? null;
    const bytes = slab?.buffer.subarray(0, size) ?? Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (const piece of pieces) {
      at += piece.bytes.copy(bytes, at);
      piece.slab?.release();
    }
    return { bytes, slab };
  }

  private forget(): void {
    this.pieces = [];
    this.gathered = 0;
    this.room = NO_BYTES;
    this.slab = null;
    this.filled = 0;
    this.sizeBytes = 0;
  }

  private checkedSize(framesBefore: readonly Frame[]): number {
    const size = this.size.readInt32BE(0);
    const { minFrameBytes, maxFrameBytes } = this;
    if (size >= minFrameBytes && size <= maxFrameBytes) return size;
    this.failed = true;
    throw new FrameError(size, looksLike(this.size), { minFrameBytes, maxFrameBytes }, framesBefore);
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);

const HTTP_STARTS = ['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'CONN', 'OPTI', 'TRAC', 'PATC', 'PRI '];

function looksLike(start: Buffer): 'tls' | 'http' | undefined {
  // A TLS record: type 22 (handshake), then version 3.0 to 3.4.
  if (start[0] === 0x16 && start[1] === 3 && (start[2] ?? 255) <= 4) return 'tls';
  return HTTP_STARTS.includes(start.toString('latin1')) ? 'http' : undefined;
}
