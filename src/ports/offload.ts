/**
 * Whole jobs off the event loop: a hop costs 33 to 56 µs, so cross it once per job, never per record.
 * A job is a pure function of structured-cloneable input, registered by name by the layer that owns it;
 * simulation runs it inline.
 */
export interface Offload<Jobs extends JobTable = JobTable> {
  run<Name extends keyof Jobs & string>(
    name: Name,
    input: Parameters<Jobs[Name]>[0],
  ): Promise<Awaited<ReturnType<Jobs[Name]>>>;
  /** Waits for running jobs, then ends the workers. */
  close(): Promise<void>;
}

export type JobTable = Record<string, (input: never) => unknown>;
