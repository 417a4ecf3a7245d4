/**
 * Opens the files of one log: asks the plan in recovery.ts what they mean, scans what it wants scanned, and does what it then says.
 *
 * When this resolves everything that was found is durable: what the last process left in the system's cache has been synced, since the
 * log is about to report it as synced.
 */
import { join } from 'node:path';
import { assert } from '../base/assert.js';
import type { Millis, Offset } from '../base/ids.js';
import type { Logger } from '../ports/logger.js';
import {
  baseOffset,
  codecOf,
  crcMatches,
  isControl,
  lastOffset,
  leaderEpoch,
  producerId,
} from '../records/batch.js';
import { decodeControlMarker } from '../records/control.js';
import { recordsIn } from '../records/iterate.js';
import { Compression } from '../records/compression/compression.js';
import { infoOf } from '../records/validate.js';
import { LEADER_EPOCH_CHECKPOINT, readFileIfPresent, replaceFile } from './checkpoint.js';
import { encodeEpochCheckpoint, LeaderEpochs, parseEpochCheckpoint } from './epochs.js';
import { parseProducerSnapshot } from './producer-snapshot.js';
import { type ProducerBatch, type ProducerEntry, ProducerStates } from './producers.js';
import {
  type FoundSegment,
  planRepair,
  planScan,
  type RecoveryStep,
  type SegmentScan,
  scanGoesOn,
  sortLogFiles,
} from './recovery.js';
import { appendedBatch, Segment, type SegmentHome } from './segment.js';
import { placeProblem, SegmentContent } from './segment-content.js';
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  segmentFileName,
  SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
} from './segment-names.js';
import { CorruptLogError } from './storage-error.js';

const SCAN_WINDOW_BYTES = 1024 * 1024;

export interface RecoverOptions {
  readonly name: string;
  readonly home: SegmentHome;
  readonly logger: Logger;
  readonly nowMs: Millis;
  readonly indexIntervalBytes: number;
  readonly isClean: boolean;
  readonly recoveryPoint: Offset;
  readonly logStartOffset: Offset;
}

export interface RecoveredLog {
  /** Oldest first; the last is active. Never empty. */
  readonly segments: Segment[];
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  readonly producers: ProducerStates;
  readonly epochs: LeaderEpochs;
}

/** @throws CorruptLogError when durable records are missing or damaged: nothing has been changed then */
export async function recoverLog(options: RecoverOptions): Promise<RecoveredLog> {
  const { home, recoveryPoint } = options;
  const files = sortLogFiles(await home.disk.list(home.directory));
  const snapshot = await newestSnapshot(options, files.snapshots);
  const savedEpochs = await loadEpochs(options);
  const plan = planScan({
    segments: files.segments,
    isClean: options.isClean,
    recoveryPoint,
    logStartOffset: options.logStartOffset,
    snapshot: snapshot?.offset ?? null,
    epochsKnown: savedEpochs !== null,
  });
  const firstBase = [...plan.trust, ...plan.scan][0]?.baseOffset ?? 0;
  const logStartOffset = Math.max(options.logStartOffset, firstBase);
  const state = new ScannedState(snapshot, savedEpochs ?? new LeaderEpochs());
  const scanned: Scanned[] = [];
  try {
    await scanSegments(options, plan.scan, state, scanned);
  } catch (error) {
    for (const { segment } of scanned) await segment.close();
    throw error;
  }
  const repair = planRepair({
    recoveryPoint,
    logStartOffset,
    scans: scanned.map(({ scan }) => scan),
    unscanned: plan.scan.slice(scanned.length),
    isTrusted: plan.trust.length > 0 && plan.scan.length === 0,
  });
  if (repair.kind === 'corrupt') {
    for (const { segment } of scanned) await segment.close();
    throw new CorruptLogError(options.name, repair.why);
  }
  if (scanned.length > 0) {
    options.logger.info('recovered a log', { log: options.name, why: plan.why, segments: scanned.length });
  }
  await removeFiles(options, [...files.leftovers, ...plan.remove.flatMap(segmentFiles)]);
  if (repair.kind !== 'recovered') {
    for (const { segment } of scanned) await segment.close();
    await removeFiles(options, [...plan.trust, ...plan.scan].flatMap(segmentFiles).toReversed());
    await removeFiles(
      options,
      files.snapshots.map((offset) => segmentFileName(offset, SNAPSHOT_SUFFIX)),
    );
    return beginAt(options, repair.startOffset);
  }
  await execute(options, repair.steps, scanned, plan.scan);
  const { endOffset } = repair;
  const stale = files.snapshots.filter((offset) => offset > endOffset);
  await removeFiles(
    options,
    stale.map((offset) => segmentFileName(offset, SNAPSHOT_SUFFIX)),
  );

  const trusted = plan.trust.map((found) =>
    Segment.found(home, found.baseOffset, found.bytes, options.nowMs),
  );
  for (const [at, found] of plan.trust.entries()) await trust(home, trusted[at]!, found);
  const kept = scanned.map(({ segment }) => segment);
  const segments = [...trusted, ...kept];
  const active = segments.at(-1);
  assert(active !== undefined, 'a recovered log has a segment');
  await active.activate(endOffset);
  state.epochs.truncateFromEnd(endOffset);
  state.epochs.truncateFromStart(logStartOffset);
  if (scanned.length > 0) {
    await saveEpochs(home, state.epochs);
    await home.disk.syncDir(home.directory);
  }
  return {
    segments,
    startOffset: logStartOffset,
    endOffset,
    producers: state.producers,
    epochs: state.epochs,
  };
}

