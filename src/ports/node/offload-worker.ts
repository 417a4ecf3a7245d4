import { parentPort } from 'node:worker_threads';
import { assert } from '../../base/assert.js';
import type { JobTable } from '../offload.js';
import { type JobAnswer, type JobRequest, packError } from './offload-protocol.js';

/**
 * Serves `jobs` to the pool that started this worker. The entry file of the worker calls it, and belongs to an upper layer:
 * jobs are made of that layer's code, and imports point down.
 */
export function serveOffload(jobs: JobTable): void {
  const port = parentPort;
  assert(port !== null, 'jobs are served in a worker thread');
  const answer = async ({ name, input }: JobRequest): Promise<void> => {
    try {
      const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
      assert(job !== undefined, `the offload worker knows the job "${name}"`);
      post({ result: await job(input as never) });
    } catch (error) {
      // Thrown by the job, or by the post: a result that cannot be cloned.
      post({ failure: packError(error) });
    }
  };
  const post = (message: JobAnswer): void => port.postMessage(message);
  port.on('message', (request: JobRequest) => void answer(request));
}
