/** How far the files have been read, as a bar on the terminal. */
import type { Output } from './world.js';

export interface Progress {
  bytesRead(total: number): void;
  end(): void;
}

const SILENT: Progress = { bytesRead() {}, end() {} };

/** A bar where somebody can see it and its end is known; else nothing. */
export async function progressBar(output: Output, totalBytes: number | undefined): Promise<Progress> {
  if (!output.isTerminal || !totalBytes) return SILENT;
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar(
    { format: '{bar} {percentage} %  {read} of {size} MB', clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  bar.start(totalBytes, 0, { read: megabytes(0), size: megabytes(totalBytes) });
  return {
    bytesRead: (total) => bar.update(total, { read: megabytes(total) }),
    end: () => bar.stop(),
  };
}
