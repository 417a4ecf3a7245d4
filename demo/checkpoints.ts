/**
 * How the count stays exact although a consumer dies.
 *
 * The group's committed offset and the sums of a consumer are two things in two places: die between the two, and records are
 * counted twice or never. So the sums of a partition and the offset up to which they count are saved *together*, as one small file
 * that appears whole or not at all (written aside, then renamed), and only afterwards is the offset committed to the group. Who takes
 * a partition over starts from the file, and passes over the records that the group's older offset brings again.
 *
 * A consumer that has lost a partition without knowing it yet (a zombie) may still save. No harm: a file is named after its
 * offset, and its content is a function of the records below that offset alone. Two writers of one name write the same bytes, and the
 * reader takes the highest.
 *
 * A rename survives the death of a process; to survive that of the machine, file and directory would be synced first.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AirportSums } from './departures.js';

export interface Checkpoint {
  /** The sums count every record of the partition below it and no other. */
  readonly nextOffset: number;
  readonly sums: AirportSums;
}

const NAME = /^(\d{20})\.json$/;

export class Checkpoints {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async save(partition: number, { nextOffset, sums }: Checkpoint): Promise<void> {
    const directory = this.#directory(partition);
    await mkdir(directory, { recursive: true });
    const path = join(directory, fileName(nextOffset));
    const aside = `${path}.${process.pid}`;
    await writeFile(aside, JSON.stringify({ nextOffset, sums }));
    await rename(aside, path);
    for (const older of await this.#offsets(partition)) {
      if (older < nextOffset) await rm(join(directory, fileName(older)), { force: true });
    }
  }

  /** The latest, or an empty one. */
  async load(partition: number): Promise<Checkpoint> {
    for (;;) {
      const latest = (await this.#offsets(partition)).at(-1);
      if (latest === undefined) return { nextOffset: 0, sums: {} };
      try {
        return JSON.parse(
          await readFile(join(this.#directory(partition), fileName(latest)), 'utf8'),
        ) as Checkpoint;
      } catch (error) {
        // Replaced by a later one between our two looks: that one is there.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  /** Rising. */
  async #offsets(partition: number): Promise<number[]> {
    let names: string[];
    try {
      names = await readdir(this.#directory(partition));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return names
      .map((name) => NAME.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  }

  #directory(partition: number): string {
    return join(this.#root, `partition-${partition}`);
  }
}

function fileName(nextOffset: number): string {
  return `${String(nextOffset).padStart(20, '0')}.json`;
}
