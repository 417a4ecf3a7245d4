import type net from 'node:net';
import { assert } from '../../base/assert.js';
import type { Address, Connection, ConnectionEvents } from '../net.js';
import type { LentReads } from './lent-reads.js';

// Taken when the module loads: fake timers that a user's test installs later replace the globals, not these.
const { setTimeout, clearTimeout, queueMicrotask } = globalThis;

/** How long the peer may take to close its side after we have sent everything and closed ours. */
const LINGER_MS = 1_000;

/**
 * What is handed to the system in one go. The rest of a large answer waits here: the system takes a write as a whole, and neither tells
 * how far it has come nor lets go of its bytes before its end, which for 50 MB and a slow peer is minutes away.
 */
const SLICE_BYTES = 256 * 1024;

/** What is read of a connection that is paused; then its peer's window fills. */
const EARLY_BYTES_MAX = 64 * 1024;

/** A TCP connection that is up. Errors end it; `onClose` tells which, once. */
export class NodeConnection implements Connection {
  readonly id: number;
  readonly remote: Address;
  readonly local: Address;
  readonly #socket: net.Socket;
  #events: ConnectionEvents | undefined;
  #paused = false;
  /** Read while paused, or before `handle`, in order. */
  readonly #early: Buffer[] = [];
  #earlyBytes = 0;
  #peerHasEnded = false;
  #state: 'open' | 'ending' | 'closing' | 'closed' = 'open';
  #cause: Error | undefined;
  #linger: NodeJS.Timeout | undefined;
  /** Behind what the socket has. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #owesDrain = false;
  /** Of all that was ever to be written: the bytes that the system has by now, and those that were given to us. */
  #writtenBytes = 0;
  #givenBytes = 0;
  /** Who is to be told once the system has so many bytes, in order. */
  #untaken: { readonly bytes: number; readonly taken: () => void }[] = [];

