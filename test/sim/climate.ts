/**
 * The weather of a seed. Each draws its own: a world in which everything can happen at any time is a world in which nothing
 * happens often enough (swarm testing; Groce et al., 2012).
 */
import type { Millis } from '../../src/base/ids.js';
import type { Prng } from '../../src/base/prng.js';

export interface Climate {
  /** Power-ups before the last, which is a calm one. */
  readonly lives: number;
  /** How long a life lasts, at most. */
  readonly lifeMsMax: Millis;
  /** How a life ends; what is left of 1 is a power loss. */
  readonly killChance: number;
  readonly stopChance: number;
  /** That a start, or a stop, is cut short. */
  readonly interruptedStartChance: number;
  readonly interruptedStopChance: number;
  /** That a life has a time of a full disk. */
  readonly fullDiskChance: number;
  /** That everybody rests in the middle of a life, for longer than the journal keeps a record. */
  readonly restChance: number;
  readonly topics: number;
  readonly partitionsMax: number;
  /** How often a topic is made or deleted while others work; 0 is never. */
  readonly topicChangeMs: Millis;
  readonly producersPerTopic: number;
  readonly idempotentChance: number;
  readonly acksOneChance: number;
  readonly inFlightMax: number;
  readonly partitionsPerRequestMax: number;
  readonly recordsPerBatchMax: number;
  readonly recordBytesMax: number;
  /** Between two requests of a producer, at most. */
  readonly thinkMsMax: Millis;
  readonly readers: number;
  readonly groups: number;
  /** Processes of one group of consumers that share out a topic. */
  readonly groupMembers: number;
  readonly netMsMax: Millis;
  readonly diskMsMax: Millis;
  /** A slow device makes syncs overlap with much else. */
  readonly syncMsMax: Millis;
  readonly segmentBytes: number;
  readonly indexIntervalBytes: number;
  readonly checkpointMs: Millis;
  readonly offsetsPartitions: number;
  readonly tailBytes: number;
  readonly directories: readonly string[];
}

export function drawClimate(prng: Prng): Climate {
  const busy = prng.chance(0.5);
  const lifeMsMax = prng.pick([30, 150, 600, 2500]);
  const recordsPerBatchMax = prng.pick([1, 3, 10]);
  const recordBytesMax = prng.pick([20, 200, 2000]);
  return {
    lives: prng.between(3, 7),
    lifeMsMax,
    killChance: prng.pick([0, 0.1, 0.4]),
    stopChance: prng.pick([0, 0.1, 0.3]),
    interruptedStartChance: prng.pick([0, 0.3, 0.6]),
    interruptedStopChance: prng.pick([0, 0.5]),
    fullDiskChance: prng.pick([0, 0, 0.5]),
    restChance: prng.pick([0, 0, 0.4]),
    topics: prng.between(1, 3),
    partitionsMax: prng.pick([1, 2, 4, 12, 36]),
    topicChangeMs: prng.pick([0, 0, 40, 300]),
    producersPerTopic: prng.between(1, busy ? 4 : 2),
    idempotentChance: prng.pick([0.5, 1, 1]),
    acksOneChance: prng.pick([0, 0, 0.3]),
    inFlightMax: prng.between(1, 5),
    partitionsPerRequestMax: prng.pick([1, 3, 12]),
    recordsPerBatchMax,
    recordBytesMax,
    // A long life is a slow one: what matters is how much happens between two power losses, and too much only takes time.
    thinkMsMax: Math.max(prng.pick([1, 4, 20]), lifeMsMax / 40),
    readers: prng.between(0, 2),
    groups: prng.between(0, 3),
    netMsMax: prng.pick([0.1, 1, 10]),
    diskMsMax: prng.pick([0.05, 0.5, 3]),
    syncMsMax: prng.pick([0.5, 5, 30]),
    // A batch larger than a segment is refused.
    segmentBytes: Math.max(
      200 + recordsPerBatchMax * (recordBytesMax + 60),
      prng.pick([700, 4000, 30_000, 1_000_000]),
    ),
    indexIntervalBytes: prng.pick([1, 300, 4096]),
    checkpointMs: prng.pick([100, 1000, 60_000]),
    offsetsPartitions: prng.between(1, 3),
    tailBytes: prng.pick([0, 20_000, 4_000_000]),
    directories: prng.chance(0.2) ? ['/data/a', '/data/b'] : ['/data/a'],
    // A stream of its own: the other draws of a seed stay what they were.
    groupMembers: prng.split('group members').pick([0, 0, 0, 2, 3]),
  };
}
