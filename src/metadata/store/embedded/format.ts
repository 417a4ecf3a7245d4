/**
 * The files of the embedded store, as bytes. Pure: no disk here.
 *
 *     file    header, then frames one behind the other
 *     header  "MILLRACE" | kind, 4 | format version, u32 | marker, 8 | written by, 16 | 0, u32 | crc32c of all before, u32
 *     frame   marker, 8 | crc32c of what follows, u32 | payload length, u32 | payload (a message of proto/embedded-store.proto)
 *
 * Numbers are little-endian. The marker is random per file. A log is written frame by frame, one at a time, each synced before
 * the next begins. So when a frame cannot be read, there are two cases and the marker tells them apart: nothing behind it
 * bears the marker, then it is the last write, torn by a crash before it was synced and never answered; or a later frame
 * does, then the bad one had been synced and the disk has since lost what it held, and nobody may go on as if it
 * had not. A value cannot fake a later frame, as nobody outside knows the marker. (What no log can tell is rot in the very
 * last frame from a torn write.)
 */
import { assert } from '../../../base/assert.js';
import { crc32c } from '../../../base/crc32c.js';
import { version as SOFTWARE_VERSION } from '../../../base/version.js';

export const FORMAT_VERSION = 1;
export const HEADER_BYTES = 48;
export const MARKER_BYTES = 8;
const FRAME_HEADER_BYTES = 16;
/** Of one payload; the store's own batches and snapshot parts stay below it. */
export const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;

const MAGIC = 'MILLRACE';
const WRITTEN_BY_BYTES = 16;

export type FileKind = 'LOG ' | 'SNAP';

export function encodeHeader(kind: FileKind, marker: Buffer, formatVersion = FORMAT_VERSION): Buffer {
  assert(marker.length === MARKER_BYTES, 'a marker has 8 bytes');
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  header.write(kind, 8, 'latin1');
  header.writeUInt32LE(formatVersion, 12);
  marker.copy(header, 16);
  header.write(SOFTWARE_VERSION.slice(0, WRITTEN_BY_BYTES), 24, 'latin1');
  header.writeUInt32LE(crc32c(header, 0, HEADER_BYTES - 4), HEADER_BYTES - 4);
  return header;
}

export type HeaderRead =
  | { readonly kind: 'good'; readonly marker: Buffer }
  | { readonly kind: 'newer'; readonly formatVersion: number; readonly writtenBy: string }
  | { readonly kind: 'bad' };

export function readHeader(file: Buffer, kind: FileKind): HeaderRead {
  if (file.length < HEADER_BYTES) return { kind: 'bad' };
  if (file.toString('latin1', 0, 8) !== MAGIC || file.toString('latin1', 8, 12) !== kind)
    return { kind: 'bad' };
  if (file.readUInt32LE(HEADER_BYTES - 4) !== crc32c(file, 0, HEADER_BYTES - 4)) return { kind: 'bad' };
  const formatVersion = file.readUInt32LE(12);
  if (formatVersion > FORMAT_VERSION) {
    const writtenBy = file.toString('latin1', 24, 24 + WRITTEN_BY_BYTES).replace(/\0+$/, '');
    return { kind: 'newer', formatVersion, writtenBy };
  }
  if (formatVersion < 1) return { kind: 'bad' };
  return { kind: 'good', marker: Buffer.from(file.subarray(16, 24)) };
}

export function encodeFrame(marker: Buffer, payload: Uint8Array): Buffer {
  assert(
    payload.length > 0 && payload.length <= PAYLOAD_BYTES_MAX,
    'a frame has a payload, of a bounded size',
  );
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  marker.copy(frame, 0);
  frame.writeUInt32LE(payload.length, 12);
  frame.set(payload, FRAME_HEADER_BYTES);
  frame.writeUInt32LE(crc32c(frame, 12, frame.length), 8);
  return frame;
}

export interface FramesRead {
  /** Views on the file. */
  readonly payloads: readonly Buffer[];
  /** End of the last good frame. */
  readonly goodEnd: number;
  /** `torn`: an unfinished last write lies behind. `damaged`: good frames may lie behind a bad one. */
  readonly ending: 'whole' | 'torn' | 'damaged';
}

/** All frames from the header's end on, up to the first that cannot be read. */
export function readFrames(file: Buffer, marker: Buffer): FramesRead {
  const payloads: Buffer[] = [];
  let at = HEADER_BYTES;
  while (at < file.length) {
    const payload = readFrame(file, at, marker);
    if (payload === undefined) {
      const next = file.indexOf(marker, at + 1);
      return { payloads, goodEnd: at, ending: next < 0 ? 'torn' : 'damaged' };
    }
    payloads.push(payload);
    at += FRAME_HEADER_BYTES + payload.length;
  }
  return { payloads, goodEnd: at, ending: 'whole' };
}

function readFrame(file: Buffer, at: number, marker: Buffer): Buffer | undefined {
  const start = at + FRAME_HEADER_BYTES;
  if (start > file.length || marker.compare(file, at, at + MARKER_BYTES) !== 0) return undefined;
  const length = file.readUInt32LE(at + 12);
  if (length === 0 || length > file.length - start) return undefined;
  if (file.readUInt32LE(at + 8) !== crc32c(file, at + 12, start + length)) return undefined;
  return file.subarray(start, start + length);
}
