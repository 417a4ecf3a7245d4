/**
 * Reads what strace wrote (`-f -v -yy -xx`): writes with their bytes and syncs, each with when it began and when it had returned, as
 * places in the file. The order of the file is the order in which strace held the threads: a call that one thread began because another
 * one's had returned stands behind it.
 */
export interface Write {
  readonly kind: 'write';
  /** A path, or `TCP:[…]`. */
  readonly target: string;
  readonly bytes: Buffer;
  readonly begunAt: number;
  readonly returnedAt: number;
}

export interface Sync {
  readonly kind: 'sync';
  readonly target: string;
  readonly begunAt: number;
  readonly returnedAt: number;
}

export type SystemCall = Write | Sync;

/** What to trace, so that nothing that writes or syncs is overlooked. */
export const TRACED =
  'fdatasync,fsync,sync_file_range,msync,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,io_uring_enter';

const SYNCS = new Set(['fdatasync', 'fsync']);
const WRITES = new Set(['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'sendto', 'sendmsg']);
const LINE = /^(\d+)\s+\S+\s+(.*)$/;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/;
const UNFINISHED = / <unfinished \.\.\.>$/;
const CALL = /^\w+\(\d+<(.*?)>(?=[,)])/;
const RESULT = /\)\s*= (-?\d+)/;
const BYTES = /"((?:\\x[0-9a-f]{2})*)"/g;

interface Begun {
  readonly name: string;
  readonly text: string;
  readonly begunAt: number;
}

/** Calls that succeeded, by when they returned. @throws Error when strace wrote what this does not understand */
export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const begun = new Map<string, Begun>();
  for (const [at, line] of trace.split('\n').entries()) {
    const [, thread, text] = LINE.exec(line) ?? [];
    if (thread === undefined || text === undefined) continue;
    const resumed = RESUMED.exec(text);
    if (resumed) {
      const start = begun.get(thread);
      if (!start || start.name !== resumed[1])
        throw new Error(`line ${at}: ${resumed[1]} resumes what never began`);
      begun.delete(thread);
      take(calls, start, start.text + resumed[2]!, at);
      continue;
    }
    const name = /^(\w+)\(/.exec(text)?.[1];
    if (name === undefined) continue;
    if (UNFINISHED.test(text)) begun.set(thread, { name, text: text.replace(UNFINISHED, ''), begunAt: at });
    else take(calls, { name, text, begunAt: at }, text, at);
  }
  return calls;
}

function take(calls: SystemCall[], { name, begunAt }: Begun, text: string, returnedAt: number): void {
  const result = Number(RESULT.exec(text)?.[1] ?? -1);
  if (result < 0) return;
  if (!SYNCS.has(name) && !WRITES.has(name))
    throw new Error(`${name} is used, and this does not know what it does`);
  const descriptor = CALL.exec(text)?.[1];
  if (descriptor === undefined) return;
  const target = descriptor.startsWith('\\x') ? unescaped(descriptor).toString() : descriptor;
  if (SYNCS.has(name)) calls.push({ kind: 'sync', target, begunAt, returnedAt });
  else {
    const strings = text.slice(text.indexOf('>'));
    const parts = [...strings.matchAll(BYTES)].map(([, hex]) => unescaped(hex!));
    // What the call did not take was written by a later one.
    calls.push({
      kind: 'write',
      target,
      bytes: Buffer.concat(parts).subarray(0, result),
      begunAt,
      returnedAt,
    });
  }
}

function unescaped(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}
