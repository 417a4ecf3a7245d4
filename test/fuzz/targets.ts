import type { Target } from './target.js';
import { batches } from './targets/batches.js';
import { gzipTarget, lz4Target, snappyTarget, zstdTarget } from './targets/codecs.js';
import { broker } from './targets/broker.js';
import { coordinatorLog, coordinatorRecords } from './targets/coordinator.js';
import { logTools } from './targets/log-tools.js';
import { logDirectory } from './targets/log-directory.js';
import { checkpoints, journal, offsetIndex, producerSnapshot, timeIndex } from './targets/log-files.js';
import { metadataStore } from './targets/metadata-store.js';
import { frameCutter, requestFrames, responseFrames } from './targets/frames.js';

export const TARGETS: readonly Target[] = [
  batches,
  gzipTarget,
  snappyTarget,
  lz4Target,
  zstdTarget,
  requestFrames,
  responseFrames,
  frameCutter,
  offsetIndex,
  timeIndex,
  producerSnapshot,
  checkpoints,
  journal,
  logDirectory,
  logTools,
  metadataStore,
  coordinatorRecords,
  coordinatorLog,
  broker,
];
