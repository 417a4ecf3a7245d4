import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { systemErrorCode, UserError } from '../../base/errors.js';
import type { DiskLock } from '../disk.js';
import { describeHolder, holdsUnseen, type LockHolder, parseHolder, thisHolder } from './lock-holder.js';

/*
 * One process, and one place in it, owns a directory. The kernel must free the lock at any death of the owner, and two that
 * start at the same moment must not both win. A file with a process id can do neither; Node offers no flock. So the lock is
 * a thing that the kernel gives out once and takes back itself:
 *
 * - Linux: an abstract unix socket, bound and never served. Its name holds the device and inode of the directory, so every
 *   path that leads to the directory (a symbolic link, a bind mount, another spelling) leads to the same lock.
 * - Windows: a named pipe of such a name, first instance only.
 * - macOS and the BSDs: `.lock` opened with O_EXLOCK, which is flock at open.
 *
 * Beside it, `.lock` says in JSON who holds the directory, for the message of the one that is refused. Except where
 * O_EXLOCK stands on it, the file itself locks nothing, and may be removed by hand.
 *
 * Limits, all of them on Linux except the first:
 * - A directory on a network file system is not defended against another machine.
 * - Abstract names belong to a network namespace. Two containers that share a volume but not their network do not
 *   see each other's socket. If they share process ids (or are plain `ip netns` neighbours), `.lock` still
 *   catches it: its holder lives, in another network namespace, and we refuse. With separate process ids nothing on the
 *   volume tells a live holder from one that was killed, and refusing would stop every restart after a
 *   kill; there the orchestrator must see to it that a volume has one user (`ReadWriteOncePod` in Kubernetes).
 * - In the first instant of two such neighbours' simultaneous starts, both may find no `.lock`.
 * - Any local user may bind the name, and so keep the broker from starting; it cannot make two start.
 */

const LOCK_FILE = '.lock';
/** sun_path, whole. */
const SOCKET_NAME_BYTES = 108;
/** From BSD's fcntl.h; Node has no names for them. */
const BSD_NONBLOCK = 0x4;
const BSD_EXLOCK = 0x20;

/**
 * Takes `directory` until release or death.
 * @throws UserError DATA_DIR_LOCKED; a system error if the directory is missing or not writable
 */
export function lockDirectory(directory: string): Promise<DiskLock> {
  switch (process.platform) {
    case 'linux':
    case 'android':
      return lockBySocket(directory, abstractName);
    case 'win32':
      return lockBySocket(directory, pipeName);
    case 'darwin':
    case 'freebsd':
    case 'openbsd':
    case 'netbsd':
      return lockByFile(directory);
    default:
      throw new UserError(
        'PLATFORM_UNSUPPORTED',
        `no way is known to lock ${directory} on ${process.platform}`,
        'Run the broker on Linux, macOS, Windows or a BSD.',
      );
  }
}

/**
 * Who has `directory`, without taking it even for a moment: a broker that starts just then must find it free. Null: nobody that can
 * be seen from here. Kafka's brokers are seen, too, on Linux: they hold a POSIX lock on the same `.lock`.
 */
export async function directoryHolder(directory: string): Promise<string | null> {
  const path = join(directory, LOCK_FILE);
  const holder = await readHolder(path).catch((error: unknown) => {
    // Another user's: the lock is to be seen all the same, only not whose it is.
    if (systemErrorCode(error) === 'EACCES') return undefined;
    throw error;
  });
  switch (process.platform) {
    case 'linux':
    case 'android': {
      const name = abstractName(await fs.promises.stat(directory, { bigint: true }));
      if ((await isBound(name)) || (holder && (await holdsUnseen(holder)))) return describeHolder(holder);
      const pid = await posixLockOwner(path);
      return pid === null ? null : `process ${pid}`;
    }
    case 'win32': {
      const name = pipeName(await fs.promises.stat(directory, { bigint: true }));
      return (await isBound(name)) ? describeHolder(holder) : null;
    }
    default:
      // The file is emptied when the lock is released, and after a kill names a process that is gone.
      return holder && isAlive(holder.pid) ? describeHolder(holder) : null;
  }
}

/** Whether somebody listens there. Whoever does turns us away at once. */
function isBound(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path: name });
    const settle = (bound: boolean): void => {
      socket.destroy();
      resolve(bound);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', (error) => settle(systemErrorCode(error) === 'EAGAIN'));
  });
}

