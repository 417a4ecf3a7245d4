import { expect } from 'vitest';
import type { Prng } from '../../../src/base/prng.js';
import type { DiskFile } from '../../../src/ports/disk.js';
import { LossyDisk } from '../../../src/ports/memory/lossy-disk.js';

/*
 * A plain statement of what a power loss may leave, kept beside the disk while random operations run on it. It shares no code
 * and no idea with the disk: no pending changes in order, but for each byte the set of values it may have, for each file the span
 * its size may have, for each name the set of files it may lead to.
 */

const DIRECTORIES = ['/d', '/e'] as const;
const NAMES = ['a', 'b', 'c'] as const;
const BYTES_MAX = 1_500;

interface ModelFile {
  /** In the bytes of every write of this file, so that no two files can be taken for each other. */
  readonly mark: number;
  bytes: number[];
  /** By position: what may be found there. Beyond its length, zero. */
  possible: Set<number>[];
  sizeMin: number;
  sizeMax: number;
}

/** A place for a name: what is there now, and what may be found there; null is nothing. */
interface ModelName {
  now: ModelFile | null;
  possible: Set<ModelFile | null>;
}

export class LossyModel {
  readonly #prng: Prng;
  readonly #context: string;
  readonly #names = new Map<string, ModelName>();
  #disk = new LossyDisk();
  #handles = new Map<ModelFile, DiskFile>();
  #lastMark = 0;

  constructor(prng: Prng, context: string) {
    this.#prng = prng;
    this.#context = context;
    for (const directory of DIRECTORIES) {
      for (const name of NAMES)
        this.#names.set(`${directory}/${name}`, { now: null, possible: new Set([null]) });
    }
  }

  async run(lives: number, operations: number): Promise<LossyDisk> {
    for (const directory of DIRECTORIES) await this.#disk.makeDir(directory);
    await this.#disk.syncDir('/');
    for (let life = 0; life < lives; life++) {
      const count = this.#prng.between(1, operations);
      for (let each = 0; each < count; each++) await this.#operation();
      await this.#compareNow();
      this.#disk = this.#disk.crash(this.#prng);
      this.#handles = new Map();
      await this.#adoptWhatIsFound();
    }
    return this.#disk;
  }

  async #operation(): Promise<void> {
    const prng = this.#prng;
    const path = prng.pick([...this.#names.keys()]);
    const file = this.#at(path).now;
    switch (
      prng.pick(['create', 'write', 'write', 'write', 'truncate', 'sync', 'syncDir', 'rename', 'remove'])
    ) {
      case 'create':
        if (file === null) await this.#create(path);
        return;
      case 'write':
        if (file !== null) await this.#write(path, file);
        return;
      case 'truncate':
        if (file !== null) await this.#truncate(path, file);
        return;
      case 'sync':
        if (file !== null) await this.#sync(path, file);
        return;
      case 'syncDir':
        await this.#syncDir(prng.pick(DIRECTORIES));
        return;
      case 'rename':
        if (file !== null) await this.#rename(path, prng.pick([...this.#names.keys()]), file);
        return;
      default:
        if (file !== null) await this.#remove(path);
    }
  }

  async #create(path: string): Promise<void> {
    const file = this.#newFile();
    this.#handles.set(file, await this.#disk.open(path, { create: true }));
    this.#put(path, file);
  }

  async #write(path: string, file: ModelFile): Promise<void> {
    const position = this.#prng.between(0, file.bytes.length + 3);
    const length = this.#prng.pick([0, 1, 5, this.#prng.between(1, BYTES_MAX)]);
    const bytes = Buffer.alloc(length, file.mark);
    for (let at = 0; at < length; at += 2) bytes[at] = this.#prng.between(201, 255);
    const cut = this.#prng.between(0, length);
    await (await this.#handle(path, file)).write([bytes.subarray(0, cut), bytes.subarray(cut)], position);
    if (length === 0) return;
    const end = position + length;
    for (let at = file.bytes.length; at < position; at++) file.bytes[at] = 0;
    mayGrow(file, end);
    for (const [index, byte] of bytes.entries()) {
      file.bytes[position + index] = byte;
      possibleAt(file, position + index).add(byte);
    }
  }

  async #truncate(path: string, file: ModelFile): Promise<void> {
    const size = this.#prng.between(0, file.bytes.length + 10);
    await (await this.#handle(path, file)).truncate(size);
    while (file.bytes.length < size) file.bytes.push(0);
    file.bytes.length = size;
    mayGrow(file, size);
    file.sizeMin = Math.min(file.sizeMin, size);
  }

