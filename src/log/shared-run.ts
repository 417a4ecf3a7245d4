/**
 * One piece of work that many ask for: at most one run is under way and one waits. Who asks while one is under way gets the next, since
 * the running one may have passed what he means already.
 */
export class SharedRun {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | null = null;
  #waiting: Promise<void> | null = null;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Resolves when a run that began after this call has succeeded. */
  request(): Promise<void> {
    if (this.#waiting !== null) return this.#waiting;
    const before = this.#running;
    // Even the first waits for the end of the turn: others who ask in it share the run.
    this.#waiting = (before ?? Promise.resolve()).then(nothing, nothing).then(() => {
      this.#running = this.#waiting;
      this.#waiting = null;
      return this.#work();
    });
    const run = this.#waiting;
    const ended = (): void => {
      if (this.#running === run) this.#running = null;
    };
    void run.then(ended, ended);
    return run;
  }
}

/** How a run before ended is for those who asked for it. */
function nothing(): void {}
