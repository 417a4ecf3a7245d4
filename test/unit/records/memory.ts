import { readFileSync, writeFileSync } from 'node:fs';

/**
 * How much memory this process took on at most while `run` ran, in bytes, by the kernel's own high-water mark. Null
 * where the kernel keeps none that can be reset (Linux does).
 */
export async function peakGrowthBytes(run: () => Promise<void> | void): Promise<number | null> {
  const before = statusBytes('VmRSS');
  if (before === null || !resetPeak()) {
    await run();
    return null;
  }
  await run();
  return statusBytes('VmHWM')! - before;
}

function resetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function statusBytes(name: string): number | null {
  try {
    const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    return line === null ? null : Number(line[1]) * 1024;
  } catch {
    return null;
  }
}

/** Lets the event loop turn once: native memory is given back between turns, not within one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
