import { assert } from '../../base/assert.js';
import type { JobTable, Offload } from '../offload.js';

/**
 * Runs each job where it is asked for, in a microtask: for simulation, and where a thread is not worth its start. As between
 * threads, input and result are copies.
 */
export function inlineOffload<Jobs extends JobTable>(jobs: Jobs): Offload<Jobs> {
  return new InlineOffload(jobs);
}

class InlineOffload<Jobs extends JobTable> implements Offload<Jobs> {
  readonly #jobs: Jobs;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  async run<Name extends keyof Jobs & string>(
    name: Name,
    input: Parameters<Jobs[Name]>[0],
  ): Promise<Awaited<ReturnType<Jobs[Name]>>> {
    assert(!this.#closed, 'no job follows close of the offload');
    const running = this.#runCopied(name, input);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
  }

  async #runCopied<Name extends keyof Jobs & string>(
    name: Name,
    input: Parameters<Jobs[Name]>[0],
  ): Promise<Awaited<ReturnType<Jobs[Name]>>> {
    const copied = structuredClone(input) as never;
    await Promise.resolve();
    const job = Object.hasOwn(this.#jobs, name) ? this.#jobs[name] : undefined;
    assert(job !== undefined, `the job "${name}" is known`);
    return structuredClone(await job(copied)) as Awaited<ReturnType<Jobs[Name]>>;
  }
}
