import type { PowerLoss } from './power-loss.js';
import { SparseBytes } from './sparse-bytes.js';

/** What a device writes whole or not at all, at best; a large write may arrive in any set of such pieces. */
const SECTOR_BYTES = 512;

/** `bytes` must not change any more: they are kept until a sync covers them. */
export type ByteChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number };

/**
 * A file twice: as programs see it, and as the device holds it, with the changes that lead from the one to the other. A sync moves
 * changes over; a power loss moves over what chance wills, and forgets the rest.
 */
export class LossyBytes {
  readonly #seen: SparseBytes;
  readonly #device: SparseBytes;
  /** Done and not synced, in order. */
  readonly #changes: ByteChange[] = [];
  /** Begun and not done: the device may have got some of them too. */
  readonly #begun = new Set<ByteChange>();
  /** Changes moved to the device since the beginning. */
  #synced = 0;

  /** @param found what lies on the device */
  constructor(found: SparseBytes = new SparseBytes()) {
    this.#seen = found;
    this.#device = found.clone();
  }

  get size(): number {
    return this.#seen.size;
  }

  read(target: Uint8Array, position: number): number {
    return this.#seen.read(target, position);
  }

  copy(): Buffer {
    return this.#seen.copy();
  }

  /** A change has been handed to the system; `forget` follows when it is over, well or not. */
  begin(change: ByteChange): void {
    this.#begun.add(change);
  }

  forget(change: ByteChange): void {
    this.#begun.delete(change);
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.byteLength === 0) return;
    this.#seen.write(bytes, position);
    this.#changes.push({ kind: 'write', position, bytes });
  }

  truncate(size: number): void {
    if (size === this.#seen.size) return;
    this.#seen.truncate(size);
    this.#changes.push({ kind: 'truncate', size });
  }

  /** What a sync that begins now will cover; for `sync` when it ends. */
  get mark(): number {
    return this.#synced + this.#changes.length;
  }

  sync(mark: number): void {
    for (; this.#synced < mark; this.#synced++) apply(this.#device, this.#changes.shift() as ByteChange);
  }

  /**
   * A sync that failed: the system has let go of what it was to write, part of which may be on the device. Programs go on
   * seeing all of it, and no later sync writes the rest (fsyncgate).
   */
  failSync(mark: number, loss: PowerLoss): void {
    for (; this.#synced < mark; this.#synced++) {
      applyByChance(this.#device, this.#changes.shift() as ByteChange, loss);
    }
  }

  /** The process died: of each write it had under way, the system has done any prefix. */
  abandonBegun(loss: PowerLoss): void {
    for (const change of this.#begun) {
      if (change.kind === 'truncate') {
        if (loss.prng.chance(0.5)) this.truncate(change.size);
      } else {
        const { bytes, position } = change;
        this.write(bytes.subarray(0, loss.prng.between(0, bytes.byteLength)), position);
      }
    }
    this.#begun.clear();
  }

  /** What lies on the device after a power loss now. */
  survivors(loss: PowerLoss): SparseBytes {
    const found = this.#device.clone();
    for (const change of this.#changes) applyByChance(found, change, loss);
    for (const change of this.#begun) applyByChance(found, change, loss);
    return found;
  }
}

function apply(device: SparseBytes, change: ByteChange): void {
  if (change.kind === 'write') device.write(change.bytes, change.position);
  else device.truncate(change.size);
}

/*
 * Changes are tried in their order, each on its own. That already gives every mixture that a device can show: of several writes to
 * one byte it holds the last that was kept, so an older one comes out by dropping the younger.
 */
function applyByChance(device: SparseBytes, change: ByteChange, loss: PowerLoss): void {
  if (change.kind === 'write') writeByChance(device, change.bytes, change.position, loss);
  else truncateByChance(device, change.size, loss);
}

function truncateByChance(device: SparseBytes, size: number, loss: PowerLoss): void {
  switch (loss.fate()) {
    case 'kept':
      device.truncate(size);
      return;
    case 'dropped':
      loss.counters.undoneTruncates++;
      return;
    case 'torn':
      device.truncate(between(device.size, size, loss));
  }
}

function writeByChance(device: SparseBytes, bytes: Uint8Array, position: number, loss: PowerLoss): void {
  const { counters } = loss;
  const before = device.size;
  const end = position + bytes.byteLength;
  const fate = bytes.byteLength === 0 ? 'dropped' : loss.fate();
  for (const [from, to] of piecesFound(bytes.byteLength, fate, loss)) {
    device.write(bytes.subarray(from, to), position + from);
  }
  let size = device.size;
  if (end > before) {
    size = sizeFound(device.size, before, end, loss);
    if (size !== device.size) counters.tornExtensions++;
    device.truncate(size);
  }
  if (fate === 'dropped' || size <= position) counters.droppedWrites++;
  else if (fate === 'torn' || size < end) counters.tornWrites++;
  else counters.keptUnsynced++;
}

/** The pieces of a write that reached the device, as [from, to). */
function piecesFound(length: number, fate: 'kept' | 'dropped' | 'torn', loss: PowerLoss): [number, number][] {
  if (fate === 'kept') return [[0, length]];
  if (fate === 'dropped' || length < 2) return [];
  const { prng } = loss;
  const cut = prng.between(1, length - 1);
  switch (prng.pick(['head', 'head', 'tail', 'sectors'])) {
    case 'head':
      return [[0, cut]];
    case 'tail':
      return [[cut, length]];
    default: {
      const pieces: [number, number][] = [];
      for (let from = 0; from < length; from += SECTOR_BYTES) {
        if (prng.chance(0.5)) pieces.push([from, Math.min(length, from + SECTOR_BYTES)]);
      }
      return pieces;
    }
  }
}

/**
 * The size is a change of its own. Mostly it goes with the bytes; else it is found with too few of them (zeros stand in their place),
 * or too small (bytes that were written lie beyond it, and a later extension shows zeros there), or somewhere between.
 */
function sizeFound(withBytes: number, before: number, end: number, loss: PowerLoss): number {
  switch (loss.prng.pick(['bytes', 'bytes', 'bytes', 'bytes', 'full', 'none', 'torn'])) {
    case 'full':
      return end;
    case 'none':
      return before;
    case 'torn':
      return between(before, end, loss);
    default:
      return withBytes;
  }
}

function between(one: number, other: number, loss: PowerLoss): number {
  return loss.prng.between(Math.min(one, other), Math.max(one, other));
}
