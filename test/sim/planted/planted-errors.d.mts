export interface PlantedError {
  readonly name: string;
  /** From the root of the checkout. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const PLANTED_ERRORS: readonly PlantedError[];