/** An empty log, its first segment durable. */
async function beginAt(options: RecoverOptions, startOffset: Offset): Promise<RecoveredLog> {
  const { home } = options;
  const first = Segment.pending(home, startOffset, options.nowMs);
  await first.create();
  await home.disk.syncDir(home.directory);
  return {
    segments: [first],
    startOffset,
    endOffset: startOffset,
    producers: new ProducerStates(),
    epochs: new LeaderEpochs(),
  };
}

export function saveEpochs(home: SegmentHome, epochs: LeaderEpochs): Promise<void> {
  const path = join(home.directory, LEADER_EPOCH_CHECKPOINT);
  return replaceFile(home.disk, path, encodeEpochCheckpoint(epochs.entries()));
}

interface Snapshot {
  readonly offset: Offset;
  readonly entries: readonly ProducerEntry[];
}

async function newestSnapshot(options: RecoverOptions, offsets: readonly Offset[]): Promise<Snapshot | null> {
  const { home, recoveryPoint } = options;
  for (const offset of offsets.filter((each) => each <= recoveryPoint).toReversed()) {
    const name = segmentFileName(offset, SNAPSHOT_SUFFIX);
    const parsed = parseProducerSnapshot(await home.disk.readFile(join(home.directory, name)));
    if (parsed.ok) return { offset, entries: parsed.value };
    options.logger.warn('a producer snapshot is unsound and is passed over', {
      log: options.name,
      file: name,
      reason: parsed.reason,
    });
  }
  return null;
}

/** Null: missing or unsound, so they are read from the batches. */
async function loadEpochs(options: RecoverOptions): Promise<LeaderEpochs | null> {
  const { disk, directory } = options.home;
  const bytes = await readFileIfPresent(disk, join(directory, LEADER_EPOCH_CHECKPOINT));
  if (bytes === null) return null;
  const parsed = parseEpochCheckpoint(bytes);
  if (parsed.ok) return new LeaderEpochs(parsed.value);
  options.logger.warn('the leader epochs are read from the batches: their checkpoint is unsound', {
    log: options.name,
    reason: parsed.reason,
  });
  return null;
}

interface Scanned {
  readonly segment: Segment;
  readonly scan: SegmentScan;
  readonly content: SegmentContent;
  /** Where the first batch begins that reaches to the recovery point or beyond. */
  readonly unsureFrom: number;
}

async function scanSegments(
  options: RecoverOptions,
  found: readonly FoundSegment[],
  state: ScannedState,
  scanned: Scanned[],
): Promise<void> {
  for (const [at, each] of found.entries()) {
    if (at === 0) state.beginAt(each.baseOffset);
    const result = await scanSegment(options, each, state);
    scanned.push(result);
    if (!scanGoesOn(result.scan, found[at + 1])) return;
  }
}

async function scanSegment(
  options: RecoverOptions,
  found: FoundSegment,
  state: ScannedState,
): Promise<Scanned> {
  const segment = Segment.found(options.home, found.baseOffset, found.bytes, options.nowMs);
  const content = SegmentContent.empty(found.baseOffset);
  let expected = found.baseOffset;
  let problem: string | null = null;
  let unsureFrom: number | null = null;
  await segment.openForScan();
  const end = await closingOnFailure(segment, () =>
    segment.walk(0, SCAN_WINDOW_BYTES, (buffer, at, position) => {
      problem =
        placeProblem(found.baseOffset, expected, baseOffset(buffer, at), lastOffset(buffer, at)) ??
        batchProblem(buffer, at, state.epochs.latest);
      if (problem !== null) return 'stop';
      content.add(appendedBatch(buffer, at), options.indexIntervalBytes);
      state.add(buffer, at);
      expected = lastOffset(buffer, at) + 1;
      if (expected > options.recoveryPoint) unsureFrom ??= position;
      return 'go on';
    }),
  );
  if (end.kind === 'problem') problem = end.problem;
  assert(end.kind !== 'gone', 'nobody removes the files of a log that is being opened');
  const scan = {
    baseOffset: found.baseOffset,
    fileBytes: found.bytes,
    goodBytes: end.position,
    endOffset: expected,
    problem,
  };
  return { segment, scan, content, unsureFrom: unsureFrom ?? end.position };
}

