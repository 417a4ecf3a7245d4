import type { PlantedError } from './planted-errors.mjs';

export function occurrences(error: PlantedError): Promise<number>;
