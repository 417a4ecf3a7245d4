/** From the start of a process to its first acknowledged record of a new topic, and what it weighs when idle. */
import { performance } from 'node:perf_hooks';
import { pause } from '../../test/interop/harness/until.mjs';
import { withBroker } from './contenders.mjs';
import { rssMiB } from './measure.mjs';
import { firstRecord } from './topics.mjs';

/** Long enough for a start's garbage to be gone, where a runtime gives it back at all. */
const SETTLE_MS = 10_000;

export function weightRound(contender) {
  return withBroker(contender, async (broker) => {
    await firstRecord(broker);
    const firstRecordMs = performance.now() - broker.spawnedAtMs;
    await pause(SETTLE_MS);
    return { contender: contender.id, firstRecordMs, idleRssMiB: await rssMiB(broker.pid) };
  });
}