/** The process with a POSIX lock on the file (proc(5), /proc/locks); null: none, or nobody tells. */
async function posixLockOwner(path: string): Promise<number | null> {
  try {
    const { ino } = await fs.promises.stat(path, { bigint: true });
    const locks = await fs.promises.readFile('/proc/locks', 'utf8');
    const line = locks.split('\n').find((each) => each.includes(' POSIX ') && each.includes(`:${ino} `));
    const pid = Number(line?.trim().split(/\s+/)[4]);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'EACCES') return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and another user's.
    return systemErrorCode(error) === 'EPERM';
  }
}

async function lockBySocket(directory: string, nameOf: (stats: fs.BigIntStats) => string): Promise<DiskLock> {
  const path = join(directory, LOCK_FILE);
  const name = nameOf(await fs.promises.stat(directory, { bigint: true }));
  let socket: net.Server;
  try {
    socket = await bind(name);
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
    throw lockedError(directory, await readHolder(path), error);
  }
  try {
    const before = await readHolder(path);
    if (before !== undefined && (await holdsUnseen(before))) throw lockedError(directory, before, undefined);
    await writeHolder(path, await thisHolder());
  } catch (error) {
    await closeSocket(socket);
    throw error;
  }
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    // In this order: once the socket is free, `.lock` may be another's.
    await fs.promises.rm(path, { force: true });
    await closeSocket(socket);
  };
  return {
    release() {
      released ??= release();
      return released;
    },
  };
}

/**
 * Padded to the full length: libuv before 1.47 (Node 20) always bound all 108 bytes, filled up with zeros; later ones bind
 * what they are given. A short name would be two names, and brokers on two Nodes would share a directory.
 */
function abstractName(stats: fs.BigIntStats): string {
  return `\0millrace-lock-${stats.dev}-${stats.ino}-`.padEnd(SOCKET_NAME_BYTES, '.');
}

function pipeName(stats: fs.BigIntStats): string {
  return `\\\\.\\pipe\\millrace-lock-${stats.dev}-${stats.ino}`;
}

function bind(name: string): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    // Whoever connects is turned away; the socket exists to have a name.
    const socket = net.createServer((connection) => connection.destroy());
    socket.unref();
    socket.once('error', reject);
    // `exclusive`: a worker of node:cluster would otherwise bind through its primary, and share the lock with its siblings.
    socket.listen({ path: name, exclusive: true }, () => {
      socket.off('error', reject);
      // Only a failed accept can come now (out of descriptors, say). Nobody has business here, so nothing is lost with it.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

function closeSocket(socket: net.Server): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}

async function lockByFile(directory: string): Promise<DiskLock> {
  const path = join(directory, LOCK_FILE);
  const { O_RDWR, O_CREAT } = fs.constants;
  let file: fs.promises.FileHandle;
  try {
    file = await fs.promises.open(path, O_RDWR | O_CREAT | BSD_NONBLOCK | BSD_EXLOCK);
  } catch (error) {
    if (systemErrorCode(error) !== 'EAGAIN') throw error;
    throw lockedError(directory, await readHolder(path), error);
  }
  try {
    await file.truncate(0);
    await unlessDiskFull(file.writeFile(JSON.stringify(await thisHolder())));
  } catch (error) {
    await file.close();
    throw error;
  }
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    // The file stays: to remove it would let a second broker lock a new file while a third still opens the old one.
    try {
      await file.truncate(0);
    } finally {
      await file.close();
    }
  };
  return {
    release() {
      released ??= release();
      return released;
    },
  };
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return parseHolder(await fs.promises.readFile(path, 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function writeHolder(path: string, holder: LockHolder): Promise<void> {
  return unlessDiskFull(fs.promises.writeFile(path, JSON.stringify(holder)));
}

/** A full disk must not keep a broker from starting: the lock is held already, and only a later refusal loses the holder's name. */
async function unlessDiskFull(written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
  }
}

function lockedError(directory: string, holder: LockHolder | undefined, cause: unknown): UserError {
  return new UserError(
    'DATA_DIR_LOCKED',
    `the data directory ${directory} is in use by ${describeHolder(holder)}`,
    'Stop that process, or give this broker a directory of its own (--data).',
    { cause },
  );
}
