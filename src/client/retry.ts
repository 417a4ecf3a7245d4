/** When to try again, and when to stop: exponential backoff with jitter (KIP-580), within a deadline. */
import { UserError } from '../base/errors.js';
import type { Millis } from '../base/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Entropy } from '../ports/entropy.js';
import { ConnectionLost } from '../rpc/rpc-connection.js';
import { ErrorCode } from '../wire/errors.js';
import { KafkaError } from './kafka-error.js';

const BASE_MS: Millis = 50;
const MAX_MS: Millis = 1000;
/** So that clients which lost the same broker at the same moment do not come back at the same moment. */
const JITTER = 0.2;

export interface Chances {
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/** How long to wait before the given attempt; the first retry is attempt 1. */
export function backoffMs(attempt: number, entropy: Entropy): Millis {
  const steady = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(attempt - 1, 16));
  return steady * (1 - JITTER + 2 * JITTER * entropy.random());
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
export function sleep(clock: Clock, ms: Millis, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = (): void => {
      signal?.removeEventListener('abort', wake);
      clock.clearTimer(timer);
      resolve();
    };
    const timer = clock.setTimer(ms, wake);
    signal?.addEventListener('abort', wake);
  });
}

/** Whether what failed may succeed later without anybody doing anything about it. */
export function isTransient(error: unknown): error is Error {
  if (error instanceof KafkaError) return error.retriable;
  return (
    error instanceof ConnectionLost || (error instanceof UserError && error.code === 'BROKER_UNREACHABLE')
  );
}

/** The same for whoever speaks of a topic that should be there: that nobody knows it is final. */
export function isTransientOfKnownTopic(error: unknown): error is Error {
  const isUnknown = error instanceof KafkaError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  return !isUnknown && isTransient(error);
}

/**
 * Runs `attempt` until it succeeds.
 * @throws its last error: one that is not transient at once, any other when `timeoutMs` have passed or `signal` is aborted
 */
export async function retry<T>(
  { clock, entropy }: Chances,
  timeoutMs: Millis,
  attempt: () => Promise<T>,
  { signal, mayRetry = isTransient }: { signal?: AbortSignal; mayRetry?: (error: unknown) => boolean } = {},
): Promise<T> {
  const deadline = clock.monotonic() + timeoutMs;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = backoffMs(failures, entropy);
      const late = clock.monotonic() + waitMs >= deadline;
      if (late || signal?.aborted || !mayRetry(error)) throw error;
      await sleep(clock, waitMs, signal);
    }
  }
}
