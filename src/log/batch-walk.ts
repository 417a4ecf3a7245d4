/**
 * From batch to batch through a file: for recovery, index rebuilding and look-up by time. It reads window by window and gives control back to
 * the event loop between them, so a scan of a whole segment stops nobody else.
 */
import { BATCH_HEADER_BYTES, batchBytes, headerProblem } from '../records/batch.js';

const MiB = 1024 * 1024;
/** No batch is larger: a request is not. A header that says more is damaged, and no reason to take the memory. */
export const WALK_BATCH_BYTES_MAX = 128 * MiB;

export interface WalkSource {
  /** Fills `target` from `position`; the number of bytes read, or null: the file is gone. */
  read(target: Buffer, position: number): Promise<number | null>;
}

export interface WalkRange {
  /** Where a batch begins. */
  readonly from: number;
  readonly to: number;
  readonly windowBytes: number;
}

export type WalkStop =
  | { readonly kind: 'end' }
  /** The visitor had enough. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'gone' }
  /** What lies at the position is no whole batch, and why. */
  | { readonly kind: 'problem'; readonly problem: string };

/** Where the walk ended: behind the last batch that the visitor let pass. */
export type WalkEnd = WalkStop & { readonly position: number };

/**
 * Calls `visit` with each whole batch, in order, until it returns 'stop': then the walk ends before that batch. The buffer is the
 * walk's own and may be kept.
 */
export async function walkBatches(
  source: WalkSource,
  range: WalkRange,
  visit: (buffer: Buffer, at: number, position: number) => 'go on' | 'stop',
): Promise<WalkEnd> {
  let position = range.from;
  let wanted = range.windowBytes;
  while (position < range.to) {
    const window = Buffer.allocUnsafeSlow(Math.min(wanted, range.to - position));
    const got = await source.read(window, position);
    if (got === null) return { kind: 'gone', position };
    wanted = range.windowBytes;
    let at = 0;
    for (;;) {
      const left = range.to - position - at;
      if (left === 0) break;
      const isCut = got - at < BATCH_HEADER_BYTES;
      // A header cut by the window and not by the end of the file comes whole with the next window.
      if (isCut && at > 0 && got === window.length && left > got - at) break;
      const problem = headerProblem(window.subarray(0, got), at, left) ?? tooLarge(window, at);
      if (problem !== null) return { kind: 'problem', position: position + at, problem };
      const bytes = batchBytes(window, at);
      if (at + bytes > got) {
        if (got < window.length)
          return { kind: 'problem', position: position + at, problem: 'the file ends within a batch' };
        wanted = Math.max(bytes, range.windowBytes);
        break;
      }
      if (visit(window, at, position + at) === 'stop') return { kind: 'stopped', position: position + at };
      at += bytes;
    }
    position += at;
  }
  return { kind: 'end', position };
}

function tooLarge(buffer: Buffer, at: number): string | null {
  const bytes = batchBytes(buffer, at);
  return bytes > WALK_BATCH_BYTES_MAX
    ? `the batch takes ${bytes} bytes; the largest we write has ${WALK_BATCH_BYTES_MAX}`
    : null;
}
