import { nodeClock } from '../ports/node/clock.js';

/** Longer than any test; only its being pending matters. */
const A_DAY_MS = 86_400_000;

/**
 * Keeps the process alive while `work` is under way. Everything of the broker lets the process end; a test that awaits the broker and
 * nothing else would end in the middle of it, with Node's "unsettled top-level await".
 */
export async function keepingAlive<T>(work: () => Promise<T>): Promise<T> {
  const clock = nodeClock();
  const timer = clock.setTimer(A_DAY_MS, () => {});
  try {
    return await work();
  } finally {
    clock.clearTimer(timer);
  }
}
