import { threadId } from 'node:worker_threads';
import { InvariantError } from '../../../src/base/assert.js';
import { UserError } from '../../../src/base/errors.js';

/** Jobs of every temper. */
export const testJobs = {
  sum: ({ values }: { readonly values: readonly number[] }): number =>
    values.reduce((total, value) => total + value, 0),
  upperCase: (bytes: Uint8Array): Uint8Array => {
    for (const [at, byte] of bytes.entries()) bytes[at] = byte - 32;
    return bytes;
  },
  slowly: async (text: string): Promise<string> => {
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    return text;
  },
  thread: (): number => threadId,
  giveFunction: (): unknown => () => {},
  failAsUser: (): never => {
    throw new UserError('DISK_FULL', 'the disk is full', 'make room');
  },
  failAsBug: (): never => {
    throw new InvariantError('a bug');
  },
  failAsSystem: (): never => {
    throw Object.assign(new RangeError('no such thing'), { code: 'ENOENT' });
  },
  throwUncaught: (): Promise<never> => {
    setImmediate(() => {
      throw new Error('out of nowhere');
    });
    return new Promise(() => {});
  },
  exit: (): never => process.exit(7),
  eatMemory: (): unknown => {
    const eaten: unknown[] = [];
    for (;;) eaten.push(Array.from({ length: 1_000 }, () => ({ eaten: eaten.length })));
  },
};
