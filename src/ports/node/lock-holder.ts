import fs from 'node:fs';
import os from 'node:os';
import { systemErrorCode } from '../../base/errors.js';

/** Who holds a directory, as `.lock` tells it. The last four are Linux's and may be missing elsewhere. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601, when the lock was taken. */
  readonly since: string;
  /** Of this boot of the machine. */
  readonly boot?: string;
  /** Start of the process in clock ticks since boot: with it a process id that was given out again is told from the first. */
  readonly processStart?: string;
  readonly pidNamespace?: string;
  readonly netNamespace?: string;
}

export async function thisHolder(): Promise<LockHolder> {
  return {
    pid: process.pid,
    host: os.hostname(),
    // A person reads it; nothing is decided by it.
    since: new Date().toISOString(),
    ...(await namespaces()),
    ...present('processStart', await processStart('self')),
  };
}

/** Undefined for what is no holder: an empty file, one half written, one of another program. */
export function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const holder = value as Record<string, unknown>;
  const { pid, host, since } = holder as { pid?: unknown; host?: unknown; since?: unknown };
  if (!Number.isSafeInteger(pid) || typeof host !== 'string' || typeof since !== 'string') return undefined;
  return {
    pid: pid as number,
    host,
    since,
    ...present('boot', holder['boot']),
    ...present('processStart', holder['processStart']),
    ...present('pidNamespace', holder['pidNamespace']),
    ...present('netNamespace', holder['netNamespace']),
  };
}

/**
 * True if the holder lives where we can see the process but not its socket: same boot and process ids, another
 * network namespace. In our own network namespace the socket is the judge, and it was free; the file is a leftover, even
 * if its process still runs (a broker's thread may have died inside it).
 */
export async function holdsUnseen(holder: LockHolder): Promise<boolean> {
  const here = await namespaces();
  if (holder.boot === undefined || holder.netNamespace === undefined || holder.pidNamespace === undefined)
    return false;
  if (holder.boot !== here.boot || holder.pidNamespace !== here.pidNamespace) return false;
  if (holder.netNamespace === here.netNamespace) return false;
  return holder.processStart !== undefined && holder.processStart === (await processStart(holder.pid));
}

export function describeHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'another process';
  return `process ${holder.pid} on host ${holder.host}, since ${holder.since}`;
}

interface Namespaces {
  readonly boot?: string;
  readonly pidNamespace?: string;
  readonly netNamespace?: string;
}

async function namespaces(): Promise<Namespaces> {
  if (process.platform !== 'linux') return {};
  return {
    ...present(
      'boot',
      await orMissing(fs.promises.readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(trim)),
    ),
    ...present('pidNamespace', await orMissing(fs.promises.readlink('/proc/self/ns/pid'))),
    ...present('netNamespace', await orMissing(fs.promises.readlink('/proc/self/ns/net'))),
  };
}

async function processStart(pid: number | 'self'): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await orMissing(fs.promises.readFile(`/proc/${pid}/stat`, 'utf8'));
  // proc(5): the second field is the command in parentheses and may itself hold spaces and parentheses; the 22nd is the start.
  return stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(22 - 3);
}

function trim(text: string): string {
  return text.trim();
}

/** /proc may be absent, or hidden from us; then the file says less. */
async function orMissing(reading: Promise<string>): Promise<string | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

function present<Key extends string>(key: Key, value: unknown): { readonly [K in Key]?: string } {
  return typeof value === 'string' ? ({ [key]: value } as { readonly [K in Key]?: string }) : {};
}
