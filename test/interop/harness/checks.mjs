/**
 * Named checks, one result line each. They run one behind the other, since a suite is a story: what one check leaves in
 * the broker, the next may use. A failed check does not end the suite. A check may show features of the conformance table
 * (conformance.mjs): a feature holds when every check that shows it has.
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
  /** Feature by feature, whether all checks that showed it have passed. */
  features = new Map();
  #only;

  /** @param {RegExp | undefined} only run the checks whose names match, for work on one of them */
  constructor(only) {
    this.#only = only;
  }

  /** For programs of other languages, which choose among their checks themselves. */
  get only() {
    return this.#only?.source;
  }

  /** Runs `body`, prints a line, and says whether it held. */
  check(name, body) {
    return this.feature([], name, body);
  }

  /** As `check`, and shows one or more features. @param {string | readonly string[]} features */
  async feature(features, name, body) {
    if (this.#only !== undefined && !this.#only.test(name)) return true;
    return this.#run([features].flat(), name, body);
  }

  /** A check whose body carries out others: it runs whatever was chosen, and they choose among themselves. */
  always(name, body) {
    return this.#run([], name, body);
  }

  async #run(features, name, body) {
    const startedAtMs = Date.now();
    let timer;
    let problem;
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
    } catch (error) {
      problem = tell(error);
    } finally {
      clearTimeout(timer);
    }
    this.record(name, problem, Date.now() - startedAtMs, features);
    return problem === undefined;
  }

  /** A check that was carried out elsewhere, such as in a Java program. */
  record(name, problem, ms, features = []) {
    for (const feature of features)
      this.features.set(feature, (this.features.get(feature) ?? true) && problem === undefined);
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
