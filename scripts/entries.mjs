/**
 * What `dist/` offers, in one table. `source` is the file it is built from; an entry whose source does not
 * exist is left out of the build, with a line that says so.
 *
 * - `commonjs`: also built as `.cjs`, for loaders that cannot require an ES module (Jest, older bundlers).
 * - `types`: also described by declarations under dist/types.
 * - `forbidden`: folders of src/ of which the entry must load nothing, not even through a shared chunk.
 */
const BROKER_SIDE = [
  'log',
  'metadata',
  'replication',
  'coordinator',
  'broker',
  'server',
  'testing',
  'console',
  'cli',
];

export const ENTRIES = [
  { name: 'index', source: 'src/index.ts', commonjs: true, types: true, forbidden: BROKER_SIDE },
  {
    name: 'testing',
    source: 'src/testing/start-broker.ts',
    commonjs: true,
    types: true,
    forbidden: ['cli', 'client'],
  },
  { name: 'cli', source: 'src/cli/main.ts', executable: true },
  { name: 'offload-worker', source: 'src/broker/offload-worker.ts', forbidden: ['cli', 'client', 'server'] },
];

/** Installed beside us, or not at all; everything else that we import from npm is bundled. */
export const EXTERNAL = ['snappy', 'snappyjs', 'lz4-napi', '@node-rs/crc32', '@bokuweb/zstd-wasm'];

/** Node's oldest version we run on; syntax newer than it is lowered. */
export const TARGET = 'node20.19';
