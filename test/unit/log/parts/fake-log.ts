import { join } from 'node:path';
import type { Prng } from '../../../../src/base/prng.js';
import { encodePartitionMetadata, PARTITION_METADATA, replaceFile } from '../../../../src/log/checkpoint.js';
import type { Committable, Committer, Unsynced } from '../../../../src/log/commit.js';
import type { UnsyncedRange } from '../../../../src/log/journal.js';
import type { Disk, DiskFile } from '../../../../src/ports/disk.js';

interface FakeSegment {
  readonly base: number;
  readonly file: DiskFile;
  /** What was written or is being written, from the segment's first byte. */
  content: Buffer;
  /** Of `content`, what a sync of the file covered. */
  syncedBytes: number;
}

/**
 * A log as its committer sees one, over real files: bytes in segments, an offset for each byte. It keeps what a crash must
 * leave: `durable` bytes exactly, and behind them only what it had asked to be written.
 */
export class FakeLog implements Committable {
  readonly directoryName: string;
  readonly topicId: string;
  readonly #root: string;
  readonly #disk: Disk;
  readonly #prng: Prng;
  segments: FakeSegment[] = [];
  written = 0;
  durable = 0;
  /** From here on the files may still have earlier bytes: a truncation is under way. */
  unsureFrom = Number.POSITIVE_INFINITY;
  /** Base offsets of segments whose removal is durable. */
  readonly removed: number[] = [];
  offline: unknown = null;
  reports = 0;
  fileSyncs = 0;

  constructor(disk: Disk, root: string, directoryName: string, topicId: string, prng: Prng) {
    this.#disk = disk;
    this.#root = root;
    this.directoryName = directoryName;
    this.topicId = topicId;
    this.#prng = prng;
  }

