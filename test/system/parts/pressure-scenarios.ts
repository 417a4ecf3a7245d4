/** What peers do to a broker, and what it may cost: the same table for the tests, in small, and the benchmark, in full. */
import { batchOf, MiB, type Scenario } from './pressure.js';

export interface PressureRow extends Scenario {
  /** What a reader of the results is told. */
  readonly what: string;
}

/** What the broker is told it may use. */
export interface Budgets {
  readonly requestBytes: number;
  readonly answerBytes: number;
  readonly tailBytes: number;
}

export function settingsOf({ requestBytes, answerBytes, tailBytes }: Budgets): Record<string, string> {
  return {
    'queued.max.request.bytes': String(requestBytes),
    'queued.max.response.bytes': String(answerBytes),
    'log.tail.memory.bytes': String(tailBytes),
  };
}

/** From Node 24 on, V8 lets its young generation grow to 128 MiB instead of 32, and what hangs on it waits longer to be collected. */
const LARGE_YOUNG_GENERATION = Number(process.versions.node.split('.')[0]) >= 24;
/** The program, buffers that lie idle (32 MiB, base/slabs.ts), and what nobody has collected yet. */
const BASE_MIB = LARGE_YOUNG_GENERATION ? 448 : 320;
/** A reader's chunk of 64 KiB and what the socket itself takes; idle ones cost far less. */
const CONNECTION_BYTES = 80 * 1024;
/** What is freed is not at once the system's again: V8 collects late, and malloc keeps. */
const SLACK = 2.5;

/** The bound on resident memory that every scenario is held to. */
export function residentBytesMax(budgets: Budgets, connections: number): number {
  const { requestBytes, answerBytes, tailBytes } = budgets;
  return BASE_MIB * MiB + tailBytes + SLACK * (requestBytes + answerBytes) + connections * CONNECTION_BYTES;
}

export const RESIDENT_FORMULA = `${BASE_MIB} MiB + log.tail.memory.bytes + 2.5 × (queued.max.request.bytes + queued.max.response.bytes) + 80 KiB × connections`;

/** To be made before: the rows name it. */
export const WIDE_TOPIC = 'wide';
export const WIDE_PARTITIONS = 200;

/** How many connections, and for how long once they are up. */
export interface Sizes {
  readonly idle: number;
  readonly others: number;
  readonly seconds: number;
}

export function pressureRows({ idle, others, seconds }: Sizes): PressureRow[] {
  const batch = batchOf(100_000).toString('base64');
  const wide = { topic: WIDE_TOPIC, partitions: WIDE_PARTITIONS, batch: batchOf(40_000).toString('base64') };
  const row = (
    name: string,
    count: number,
    what: string,
    more: Partial<Scenario['load']> = {},
  ): PressureRow => ({
    name,
    what,
    seconds,
    load: { kind: name, count, ...more },
  });
  return [
    row('silent', others, 'say nothing'),
    row('idle', idle, 'have asked what the broker speaks, and are idle'),
    row('greedy-fetch', others, 'pipeline ten fetches of 50 MB each and read nothing'),
    row('greedy-produce', others, 'produce as fast as they are let, acks=1', { batch }),
    row('produce-unasked', others, 'the same with acks=0', { batch }),
    {
      // A tenth of the others, and for longer: each request is as large as eighty of theirs.
      ...row(
        'wide-produce',
        Math.ceil(others / 10),
        `produce to ${WIDE_PARTITIONS} partitions with each request, acks=all`,
        wide,
      ),
      seconds: Math.max(seconds, 4),
    },
    row('slow-reader', others, 'ask for 50 MB three times and read 1 KiB a second'),
    row('slow-writer', others, 'send one byte a second, of a request or of 100 MB'),
    { ...row('half-open', others, 'have asked, and then stand still: SIGSTOP'), frozen: true },
    row('parked', others, 'park a hundred fetches each, for 24 days'),
    row('huge-frame', others, 'declare 100 MB and send as much of it as they can'),
    row('tiny-pipeline', others, 'pipeline tiny requests without end, and read'),
    row('tiny-unread', others, 'the same, and do not read'),
    row('churn', others, 'come and go, up to a thousand a second; a third resets', { perSecond: 1000 }),
    row('garbage', others, 'TLS, HTTP, sizes of 2 GiB, noise; up to 500 a second', { perSecond: 500 }),
  ];
}
