/**
 * Named checks, one result line each. They run one behind the other, since a suite is a story: what one check leaves in
 * the broker, the next may use. A failed check does not end the suite.
 */
import { inspect } from 'node:util';

const CHECK_LIMIT_MS = 180_000;

/** With what caused it, however deep: a client's error often says only that something failed. */
function tell(error) {
  return error?.code === 'ERR_ASSERTION' ? error.stack : inspect(error, { depth: 6 });
}

export class Checks {
  passed = 0;
  failed = [];
  #only;

  /** @param {RegExp | undefined} only run the checks whose names match, for work on one of them */
  constructor(only) {
    this.#only = only;
  }

  /** Runs `body`, prints a line, and says whether it held. */
  async check(name, body) {
    if (this.#only !== undefined && !this.#only.test(name)) return true;
    const startedAtMs = Date.now();
    let timer;
    try {
      await Promise.race([
        body(),
        new Promise((_, reject) => {
          timer = setTimeout(
            () => reject(new Error(`not done after ${CHECK_LIMIT_MS / 1000} s`)),
            CHECK_LIMIT_MS,
          );
        }),
      ]);
      this.record(name, undefined, Date.now() - startedAtMs);
      return true;
    } catch (error) {
      this.record(name, tell(error), Date.now() - startedAtMs);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A check that was carried out elsewhere, such as in a Java program. */
  record(name, problem, ms) {
    const time = ms === undefined ? '' : ` (${(ms / 1000).toFixed(1)} s)`;
    if (problem === undefined) {
      this.passed++;
      console.log(`  ok   ${name}${time}`);
    } else {
      this.failed.push(name);
      console.log(`  FAIL ${name}${time}\n       ${String(problem).trim().replaceAll('\n', '\n       ')}`);
    }
  }
}
