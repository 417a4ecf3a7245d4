/** Something that reads bytes from outside: the network, a disk that others wrote, a file that a crash cut. */
export interface Target {
  readonly name: string;
  /** Inputs between two looks at the code that ran, where the usual number takes too long. */
  readonly roundInputs?: number;
  /** Bytes as they should be, for the engine to start from. */
  seeds(): Iterable<Buffer> | Promise<Iterable<Buffer>>;
  /**
   * Reads them. Refusing is what the declared errors are for, and is no finding; anything thrown is.
   * `bytes` is this run's own: it may be written to.
   */
  run(bytes: Buffer): void | Promise<void>;
}

/** A rule that a target holds its subject to, and that did not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export function mustHold(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Broken(what());
}

/** What `act` gives, or null where it threw one of the errors that a reader declares; what else it throws is a bug. */
export function refusing<T>(
  act: () => T,
  ...declared: readonly (new (
    ...args: never[]
  ) => Error)[]
): T | null {
  try {
    return act();
  } catch (error) {
    if (declared.some((kind) => error instanceof kind)) return null;
    throw error;
  }
}
