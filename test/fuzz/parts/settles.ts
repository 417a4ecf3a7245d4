/** For subjects that wait for nothing but themselves: what does not come to its end in so many turns of the event loop never will. */
import { Broken } from '../target.js';

const TURNS_MAX = 5000;

export async function settles<T>(promise: Promise<T>, what: string): Promise<T> {
  let done = false;
  const finish = (): void => {
    done = true;
  };
  promise.then(finish, finish);
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    if (done) return promise;
    await turnOver();
  }
  throw new Broken(`${what} never comes to its end`);
}

export function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
