/**
 * Chooses from recorded frames what a corpus needs: of each client, broker, API, version and direction a few frames that differ
 * in shape, the smallest of each shape. A shape is what the frame's codec can go wrong with: which fields are null or empty,
 * which arrays hold nothing, one or several, and each error code; values do not count.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { codec } from '../src/wire/codec.js';
import { decodeRequestHeader, decodeResponseHeader } from '../src/wire/headers.js';
import { apiByKey, flexibleOf } from '../src/wire/messages/index.js';

const RECORDINGS = '.cache/frames';
const CORPUS = 'test/corpus/frames';
/** For each client, broker, API, version and direction. */
const SHAPES_MAX = 5;
const FRAME_BYTES_MAX = 1536;
/** Who helps a suite along, and is no client under test. */
const CONTROL = 'control';

interface Recorded {
  readonly suite: string;
  readonly broker: string;
  readonly direction: 'request' | 'response';
  readonly key: number;
  readonly version: number;
  readonly clientId: string;
  readonly bytes: string;
}

/** What a corpus never holds: names of this machine and its users' directories. */
const PRIVATE = [hostname(), '/root', '/home', process.cwd()].filter((text) => text.length > 3);

const bySuite = new Map<string, Map<string, Recorded[]>>();
for (const name of readdirSync(RECORDINGS)
  .filter((each) => each.endsWith('.jsonl'))
  .sort()) {
  for (const line of readFileSync(`${RECORDINGS}/${name}`, 'utf8').split('\n')) {
    if (line === '') continue;
    const frame = JSON.parse(line) as Recorded;
    if (frame.clientId === CONTROL || !isFit(frame)) continue;
    const groups = bySuite.get(frame.suite) ?? new Map<string, Recorded[]>();
    bySuite.set(frame.suite, groups);
    const group = [frame.broker, frame.direction, frame.key, frame.version].join(' ');
    groups.set(group, [...(groups.get(group) ?? []), frame]);
  }
}

mkdirSync(CORPUS, { recursive: true });
for (const [suite, groups] of bySuite) {
  const lines: string[] = [];
  for (const frames of groups.values()) {
    for (const { direction, broker, key, version, bytes } of chosen(frames)) {
      const api = apiByKey(key)?.name ?? null;
      lines.push(JSON.stringify({ api, key, version, direction, broker, frame: bytes }));
    }
  }
  writeFileSync(`${CORPUS}/${suite}.jsonl`, `${lines.sort().join('\n')}\n`);
  process.stdout.write(`${suite}: ${lines.length} frames\n`);
}

function isFit({ bytes }: Recorded): boolean {
  const frame = Buffer.from(bytes, 'base64');
  return frame.length <= FRAME_BYTES_MAX && !PRIVATE.some((text) => frame.includes(text));
}

/** The smallest frame of each shape, the smallest shapes first. */
function chosen(frames: readonly Recorded[]): Recorded[] {
  const smallest = new Map<string, Recorded>();
  for (const frame of frames) {
    const shape = shapeOf(frame);
    const before = smallest.get(shape);
    if (before === undefined || frame.bytes.length < before.bytes.length) smallest.set(shape, frame);
  }
  const bySize = [...smallest.values()].sort((a, b) => a.bytes.length - b.bytes.length);
  if (bySize.length <= SHAPES_MAX) return bySize;
  // Evenly over the sizes, the largest included: the small ones alone would be the empty ones.
  return Array.from(
    { length: SHAPES_MAX },
    (_, n) => bySize[Math.round((n * (bySize.length - 1)) / (SHAPES_MAX - 1))] as Recorded,
  );
}

function shapeOf({ direction, key, version, bytes }: Recorded): string {
  const api = apiByKey(key);
  if (api === undefined || version < api.minVersion || version > api.maxVersion) return '';
  const frame = Buffer.from(bytes, 'base64');
  const value =
    direction === 'request'
      ? codec(api.request, version).decode(decodeRequestHeader(frame, flexibleOf).body)
      : codec(api.response, version).decode(decodeResponseHeader(api, version, frame).body);
  return shape(value, '');
}

function shape(value: unknown, name: string): string {
  if (value === null || value === undefined) return '0';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number')
    return name.toLowerCase().endsWith('errorcode') ? String(value) : value < 0 ? '-' : 'n';
  if (typeof value === 'string') return value === '' ? 'e' : 's';
  if (value instanceof Uint8Array) return value.length === 0 ? 'e' : 'b';
  if (Array.isArray(value)) {
    const elements = [...new Set(value.map((each) => shape(each, name)))].sort();
    return `[${elements.join(',')}${value.length > 1 ? '+' : ''}]`;
  }
  return `{${Object.entries(value)
    .map(([field, inner]) => `${field}:${shape(inner, field)}`)
    .join(',')}}`;
}
