/** From batch to batch through a segment's file, with a pause for whoever looks at them: for output that must be waited for. */
import { type WalkEnd, walkBatches } from '../../log/batch-walk.js';
import type { ReadOnlyFile } from '../../ports/read-only-disk.js';

export const WINDOW_BYTES = 1024 * 1024;

/**
 * Calls `visit` with each whole batch, in order, until it resolves to 'stop'. The walk itself does not wait, but its next read does: so the
 * batches of one window are held, and no more.
 * @returns where and why it ended; 'gone' where the visitor had enough
 */
export async function walkSlowly(
  file: ReadOnlyFile,
  visit: (buffer: Buffer, at: number, position: number) => Promise<'go on' | 'stop'>,
): Promise<WalkEnd> {
  let held: { readonly buffer: Buffer; readonly at: number; readonly position: number }[] = [];
  let stopped = false;
  const show = async (): Promise<void> => {
    const batches = held;
    held = [];
    for (const { buffer, at, position } of batches) {
      if (stopped) return;
      stopped = (await visit(buffer, at, position)) === 'stop';
    }
  };
  const source = {
    read: async (target: Buffer, position: number): Promise<number | null> => {
      await show();
      return stopped ? null : file.read(target, position);
    },
  };
  const range = { from: 0, to: file.size, windowBytes: WINDOW_BYTES };
  const end = await walkBatches(source, range, (buffer, at, position) => {
    held.push({ buffer, at, position });
    return 'go on';
  });
  await show();
  return stopped ? { kind: 'gone', position: end.position } : end;
}
