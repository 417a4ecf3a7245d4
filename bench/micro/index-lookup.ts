/**
 * Where a cold read begins, and a search by time: the segment of an offset, the position in it, the offset before a timestamp.
 *
 *     npm run bench -- micro/index-lookup
 *
 * The indexes are those of a full segment of 1 GiB, made by the rules that appends go by. What is looked for is spread evenly and comes
 * in no order, as from many readers, so that every search takes its own way; or in order, as from one that catches up.
 */
import { Bench } from 'tinybench';
import { SlabPool } from '../../src/base/slabs.js';
import { DEFAULT_LOG_CONFIG } from '../../src/log/config.js';
import { OpenSegments } from '../../src/log/open-segments.js';
import { Segment } from '../../src/log/segment.js';
import { SegmentContent } from '../../src/log/segment-content.js';
import { Segments } from '../../src/log/segments.js';
import { SILENT_LOGGER } from '../../src/ports/logger.js';
import { memoryDisk } from '../../src/ports/memory/disk.js';

const KiB = 1024;
/** More than `index.interval.bytes`, so that nearly each batch has its entry. */
const BATCH_BYTES = 5 * KiB;
const BATCH_RECORDS = 40;
const BATCH_EVERY_MS = 3;
const BASE_OFFSET = 2 ** 33;
const FIRST_MS = 1_700_000_000_000;
/** A log of 1 TiB. */
const SEGMENTS = 1024;
/** Looked up one after the other before any comes again. */
const TARGETS = 64 * KiB;
/** One alone is shorter than the clock can tell. */
const LOOKUPS = 1000;

/** As appends fill a segment, up to the batch that would open the next one. */
function fullSegment(): SegmentContent {
  const content = SegmentContent.empty(BASE_OFFSET);
  for (let nth = 0; ; nth++) {
    const batch = {
      bytes: BATCH_BYTES,
      lastOffset: BASE_OFFSET + (nth + 1) * BATCH_RECORDS - 1,
      maxTimestamp: FIRST_MS + nth * BATCH_EVERY_MS,
    };
    if (content.mustRoll(batch, DEFAULT_LOG_CONFIG, 0)) break;
    content.add(batch, DEFAULT_LOG_CONFIG.indexIntervalBytes);
  }
  content.complete();
  return content;
}

function manySegments(offsetsEach: number): Segments {
  const home = {
    disk: memoryDisk(),
    directory: '/data/orders-0',
    openSegments: new OpenSegments(SILENT_LOGGER),
    slabs: new SlabPool(),
  };
  const { segmentBytes } = DEFAULT_LOG_CONFIG;
  return new Segments(
    Array.from({ length: SEGMENTS }, (_, nth) =>
      Segment.found(home, nth * offsetsEach, segmentBytes, FIRST_MS),
    ),
  );
}

/** Evenly spread over [from, to), in no order: multiples of the golden section, without their whole part. */
function spread(from: number, to: number): Float64Array {
  const section = (Math.sqrt(5) - 1) / 2;
  return Float64Array.from(
    { length: TARGETS },
    (_, nth) => from + Math.floor(((nth * section) % 1) * (to - from)),
  );
}

const { offsetIndex, timeIndex, bytes, newestTimestamp } = fullSegment();
const endOffset = offsetIndex.lastOffset + 1;
const segments = manySegments(endOffset - BASE_OFFSET);
const segmentsEnd = SEGMENTS * (endOffset - BASE_OFFSET);
if (offsetIndex.lookup(endOffset) !== bytes - BATCH_BYTES || timeIndex.floorOffset(FIRST_MS) !== BASE_OFFSET)
  throw new Error('the indexes are not those of a full segment');
if (segments.floor(segmentsEnd) !== segments.last) throw new Error('the segments do not follow one another');

const bench = new Bench({ time: 500, warmupTime: 100 });
/** Of what was found, so that no search can be left out. */
let sum = 0;

function add(what: string, targets: Float64Array, lookUp: (target: number) => number): void {
  let at = 0;
  bench.add(what, () => {
    for (let nth = 0; nth < LOOKUPS; nth++) {
      sum += lookUp(targets[at]!);
      at = (at + 1) % TARGETS;
    }
  });
}

const offsets = spread(BASE_OFFSET, endOffset);
const times = spread(FIRST_MS, newestTimestamp);
const places = spread(0, segmentsEnd);
add(`segment of an offset, of ${SEGMENTS}`, places, (offset) => segments.floor(offset)!.baseOffset);
add('position of an offset', offsets, (offset) => offsetIndex.lookup(offset));
add('position of an offset, in order', offsets.toSorted(), (offset) => offsetIndex.lookup(offset));
add('offset before a timestamp', times, (timestamp) => timeIndex.floorOffset(timestamp));
add('offset before a timestamp, in order', times.toSorted(), (timestamp) => timeIndex.floorOffset(timestamp));
await bench.run();
if (!(sum > 0)) throw new Error('nothing was found');

console.log(
  `${offsetIndex.entries} entries by offset, ${timeIndex.entries} by time; Node ${process.version}`,
);
console.table(
  bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
    const eachNs = (milliseconds: number): string => ((milliseconds * 1e6) / LOOKUPS).toFixed(1);
    return {
      what: name,
      'ns each (median)': eachNs(result.latency.p50),
      'ns each (p99)': eachNs(result.latency.p99),
    };
  }),
);
