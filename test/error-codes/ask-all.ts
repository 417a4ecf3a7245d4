/** Walks the table once, on one broker. */
import { codesOf, errorsIn, type ToldError } from './answer.js';
import { Line, type Address } from './line.js';
import { nameOf, type Row } from './row.js';
import { setStage, type Surroundings } from './stage.js';
import { TABLE } from './table.js';
import type { Net } from '../../src/ports/net.js';

export interface Asked {
  readonly row: Row;
  readonly name: string;
  readonly codes: string;
  readonly errors: readonly ToldError[];
}

export async function askAll(net: Net, address: Address, surroundings: Surroundings): Promise<Asked[]> {
  const line = new Line(net, address, surroundings.patience);
  const stage = await setStage(line, surroundings);
  const asked: Asked[] = [];
  for (const row of TABLE) {
    const answer = await line.ask(row.api, row.version, row.request(stage) as never);
    asked.push({ row, name: nameOf(row), codes: codesOf(answer), errors: errorsIn(answer) });
  }
  line.close();
  return asked;
}
