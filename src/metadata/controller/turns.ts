/** One piece of work at a time, in the order asked; a bounded number may wait. */
export class Turns {
  readonly #waitingMax: number;
  #last: Promise<void> = Promise.resolve();
  #taken = 0;

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** Undefined when too many wait already. Work that fails does not hold up what comes after it. */
  take<Result>(work: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#taken > this.#waitingMax) return undefined;
    this.#taken++;
    const done = this.#last.then(work);
    const ended = (): void => {
      this.#taken--;
    };
    // The error is the caller's, who has `done`.
    this.#last = done.then(ended, ended);
    return done;
  }

  /** When all that has been taken so far is done. */
  idle(): Promise<void> {
    return this.#last;
  }
}