  async #sync(path: string, file: ModelFile): Promise<void> {
    await (await this.#handle(path, file)).sync();
    settle(file);
  }

  async #syncDir(directory: string): Promise<void> {
    await this.#disk.syncDir(directory);
    for (const [path, name] of this.#names) {
      if (path.startsWith(`${directory}/`)) name.possible = new Set([name.now]);
    }
  }

  async #rename(from: string, to: string, file: ModelFile): Promise<void> {
    await this.#disk.rename(from, to);
    if (from === to) return;
    this.#put(from, null);
    this.#put(to, file);
  }

  async #remove(path: string): Promise<void> {
    await this.#disk.remove(path);
    this.#put(path, null);
  }

  #put(path: string, file: ModelFile | null): void {
    const name = this.#at(path);
    name.now = file;
    name.possible.add(file);
  }

  #at(path: string): ModelName {
    return this.#names.get(path) as ModelName;
  }

  async #handle(path: string, file: ModelFile): Promise<DiskFile> {
    let handle = this.#handles.get(file);
    if (handle === undefined) {
      handle = await this.#disk.open(path);
      this.#handles.set(file, handle);
    }
    return handle;
  }

  /** Before a crash, programs see everything. */
  async #compareNow(): Promise<void> {
    for (const [path, { now }] of this.#names) {
      const found = await this.#found(path);
      const same = found === null || now === null ? found === now : found.equals(Buffer.from(now.bytes));
      expect(same, `${path} before the crash, ${this.#context}`).toBe(true);
    }
  }

  /** After one, what is found must be possible; from then on it is what is there for sure. */
  async #adoptWhatIsFound(): Promise<void> {
    const places: Place[] = [];
    for (const [path, { possible }] of this.#names) places.push({ found: await this.#found(path), possible });
    expect(explicable(places, new Set()), `what is found after the crash, ${this.#context}`).toBe(true);
    for (const [at, name] of [...this.#names.values()].entries()) {
      const found = places[at]?.found ?? null;
      name.now = found === null ? null : this.#fileOf(found);
      name.possible = new Set([name.now]);
    }
  }

  #fileOf(found: Buffer): ModelFile {
    const file = this.#newFile();
    file.bytes = [...found];
    settle(file);
    return file;
  }

  #newFile(): ModelFile {
    this.#lastMark = (this.#lastMark % 200) + 1;
    return { mark: this.#lastMark, bytes: [], possible: [], sizeMin: 0, sizeMax: 0 };
  }

  async #found(path: string): Promise<Buffer | null> {
    const [, directory, name] = path.split('/');
    const entries = await this.#disk.list(`/${directory}`);
    return entries.some((entry) => entry.name === name) ? this.#disk.readFile(path) : null;
  }
}

interface Place {
  readonly found: Buffer | null;
  readonly possible: ReadonlySet<ModelFile | null>;
}

/** True if each place can be given a file that allows what was found there, and no file is given twice. */
function explicable(places: readonly Place[], taken: ReadonlySet<ModelFile>): boolean {
  const [place, ...others] = places;
  if (place === undefined) return true;
  for (const file of place.possible) {
    if (file === null || place.found === null) {
      if (file === place.found && explicable(others, taken)) return true;
    } else if (!taken.has(file) && allows(file, place.found)) {
      if (explicable(others, new Set([...taken, file]))) return true;
    }
  }
  return false;
}

/** What is there is sure. */
function settle(file: ModelFile): void {
  file.possible = file.bytes.map((byte) => new Set([byte]));
  file.sizeMin = file.bytes.length;
  file.sizeMax = file.bytes.length;
}

/** The device may hold as little as `sizeMin` when this growth reaches it, and zeros in between. */
function mayGrow(file: ModelFile, end: number): void {
  for (let at = file.sizeMin; at < end; at++) possibleAt(file, at).add(0);
  file.sizeMax = Math.max(file.sizeMax, end);
}

function possibleAt(file: ModelFile, position: number): Set<number> {
  while (file.possible.length <= position) file.possible.push(new Set());
  return file.possible[position] as Set<number>;
}

function allows(file: ModelFile, found: Buffer): boolean {
  if (found.length < file.sizeMin || found.length > file.sizeMax) return false;
  return found.every((byte, at) => file.possible[at]?.has(byte) === true);
}
