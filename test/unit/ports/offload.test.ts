import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { InvariantError } from '../../../src/base/assert.js';
import { UserError } from '../../../src/base/errors.js';
import { inlineOffload } from '../../../src/ports/memory/offload.js';
import { nodeOffload, type NodeOffloadOptions } from '../../../src/ports/node/offload.js';
import type { Offload } from '../../../src/ports/offload.js';
import { Workshop } from './bundle.js';
import { testJobs } from './offload-test-jobs.js';

type TestJobs = typeof testJobs;

const workshop = new Workshop();
const workerUrl = workshop.bundle(`
  import { serveOffload } from '../../../src/ports/node/offload-worker.js';
  import { testJobs } from './offload-test-jobs.js';
  serveOffload(testJobs);
`);
afterAll(() => workshop.clear());

const pools: Offload<TestJobs>[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function pool(options: Partial<NodeOffloadOptions> = {}): Offload<TestJobs> {
  const made = nodeOffload<TestJobs>({ workerUrl, ...options });
  pools.push(made);
  return made;
}

function inline(): Offload<TestJobs> {
  const made = inlineOffload(testJobs);
  pools.push(made);
  return made;
}

describe.each([
  ['nodeOffload', pool],
  ['inlineOffload', inline],
])('%s', (_, make) => {
  test('a job gets its input and gives its result, both copied', async () => {
    const offload = make();
    const input = { values: [3, 4, 5] };
    expect(await offload.run('sum', input)).toBe(12);
    const bytes = Buffer.from('abc');
    const result = await offload.run('upperCase', bytes);
    expect(Buffer.from(result).toString()).toBe('ABC');
    expect(bytes.toString()).toBe('abc');
    expect(await offload.run('slowly', 'later')).toBe('later');
  });

  test('what a job throws arrives with its kind, message, code and hint', async () => {
    const offload = make();
    const userError: unknown = await offload.run('failAsUser', undefined).catch((error: unknown) => error);
    expect(userError).toBeInstanceOf(UserError);
    expect(userError).toMatchObject({ code: 'DISK_FULL', message: 'the disk is full', hint: 'make room' });
    await expect(offload.run('failAsBug', undefined)).rejects.toBeInstanceOf(InvariantError);
    await expect(offload.run('failAsSystem', undefined)).rejects.toMatchObject({
      name: 'RangeError',
      code: 'ENOENT',
      message: 'no such thing',
    });
    expect(await offload.run('sum', { values: [1] })).toBe(1);
  });

  test('what cannot be copied fails its own job only', async () => {
    const offload = make();
    const uncopied = { values: [1], more: () => {} } as { values: number[] };
    await expect(offload.run('sum', uncopied)).rejects.toMatchObject({ name: 'DataCloneError' });
    await expect(offload.run('giveFunction', undefined)).rejects.toMatchObject({ name: 'DataCloneError' });
    expect(await offload.run('sum', { values: [1] })).toBe(1);
  });

  test('an unknown job is our bug', async () => {
    await expect(make().run('none' as 'sum', { values: [] })).rejects.toBeInstanceOf(InvariantError);
    await expect(make().run('toString' as 'sum', { values: [] })).rejects.toBeInstanceOf(InvariantError);
  });

  test('close waits for every job that was taken, and refuses new ones', async () => {
    const offload = make();
    const results: string[] = [];
    const jobs = ['a', 'b', 'c'].map(async (name) => results.push(await offload.run('slowly', name)));
    const closed = offload.close().then(() => results.push('closed'));
    await expect(offload.run('sum', { values: [] })).rejects.toBeInstanceOf(InvariantError);
    await Promise.all([...jobs, closed]);
    expect(results).toEqual(['a', 'b', 'c', 'closed']);
    await offload.close();
  });
});

describe('nodeOffload alone', () => {
  test('works in threads other than ours, at most as many as told, and reuses them', async () => {
    const here = await inlineOffload(testJobs).run('thread', undefined);
    const threads = new Set<number>();
    const offload = pool({ maxWorkers: 2 });
    for (const thread of await Promise.all(
      Array.from({ length: 8 }, () => offload.run('thread', undefined)),
    )) {
      threads.add(thread);
    }
    expect(threads.has(here)).toBe(false);
    expect(threads.size).toBeLessThanOrEqual(2);
    const one = pool();
    const alone = await Promise.all(Array.from({ length: 4 }, () => one.run('thread', undefined)));
    expect(new Set(alone).size).toBe(1);
  });

  test.each([
    ['an uncaught error', 'throwUncaught', /out of nowhere/],
    ['process.exit', 'exit', /exited with code 7/],
    ['a heap beyond its limit', 'eatMemory', /memory/],
  ] as const)(
    '%s fails the job it came from; those that wait go to a new thread',
    async (_, name, message) => {
      const offload = pool({ resourceLimits: { maxOldGenerationSizeMb: 16 } });
      const crash = offload.run(name, undefined);
      const next = offload.run('sum', { values: [1, 2] });
      await expect(crash).rejects.toThrow(message);
      expect(await next).toBe(3);
    },
  );

  test('a worker file that is missing fails each job, and hangs none', async () => {
    const offload = pool({ workerUrl: pathToFileURL('/nowhere/worker.mjs') });
    const jobs = [1, 2, 3].map((value) => offload.run('sum', { values: [value] }));
    for (const job of jobs) await expect(job).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' });
  });

  test('the queue has an end', async () => {
    const offload = pool({ maxQueuedJobs: 2 });
    const taken = ['a', 'b', 'c'].map((name) => offload.run('slowly', name));
    await expect(offload.run('slowly', 'd')).rejects.toBeInstanceOf(InvariantError);
    expect(await Promise.all(taken)).toEqual(['a', 'b', 'c']);
  });

  test('an idle thread lets the process end, a running job does not', () => {
    const source = workshop.bundle(`
      import { nodeOffload } from '../../../src/ports/node/offload.js';
      nodeOffload({ workerUrl: new URL(${JSON.stringify(workerUrl.href)}) }).run('slowly', 'x').then(console.log);
    `);
    expect(
      execFileSync(process.execPath, [fileURLToPath(source)], { encoding: 'utf8', timeout: 30_000 }),
    ).toBe('x\n');
  });
});
