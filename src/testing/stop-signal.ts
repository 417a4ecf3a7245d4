/** Tells those who wait that the broker is being stopped. */
export class StopSignal {
  #stopped = false;
  readonly #listeners = new Set<() => void>();

  get stopped(): boolean {
    return this.#stopped;
  }

  /** `listener` runs once, at the stop; returns the way to stop listening. Not called when it is stopped already. */
  onStop(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#stopped = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
