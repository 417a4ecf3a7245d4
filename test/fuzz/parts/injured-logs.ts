/** Inputs of the targets that look at a log directory whose files somebody injured: bytes that say which one, and how. */
import { Compression } from '../../../src/records/compression/compression.js';
import { Dice } from '../dice.js';
import { type DiskImage, injure } from './disk-image.js';
import { logImages, repairChecksums } from './log-images.js';

export class InjuredLogs {
  readonly compression = new Compression();
  readonly #injuriesMax: number;
  #images: readonly DiskImage[] = [];

  constructor({ injuriesMax }: { readonly injuriesMax: number }) {
    this.#injuriesMax = injuriesMax;
  }

  /** @param modes what the target tells apart in the second byte; its lowest bit says whether checksums stay wrong */
  async seeds(modes: readonly number[]): Promise<Buffer[]> {
    await this.compression.loadAll();
    this.#images = await logImages(this.compression);
    // A template, the mode, how many injuries, and those.
    return this.#images.flatMap((_, image) =>
      modes.map((mode) => Buffer.from([image, mode, 1, 3, 0, 9, 1, 200, 5, 5, 1, 0, 7, 4])),
    );
  }

  injured(bytes: Buffer): { readonly image: DiskImage; readonly mode: number } {
    const dice = new Dice(bytes);
    const image = new Map(dice.pick(this.#images));
    const mode = dice.byte();
    const injuries = 1 + dice.below(this.#injuriesMax);
    for (let injury = 0; injury < injuries; injury++) injure(image, dice);
    if ((mode & 1) === 0) repairChecksums(image);
    return { image, mode };
  }
}
