/**
 * From a list of directories to metadata and logs, in the only safe order: lock, see whose they are, open the metadata, claim
 * what is new, recover the logs.
 */
import { dirname } from 'node:path';
import { systemErrorCode, UserError } from '../base/errors.js';
import type { Uuid } from '../base/ids.js';
import { Logs, type LogsOptions, type LogsSettings } from '../log/logs.js';
import { foundCluster } from '../metadata/cluster.js';
import { MetadataFollower } from '../metadata/follow.js';
import { claimLogDirectory, readMetaProperties } from '../metadata/meta-properties.js';
import { openEmbeddedStore } from '../metadata/store/embedded/embedded-store.js';
import type { MetadataStore } from '../metadata/store/store.js';
import type { Disk, DiskLock } from '../ports/disk.js';
import type { BrokerOptions } from './broker-options.js';

/** In the first log directory. No topic's directory is ever called so: those end in a partition number. */
const METADATA_DIRECTORY = 'metadata';

export interface OpenedDirectories {
  readonly clusterId: string;
  /** Of `log.dirs`, in their order. */
  readonly directoryIds: readonly Uuid[];
  readonly store: MetadataStore;
  readonly follower: MetadataFollower;
  readonly logs: Logs;
  /** Lets the directories go, for the next broker. Call when everything in them is closed. */
  readonly release: () => Promise<void>;
}

type LogChoices = Pick<LogsOptions, 'compression' | 'configOf' | keyof LogsSettings>;

/** @throws UserError when a directory cannot be used; nothing stays open or locked */
export async function openDirectories(
  { ports, logger, settings, directories, leaseClock = ports.clock }: BrokerOptions,
  choose: (follower: MetadataFollower) => LogChoices,
): Promise<OpenedDirectories> {
  const { disk, clock, entropy } = ports;
  const locks: DiskLock[] = [];
  const release = async (): Promise<void> => {
    for (const lock of locks) await lock.release();
  };
  let store: MetadataStore | null = null;
  try {
    for (const directory of directories) locks.push(await lockDirectory(disk, directory));
    const known = await Promise.all(directories.map((directory) => readMetaProperties(disk, directory)));
    const knownIds = known.flatMap((properties) => (properties ? [properties.clusterId] : []));
    const directory = `${directories[0]!}/${METADATA_DIRECTORY}`;
    store = await openEmbeddedStore({ disk, clock: leaseClock, entropy, logger, directory });
    const { clusterId } = await foundCluster({ store, clock, entropy }, knownIds);
    const owner = { clusterId, nodeId: settings.nodeId };
    const directoryIds: Uuid[] = [];
    for (const directory of directories) {
      const { directoryId } = await claimLogDirectory(ports, directory, owner, [METADATA_DIRECTORY]);
      directoryIds.push(directoryId);
    }
    const follower = new MetadataFollower(store);
    await follower.start();
    const logs = await Logs.open({ disk, clock, logger, directories, ...choose(follower) });
    return { clusterId, directoryIds, store, follower, logs, release };
  } catch (error) {
    await store?.close();
    await release();
    throw error;
  }
}

/** @throws UserError DATA_DIR_LOCKED, DATA_DIR_UNUSABLE */
async function lockDirectory(disk: Disk, directory: string): Promise<DiskLock> {
  try {
    await makeDurably(disk, directory);
    return await disk.lock(directory);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof UserError) throw error;
    const why = UNUSABLE[code] ?? (error as Error).message;
    throw new UserError(
      'DATA_DIR_UNUSABLE',
      `cannot use ${directory} for data: ${why}`,
      'choose another with --data, or make this one writable',
      {
        cause: error,
      },
    );
  }
}

/**
 * Makes a directory and those above it that are missing; a power loss cannot take their names back.
 *
 * One level at a time, each name durable before the next is made. So of those found here only the last may have been made by a process that
 * was killed before it came to that, and its name is made durable now.
 */
async function makeDurably(disk: Disk, directory: string): Promise<void> {
  const missing: string[] = [];
  let found = directory;
  while (!(await exists(disk, found))) {
    missing.unshift(found);
    found = dirname(found);
  }
  await syncNameOf(disk, found);
  for (const each of missing) {
    await disk.makeDir(each);
    await disk.syncDir(dirname(each));
  }
}

async function syncNameOf(disk: Disk, directory: string): Promise<void> {
  const parent = dirname(directory);
  if (parent === directory) return;
  try {
    await disk.syncDir(parent);
  } catch (error) {
    // A directory in one that we may not open was not made by us.
    if (!['EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
  }
}

async function exists(disk: Disk, directory: string): Promise<boolean> {
  try {
    await disk.list(directory);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

const UNUSABLE: Readonly<Record<string, string>> = {
  ENOENT: 'no directory can be made there',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file of that name is in the way',
  ENOSPC: 'no space left on the device',
};
