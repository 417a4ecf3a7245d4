/** What the engine is tried on: a reader with bugs in it. Its code is what the coverage of these tests looks at. */
export class PlantedError extends Error {}

/** Three bytes that no dice throw in time: each that is right is new code, so that the next is looked for from there. */
export function readMagic(bytes: Buffer): void {
  if (bytes[0] === 0x4d) {
    if (bytes[1] === 0xc3) {
      if (bytes[2] === 0x7e) throw new PlantedError('the magic was found');
    }
  }
}

export function throwHere(what: string): never {
  throw new PlantedError(what);
}

export function throwThere(what: string): never {
  throw new PlantedError(what);
}
