/** A broken invariant of our own: a bug, never a user's mistake. The process that sees one must not go on with that object. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Asserts in production too (style §7): the sentence says what must hold. */
export function assert(condition: unknown, mustHold: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${mustHold}`);
}

/** For the `default` of a switch that the type system says is complete. */
export function unreachable(value: never, what: string): never {
  throw new InvariantError(`invariant broken: unexpected ${what}: ${String(value)}`);
}