  async create(): Promise<this> {
    const path = join(this.#root, this.directoryName);
    // A crash may have brought back a log that was being deleted.
    await this.#disk.removeDir(path);
    await this.#disk.syncDir(this.#root);
    await this.#disk.makeDir(path);
    await replaceFile(this.#disk, join(path, PARTITION_METADATA), encodePartitionMetadata(this.topicId));
    await this.#disk.syncDir(this.#root);
    await this.#addSegment();
    return this;
  }

  /** Opens what `before` left, on the disk after a crash, and truncates to what is sound. */
  async reopen(before: FakeLog): Promise<this> {
    let whole = true;
    for (const { base, content } of before.segments) {
      if (!whole) {
        await this.#disk.remove(this.segmentPath(base));
        continue;
      }
      const file = await this.#disk.open(this.segmentPath(base), { create: true });
      const found = await this.#disk.readFile(this.segmentPath(base));
      let sound = 0;
      while (sound < Math.min(found.length, content.length) && found[sound] === content[sound]) sound++;
      await file.truncate(sound);
      await file.sync();
      this.segments.push({ base, file, content: content.subarray(0, sound), syncedBytes: sound });
      this.written = base + sound;
      whole = sound === content.length;
    }
    this.durable = this.written;
    await this.#disk.syncDir(join(this.#root, this.directoryName));
    return this;
  }

  segmentPath(base: number): string {
    return join(this.#root, this.directoryName, `${String(base).padStart(20, '0')}.log`);
  }

  get active(): FakeSegment {
    return this.segments.at(-1)!;
  }

  async append(bytes: number, committer: Committer): Promise<void> {
    const { active } = this;
    const addition = this.#prng.fill(Buffer.alloc(bytes)).map((byte) => byte | 1); // never 0: zeros are what is not there
    const position = active.content.length;
    active.content = Buffer.concat([active.content, addition]);
    await active.file.write([addition], position);
    this.written = active.base + active.content.length;
    committer.request(this);
  }

  async roll(): Promise<void> {
    const { active } = this;
    if (active.content.length === 0) return;
    await active.file.sync();
    active.syncedBytes = active.content.length;
    this.durable = Math.max(this.durable, active.base + active.content.length);
    await this.#addSegment();
  }

  async truncate(to: number, committer: Committer): Promise<void> {
    const { active } = this;
    const bytes = to - active.base;
    this.unsureFrom = to;
    this.written = to;
    this.durable = Math.min(this.durable, to);
    await committer.forget(this);
    await active.file.truncate(bytes);
    await active.file.sync();
    active.content = active.content.subarray(0, bytes);
    active.syncedBytes = bytes;
    this.unsureFrom = Number.POSITIVE_INFINITY;
  }

  async removeOldest(): Promise<void> {
    const oldest = this.segments.shift()!;
    await this.#disk.remove(this.segmentPath(oldest.base));
    await oldest.file.close();
    await this.#disk.syncDir(join(this.#root, this.directoryName));
    this.removed.push(oldest.base);
  }

  async close(committer: Committer): Promise<void> {
    await committer.release(this);
    await this.syncFiles();
    for (const { file } of this.segments) await file.close();
  }

  async remove(committer: Committer): Promise<void> {
    await committer.abandon(this);
    for (const { file } of this.segments) await file.close();
    await this.#disk.removeDir(join(this.#root, this.directoryName));
    await this.#disk.syncDir(this.#root);
  }

  unsynced(): Unsynced {
    const ranges: UnsyncedRange[] = [];
    for (const { base, content } of this.segments) {
      const from = Math.max(this.durable - base, 0);
      const to = Math.min(this.written - base, content.length);
      if (from < to)
        ranges.push({
          segmentBaseOffset: base,
          position: from,
          ...this.#inParts(content.subarray(from, to)),
        });
    }
    return { mark: this.written, bytes: ranges.reduce((sum, { bytes }) => sum + bytes, 0), ranges };
  }

  async syncFiles(): Promise<void> {
    for (const segment of [...this.segments]) {
      const bytes = Math.min(segment.content.length, this.written - segment.base);
      if (segment.syncedBytes >= bytes) continue;
      this.fileSyncs++;
      await segment.file.sync();
      segment.syncedBytes = Math.max(segment.syncedBytes, bytes);
    }
  }

  onSynced(mark: number): void {
    if (mark > this.written)
      throw new Error(`${this.directoryName}: durable to ${mark}, written to ${this.written}`);
    this.durable = Math.max(this.durable, mark);
    this.reports++;
  }

  onSyncFailed(error: unknown): void {
    this.offline = error;
  }

  /** What a crash and a replay left, in words, if it is not what was promised; undefined if it is. */
  async broken(disk: Disk): Promise<string | undefined> {
    for (const { base, content } of this.segments) {
      const found = await disk.readFile(this.segmentPath(base)).catch(() => Buffer.alloc(0));
      const name = `${this.directoryName} segment ${base}`;
      const promised = Math.min(Math.max(this.durable - base, 0), content.length);
      if (found.length < promised) return `${name}: ${found.length} bytes of ${promised} durable ones`;
      for (let at = 0; at < found.length; at++) {
        if (base + at >= this.unsureFrom) break;
        const expected = content[at];
        if (at < promised ? found[at] !== expected : found[at] !== 0 && found[at] !== expected) {
          return `${name}: byte ${at} is ${found[at]} instead of ${expected}; ${promised} are durable`;
        }
      }
    }
    for (const base of this.removed) {
      const path = this.segmentPath(base);
      if (
        await disk.readFile(path).then(
          () => true,
          () => false,
        )
      )
        return `${path} was removed and is back`;
    }
    return undefined;
  }

  async #addSegment(): Promise<void> {
    const base = this.segments.length === 0 ? 0 : this.active.base + this.active.content.length;
    const file = await this.#disk.open(this.segmentPath(base), { create: true });
    await this.#disk.syncDir(join(this.#root, this.directoryName));
    this.segments.push({ base, file, content: Buffer.alloc(0), syncedBytes: 0 });
  }

  #inParts(bytes: Buffer): { parts: Buffer[]; bytes: number } {
    const cut = this.#prng.between(0, bytes.length);
    return { parts: [bytes.subarray(0, cut), bytes.subarray(cut)], bytes: bytes.length };
  }
}
