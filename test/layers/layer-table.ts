/**
 * Who may import whom, between the folders of src/ (ARCHITECTURE.md has the picture). A folder may import itself and
 * what stands in its row; a folder without a row fails the test, so a new one has to be thought about.
 */
const BASE = ['base', 'ports', 'metrics', 'wire', 'records'] as const;
const STORAGE = [...BASE, 'log', 'metadata', 'security'] as const;
const CLIENT_SIDE = [...BASE, 'security', 'rpc'] as const;

export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ports: ['base'],
  metrics: ['base'],
  wire: ['base', 'ports', 'metrics'],
  records: ['base', 'ports', 'metrics', 'wire'],
  log: BASE,
  metadata: BASE,
  security: BASE,
  // The one pair on a level that may look sideways: a follower fetches over a connection of rpc.
  rpc: [...BASE, 'security'],
  replication: [...STORAGE, 'rpc'],
  coordinator: [...STORAGE, 'rpc', 'replication'],
  broker: [...STORAGE, 'rpc', 'replication', 'coordinator'],
  server: [...STORAGE, 'rpc', 'replication', 'coordinator', 'broker'],
  client: CLIENT_SIDE,
  streams: [...CLIENT_SIDE, 'client'],
  console: [...CLIENT_SIDE, 'client'],
  testing: [...STORAGE, 'rpc', 'replication', 'coordinator', 'broker', 'server'],
  cli: [
    ...STORAGE,
    'rpc',
    'replication',
    'coordinator',
    'broker',
    'server',
    'client',
    'streams',
    'console',
    'testing',
  ],
  // src/index.ts, what `import 'millrace'` loads.
  '(package entry)': [...CLIENT_SIDE, 'client'],
};

/** Folders that the package entry and everything it loads must never reach, by whatever path. */
export const BROKER_SIDE: readonly string[] = [
  'log',
  'metadata',
  'replication',
  'coordinator',
  'broker',
  'server',
  'testing',
];

/**
 * Where Node's own clock, disk, network, threads and dice may be touched: the fittings, and the files in which a
 * process or a worker begins. A path that ends in / is a folder.
 */
export const MAY_TOUCH_NODE: readonly string[] = [
  'src/ports/node/',
  'src/metadata/store/etcd/',
  'src/cli/main.ts',
  'src/testing/start-broker.ts',
  'src/broker/offload-worker.ts',
];

/** Re-exports belong in the package's entries and in the table of APIs; anywhere else they are a drawer. */
export const MAY_RE_EXPORT: readonly string[] = [
  'src/index.ts',
  'src/testing/start-broker.ts',
  'src/wire/messages/index.ts',
];

export function isListed(path: string, list: readonly string[]): boolean {
  return list.some((each) => (each.endsWith('/') ? path.startsWith(each) : path === each));
}

/** The layer of a file, by its path from the root. */
export function layerOf(path: string): string {
  const [, folder, rest] = path.split('/');
  return rest === undefined || folder === undefined ? '(package entry)' : folder;
}