  constructor(id: number, { socket, onRead }: LentReads) {
    this.id = id;
    this.#socket = socket;
    onRead((chunk) => this.#read(chunk));
    this.remote = addressOf(socket.remoteAddress, socket.remotePort);
    this.local = addressOf(socket.localAddress, socket.localPort);
    // From the first moment: a reset before `handle` must not bring the process down, and must still be told.
    socket.on('error', (error) => {
      this.#cause ??= error;
    });
    socket.on('close', () => this.#hasClosed());
    socket.on('end', () => {
      this.#peerHasEnded = true;
      if (this.#early.length > 0) this.#events?.onEnd?.();
      this.#endWhenRead();
    });
    socket.on('finish', () => this.#startLinger());
  }

  get queuedBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  handle(events: ConnectionEvents): void {
    assert(this.#events === undefined, 'a connection is handled once');
    this.#events = events;
    if (this.#state === 'closed') {
      queueMicrotask(() => events.onClose(this.#cause));
      return;
    }
    if (!this.#paused) this.resume();
  }

  /** False: enough for now. */
  #read(chunk: Buffer): boolean {
    if (this.#state !== 'open') return true;
    // A socket that has just connected reads before anybody handles it.
    if (this.#events === undefined || this.#paused || this.#early.length > 0) {
      this.#early.push(Buffer.from(chunk));
      this.#earlyBytes += chunk.length;
      return this.#earlyBytes < EARLY_BYTES_MAX;
    }
    this.#events.onData(chunk);
    return true;
  }

  readonly #readEarly = (): void => {
    while (this.#early.length > 0 && !this.#paused && this.#flows()) {
      const chunk = this.#early.shift()!;
      this.#earlyBytes -= chunk.length;
      this.#events!.onData(chunk);
    }
    if (this.#early.length > 0) return;
    if (this.#peerHasEnded) this.#endWhenRead();
    else if (!this.#paused && this.#flows()) this.#socket.resume();
  };

  /** The peer sends nothing more. Once that has been handed on, our half ends behind what is queued. */
  #endWhenRead(): void {
    if (this.#state !== 'open' || this.#early.length > 0) return;
    this.#handOverAll();
    this.#socket.end();
  }

  write(parts: readonly Uint8Array[], taken?: () => void): boolean {
    // The peer may be gone, and the answer with it. No drain will come, so there is none to wait for.
    const socket = this.#socket;
    if (this.#state !== 'open' || !socket.writable) {
      taken?.();
      return true;
    }
    for (const part of parts) {
      if (part.byteLength === 0) continue;
      this.#waiting.push(part);
      this.#waitingBytes += part.byteLength;
      this.#givenBytes += part.byteLength;
    }
    if (taken !== undefined) this.#untaken.push({ bytes: this.#givenBytes, taken });
    this.#handOver();
    // Asked afterwards: what the kernel has taken by now is out of the way.
    if (this.queuedBytes < socket.writableHighWaterMark) return true;
    this.#owesDrain = true;
    return false;
  }

  /** The socket itself reads on for a little, so that the end of a peer that is not read from is noticed. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    // Not now: who resumes may be in the middle of a chunk.
    if (this.#flows()) queueMicrotask(this.#readEarly);
  }

  /**
   * Closes our side and then waits a little for the peer to close its own, throwing away what it still sends. To close at
   * once, with bytes of the peer unread, makes the kernel send a reset, and a reset overtakes our last answer.
   */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#handOverAll();
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#forgetWaiting();
    this.#socket.destroy();
  }

  /** Gives the socket slice after slice, as long as the kernel takes each of them at once. */
  #handOver(): void {
    const socket = this.#socket;
    while (this.#waiting.length > 0 && socket.writableLength === 0) {
      const slice = this.#nextSlice();
      const writtenBytes = this.#givenBytes - this.#waitingBytes;
      socket.cork();
      // The parts of a write are done together; the last one tells.
      for (let at = 0; at < slice.length - 1; at++) socket.write(slice[at]!);
      socket.write(slice.at(-1)!, (error) => this.#written(writtenBytes, error));
      socket.uncork();
    }
  }

  #handOverAll(): void {
    for (const part of this.#waiting) this.#socket.write(part);
    this.#forgetWaiting();
  }

  #nextSlice(): Uint8Array[] {
    let whole = 0;
    let bytes = 0;
    while (whole < this.#waiting.length && bytes + this.#waiting[whole]!.byteLength <= SLICE_BYTES) {
      bytes += this.#waiting[whole++]!.byteLength;
    }
    const slice = this.#waiting.splice(0, whole);
    const next = this.#waiting[0];
    if (next !== undefined) {
      const room = SLICE_BYTES - bytes;
      slice.push(next.subarray(0, room));
      this.#waiting[0] = next.subarray(room);
      bytes = SLICE_BYTES;
    }
    this.#waitingBytes -= bytes;
    return slice;
  }

  #written(bytes: number, error: Error | null | undefined): void {
    // After an error, and once it is closing, the system says nothing of what it still reads before the end.
    if (this.#state !== 'open' || error) return;
    this.#writtenBytes = bytes;
    this.#tellTaken();
    this.#handOver();
    if (!this.#owesDrain || this.queuedBytes > 0) return;
    this.#owesDrain = false;
    this.#events?.onDrain?.();
  }

  #tellTaken(): void {
    let told = 0;
    while (told < this.#untaken.length && this.#untaken[told]!.bytes <= this.#writtenBytes)
      this.#untaken[told++]!.taken();
    this.#untaken.splice(0, told);
  }

  #forgetWaiting(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** False before `handle`, when the socket must not flow into nothing, and after `end`, when it must flow whatever is asked. */
  #flows(): boolean {
    return this.#events !== undefined && this.#state === 'open';
  }

  #startLinger(): void {
    if (this.#state !== 'ending') return;
    this.#linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#linger.unref();
  }

  #hasClosed(): void {
    clearTimeout(this.#linger);
    this.#state = 'closed';
    this.#forgetWaiting();
    this.#writtenBytes = this.#givenBytes;
    this.#tellTaken();
    this.#events?.onClose(this.#cause);
  }
}

/** An IPv4 peer of a listener on `::` has a mapped address; told to others, it would only work on a host of that kind. */
export function addressOf(host: string | undefined, port: number | undefined): Address {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host ?? '');
  return { host: mapped?.[1] ?? host ?? '', port: port ?? 0 };
}