async function closingOnFailure<T>(segment: Segment, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await segment.close();
    throw error;
  }
}

/** Why a whole batch with a plausible header, in its place, does not count; null: it does. */
function batchProblem(buffer: Buffer, at: number, latestEpoch: number): string | null {
  if (!crcMatches(buffer, at)) return 'the checksum is wrong';
  const epoch = leaderEpoch(buffer, at);
  if (epoch >= 0 && epoch < latestEpoch) return `leader epoch ${epoch} behind ${latestEpoch}`;
  return null;
}

/** Producers and epochs, as the scanned batches leave them. */
class ScannedState {
  readonly producers = new ProducerStates();
  readonly epochs: LeaderEpochs;
  readonly #producersFrom: Offset;

  constructor(snapshot: Snapshot | null, epochs: LeaderEpochs) {
    this.epochs = epochs;
    this.#producersFrom = snapshot?.offset ?? 0;
    this.producers.restore(snapshot?.entries ?? []);
  }

  /** What the checkpoint says of the part that is scanned gives way to the batches' own word. */
  beginAt(offset: Offset): void {
    this.epochs.truncateFromEnd(offset);
  }

  add(buffer: Buffer, at: number): void {
    const first = baseOffset(buffer, at);
    const epoch = leaderEpoch(buffer, at);
    if (epoch > this.epochs.latest) this.epochs.assign(epoch, first);
    if (first < this.#producersFrom || producerId(buffer, at) < 0) return;
    this.producers.apply(producerBatchOf(buffer, at), first, lastOffset(buffer, at));
  }
}

const NO_CODECS = new Compression();

/** What producer state takes from a batch that is in a log already. */
export function producerBatchOf(buffer: Buffer, at: number): ProducerBatch {
  const info = infoOf(buffer, at);
  // A marker is one small record, never compressed: what is compressed is none.
  if (!isControl(buffer, at) || codecOf(buffer, at) !== 0) return info;
  for (const record of recordsIn(buffer, at, NO_CODECS, 0)) {
    const marker = decodeControlMarker(record.key, record.value);
    if (marker !== null) return { ...info, coordinatorEpoch: marker.coordinatorEpoch };
  }
  return info;
}

async function execute(
  options: RecoverOptions,
  steps: readonly RecoveryStep[],
  scanned: readonly Scanned[],
  found: readonly FoundSegment[],
): Promise<void> {
  for (const step of steps) {
    if ('removeFrom' in step) {
      options.logger.warn('removing segments that were never acknowledged', { log: options.name, ...step });
      const behind = found.filter((segment) => segment.baseOffset >= step.removeFrom);
      await removeFiles(options, behind.toReversed().flatMap(segmentFiles));
    } else if (step.row !== 'end') {
      options.logger.warn('cutting off a torn tail', { log: options.name, ...step });
    }
  }
  for (const [at, { segment, content, unsureFrom }] of scanned.entries()) {
    await segment.recover(content, unsureFrom);
    if (at === scanned.length - 1) break;
    await segment.writeIndexes();
    segment.seal();
  }
}

async function trust(home: SegmentHome, segment: Segment, found: FoundSegment): Promise<void> {
  if (!found.isIndexed) {
    await segment.load();
    await segment.writeIndexes();
    await home.disk.syncDir(home.directory);
  }
  segment.seal();
}

function segmentFiles({ baseOffset }: FoundSegment): string[] {
  // The log last: while it is there, an index beside it is no orphan.
  return [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, LOG_SUFFIX].map((suffix) =>
    segmentFileName(baseOffset, suffix),
  );
}

/** Files that may be gone already. One sync for all. */
async function removeFiles(options: RecoverOptions, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { disk, directory } = options.home;
  const present = new Set((await disk.list(directory)).map((entry) => entry.name));
  for (const name of names) if (present.has(name)) await disk.remove(join(directory, name));
  await disk.syncDir(directory);
}
