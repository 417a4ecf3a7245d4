import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Long enough for a slow machine; a process that does not end by itself is killed then. */
const ENDS_WITHIN_MS = 60_000;

/** KafkaJS sets a timer into the past now and then, on which newer Nodes remark; it would hide a word of the kit's own. */
const NOT_OURS = '--disable-warning=TimeoutNegativeWarning';

export interface ProgramEnd {
  /** The exit code, or the signal that ended it. */
  readonly end: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `test/kit/programs/NAME.mjs` in a process of its own, until it ends. */
export function runProgram(name: string, flags: readonly string[] = []): Promise<ProgramEnd> {
  const path = fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...flags, NOT_OURS, path],
      { timeout: ENDS_WITHIN_MS, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) =>
        resolve({ end: child.signalCode ?? child.exitCode ?? 'unknown', stdout, stderr }),
    );
  });
}
