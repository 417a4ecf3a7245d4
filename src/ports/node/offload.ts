import { type ResourceLimits, Worker } from 'node:worker_threads';
import { assert } from '../../base/assert.js';
import type { JobTable, Offload } from '../offload.js';
import { type JobAnswer, type JobRequest, unpackError } from './offload-protocol.js';

export interface NodeOffloadOptions {
  /** The built file that calls `serveOffload`; the entry point knows where it lies. */
  readonly workerUrl: URL;
  /** Threads at most; 1 unless told otherwise. A thread is started when a job finds none idle. */
  readonly maxWorkers?: number;
  /** Jobs waiting for a thread; one more is refused. 1,000 unless told otherwise. */
  readonly maxQueuedJobs?: number;
  /** Of each thread; a job that goes beyond fails alone. Buffers live outside the heap and do not count. */
  readonly resourceLimits?: ResourceLimits;
  /** True: not even a running job keeps the process alive. */
  readonly unref?: boolean;
}

const MAX_QUEUED_JOBS = 1_000;
const RESOURCE_LIMITS: ResourceLimits = { maxOldGenerationSizeMb: 256 };

/**
 * A pool of worker threads, each with one job at a time. An idle thread does not keep the process alive. A thread that crashes
 * (an uncaught error, a heap beyond its limit, `process.exit`) takes its own job with it and is replaced when there is work;
 * jobs in the queue do not notice.
 */
export function nodeOffload<Jobs extends JobTable>(options: NodeOffloadOptions): Offload<Jobs> {
  return new WorkerPool<Jobs>(options);
}

interface Job {
  readonly request: JobRequest;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

class WorkerPool<Jobs extends JobTable> implements Offload<Jobs> {
  readonly #options: NodeOffloadOptions;
  readonly #maxWorkers: number;
  readonly #maxQueuedJobs: number;
  readonly #queued: Job[] = [];
  readonly #idle: JobThread[] = [];
  readonly #busy = new Set<JobThread>();
  #closed: Promise<void> | undefined;
  #allDone: (() => void) | undefined;

  constructor(options: NodeOffloadOptions) {
    this.#options = options;
    this.#maxWorkers = options.maxWorkers ?? 1;
    this.#maxQueuedJobs = options.maxQueuedJobs ?? MAX_QUEUED_JOBS;
    assert(this.#maxWorkers >= 1, 'an offload pool has at least one worker');
  }

  run<Name extends keyof Jobs & string>(
    name: Name,
    input: Parameters<Jobs[Name]>[0],
  ): Promise<Awaited<ReturnType<Jobs[Name]>>> {
    return new Promise((resolve, reject) => {
      assert(this.#closed === undefined, 'no job follows close of the offload pool');
      assert(this.#queued.length < this.#maxQueuedJobs, `at most ${this.#maxQueuedJobs} jobs wait`);
      this.#queued.push({
        request: { name, input },
        resolve: resolve as (result: unknown) => void,
        reject,
      });
      this.#startWhatFits();
    });
  }

  /** Every job that was taken counts as running, those in the queue too. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  async #drain(): Promise<void> {
    if (this.#busy.size > 0) {
      await new Promise<void>((resolve) => {
        this.#allDone = resolve;
      });
    }
    await Promise.all(this.#idle.splice(0).map((thread) => thread.end()));
  }

  #startWhatFits(): void {
    while (this.#queued.length > 0) {
      if (this.#idle.length === 0 && this.#busy.size >= this.#maxWorkers) return;
      const job = this.#queued.shift() as Job;
      try {
        const thread = this.#idle.pop() ?? this.#another();
        this.#busy.add(thread);
        thread.run(job);
      } catch (error) {
        // No thread could be started; the next job may fare better.
        job.reject(error);
      }
    }
    if (this.#busy.size === 0) this.#allDone?.();
  }

  #another(): JobThread {
    const thread: JobThread = new JobThread(
      this.#options,
      () => {
        this.#busy.delete(thread);
        this.#idle.push(thread);
        this.#startWhatFits();
      },
      () => {
        this.#busy.delete(thread);
        const idleAt = this.#idle.indexOf(thread);
        if (idleAt >= 0) this.#idle.splice(idleAt, 1);
        this.#startWhatFits();
      },
    );
    return thread;
  }
}

/** One worker and the job it has. Calls `idle` after each job, and `dead` once, when no job can be given to it any more. */
class JobThread {
  readonly #worker: Worker;
  readonly #keepsAlive: boolean;
  readonly #idle: () => void;
  readonly #dead: () => void;
  #job: Job | undefined;
  #gone = false;

  constructor(options: NodeOffloadOptions, idle: () => void, dead: () => void) {
    this.#worker = new Worker(options.workerUrl, {
      name: 'millrace-offload',
      // The process's own flags may preload what a thread must not run twice.
      execArgv: [],
      resourceLimits: options.resourceLimits ?? RESOURCE_LIMITS,
    });
    this.#keepsAlive = options.unref !== true;
    this.#idle = idle;
    this.#dead = dead;
    this.#worker.unref();
    this.#worker.on('message', (answer: JobAnswer) => this.#answered(answer));
    this.#worker.on('messageerror', (error) => void this.#abandon(error));
    this.#worker.on('error', (error) => this.#lost(error));
    this.#worker.on('exit', (code) => this.#lost(new Error(`the offload worker exited with code ${code}`)));
  }

  run(job: Job): void {
    this.#job = job;
    if (this.#keepsAlive) this.#worker.ref();
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      this.#worker.postMessage(job.request);
    } catch (error) {
      // The input cannot be cloned. The worker has seen nothing of it.
      this.#finish((failed) => failed.reject(error));
    }
  }

  async end(): Promise<void> {
    this.#gone = true;
    await this.#worker.terminate();
  }

  #answered(answer: JobAnswer): void {
    this.#finish((job) => {
      if ('failure' in answer) job.reject(unpackError(answer.failure));
      else job.resolve(answer.result);
    });
  }

  #finish(settle: (job: Job) => void): void {
    const job = this.#job;
    assert(job !== undefined, 'an answer of an offload worker has a job');
    this.#job = undefined;
    this.#worker.unref();
    settle(job);
    this.#idle();
  }

  /** An answer that cannot be read here leaves nothing to tell which job it was meant for. */
  async #abandon(error: Error): Promise<void> {
    this.#lost(error);
    await this.#worker.terminate();
  }

  /** An uncaught error is followed by an exit; the first of them tells the cause. */
  #lost(error: Error): void {
    if (this.#gone) return;
    this.#gone = true;
    const job = this.#job;
    this.#job = undefined;
    // Without a job nobody waits for the news: something that an earlier job left behind brought the thread down.
    if (job === undefined) process.emitWarning(error);
    else job.reject(error);
    this.#dead();
  }
}
