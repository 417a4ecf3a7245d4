/** What must not be left behind, whichever way the demo ends. Undone in the reverse order, each step whatever the others did. */
export class Cleanup {
  readonly #steps: { readonly what: string; readonly undo: () => Promise<void> }[] = [];
  #running: Promise<void> | null = null;

  add(what: string, undo: () => Promise<void>): void {
    this.#steps.push({ what, undo });
  }

  /** Idempotent. @throws AggregateError naming each step that failed */
  run(): Promise<void> {
    return (this.#running ??= this.#run());
  }

  async #run(): Promise<void> {
    const failures: Error[] = [];
    for (const { what, undo } of this.#steps.toReversed()) {
      try {
        await undo();
      } catch (cause) {
        failures.push(new Error(`could not clean up: ${what}`, { cause }));
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }
}
