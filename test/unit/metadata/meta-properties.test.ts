import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import { Prng } from '../../../src/base/prng.js';
import { foundCluster } from '../../../src/metadata/cluster.js';
import {
  claimLogDirectory,
  formatMetaProperties,
  META_PROPERTIES_FILE,
  parseMetaProperties,
  readMetaProperties,
} from '../../../src/metadata/meta-properties.js';
import { CLUSTER_KEY } from '../../../src/metadata/keys.js';
import { memoryStore } from '../../../src/metadata/store/embedded/memory-store.js';
import {
  METADATA_TOPIC_UUID,
  isUuid,
  randomUuid,
  uuidFromBytes,
  uuidToBytes,
} from '../../../src/metadata/uuid.js';
import { encodeValue } from '../../../src/metadata/values.js';
import type { Disk } from '../../../src/ports/disk.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { LossyDisk } from '../../../src/ports/memory/lossy-disk.js';
import { uuidOf } from './arbitrary-records.js';

const SEED = Number(process.env['SEED'] ?? Date.now());
const OWNER = { clusterId: uuidOf(1), nodeId: 3 };
const DIRECTORY = '/data';
const PATH = `${DIRECTORY}/${META_PROPERTIES_FILE}`;

async function diskWith(files: Readonly<Record<string, string>>): Promise<Disk> {
  const disk = memoryDisk();
  await disk.makeDir(DIRECTORY);
  for (const [name, content] of Object.entries(files)) {
    const file = await disk.open(`${DIRECTORY}/${name}`, { create: true });
    await file.write([Buffer.from(content)], 0);
    await file.close();
  }
  return disk;
}

const claim = (disk: Disk, owner = OWNER) =>
  claimLogDirectory({ disk, entropy: seededEntropy(9) }, DIRECTORY, owner, ['metadata']);

describe('meta.properties', () => {
  test('is made in an empty directory, in the form Kafka reads, and found again', async () => {
    const disk = await diskWith({});
    expect(await readMetaProperties(disk, DIRECTORY)).toBeUndefined();
    const made = await claim(disk);
    expect(made).toMatchObject(OWNER);
    expect((await disk.readFile(PATH)).toString()).toBe(
      `#\ncluster.id=${OWNER.clusterId}\ndirectory.id=${made.directoryId}\nnode.id=3\nversion=1\n`,
    );
    expect(await claim(disk)).toEqual(made);
    expect(await readMetaProperties(disk, DIRECTORY)).toEqual(made);
  });

  test('what the broker itself and the file system put there does not count', async () => {
    const disk = await diskWith({
      '.lock': '',
      'lost+found': '',
      metadata: '',
      [`${META_PROPERTIES_FILE}.tmp`]: 'clus',
    });
    await expect(claim(disk)).resolves.toMatchObject(OWNER);
  });

  test('is read as Kafka 4 writes it', () => {
    const text =
      '#\n#Tue Mar 18 10:12:11 UTC 2025\ncluster.id=I2eXt9rvSnyhct8BYmW6-w\ndirectory.id=B3Qf9hVnRq6mhyJmL0uWkw\nnode.id=1\nversion=1\n';
    expect(parseMetaProperties(PATH, Buffer.from(text))).toEqual({
      clusterId: 'I2eXt9rvSnyhct8BYmW6-w',
      directoryId: 'B3Qf9hVnRq6mhyJmL0uWkw',
      nodeId: 1,
    });
    expect(
      parseMetaProperties(PATH, Buffer.from(text.replaceAll('\n', '\r\n').replaceAll('=', ' : '))).nodeId,
    ).toBe(1);
  });

  test.each([['plain'], ['with=equals:and\\backslash'], ['#hash!']])(
    'a cluster id %s comes back',
    (clusterId) => {
      const properties = { clusterId, nodeId: 0, directoryId: uuidOf(4) };
      expect(parseMetaProperties(PATH, formatMetaProperties(properties))).toEqual(properties);
    },
  );

  const good = formatMetaProperties({ ...OWNER, directoryId: uuidOf(5) }).toString();
  test.each([
    [
      'of another cluster',
      good.replace(uuidOf(1), uuidOf(2)),
      'WRONG_CLUSTER',
      new RegExp(`${uuidOf(2)}.*${uuidOf(1)}`),
      /move/,
    ],
    [
      'of another broker',
      good.replace('node.id=3', 'node.id=7'),
      'WRONG_NODE',
      /broker 7.*broker 3/,
      /node\.id=7/,
    ],
    [
      'of a newer version',
      good.replace('version=1', 'version=2'),
      'META_PROPERTIES_NEWER',
      /version 2/,
      /newer/,
    ],
    [
      'of the time of ZooKeeper',
      good.replace('version=1', 'version=0'),
      'META_PROPERTIES_INVALID',
      /ZooKeeper/,
      /put the file back/,
    ],
    [
      'without a version',
      good.replace('version=1', ''),
      'META_PROPERTIES_INVALID',
      /version is missing/,
      /put/,
    ],
    [
      'without a cluster',
      good.replace('cluster.id', 'cluster'),
      'META_PROPERTIES_INVALID',
      /cluster\.id is missing/,
      /put/,
    ],
    [
      'with a bad node id',
      good.replace('node.id=3', 'node.id=three'),
      'META_PROPERTIES_INVALID',
      /node\.id=three/,
      /put/,
    ],
    [
      'with a bad directory id',
      good.replace(uuidOf(5), 'x'),
      'META_PROPERTIES_INVALID',
      /directory\.id=x/,
      /put/,
    ],
    ['empty', '', 'META_PROPERTIES_INVALID', /missing/, /put/],
    ['far too large', '#'.repeat(100_000), 'META_PROPERTIES_INVALID', /100000 bytes/, /put/],
  ])('a file %s is refused', async (_, content, code, message, hint) => {
    const disk = await diskWith({ [META_PROPERTIES_FILE]: content });
    await expect(claim(disk)).rejects.toMatchObject({
      name: 'UserError',
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect((await disk.readFile(PATH)).toString()).toBe(content);
  });

  test("a directory with something in it and no such file is nobody's to take", async () => {
    const disk = await diskWith({ 'orders-0': '', 'holiday.jpg': '' });
    await expect(claim(disk)).rejects.toMatchObject({
      code: 'META_PROPERTIES_MISSING',
      message: expect.stringContaining('holiday.jpg, orders-0'),
    });
  });

  test('random content gives the declared errors or properties', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((noise) => good + noise),
          fc.string().map((noise) => noise + good),
        ),
        (text) => {
          try {
            parseMetaProperties(PATH, Buffer.from(text));
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('once it has been made, a power loss does not take it away; before, the directory can be claimed again', async () => {
    for (let seed = 0; seed < 200; seed++) {
      const prng = new Prng(SEED + seed);
      const disk = new LossyDisk({ prng: prng.split('faults') });
      await disk.makeDir(DIRECTORY);
      await disk.syncDir('/');
      const claiming = claim(disk);
      let made: string | undefined;
      void claiming.then(({ directoryId }) => {
        made = directoryId;
      });
      for (let microtasks = prng.between(0, 60); microtasks > 0; microtasks--) await Promise.resolve();
      const known = made;
      const after = await claim(disk.crash(prng.split('crash')));
      if (known !== undefined) expect(after.directoryId, `SEED=${SEED + seed}`).toBe(known);
    }
  });
});

describe('ids', () => {
  test('are random, legal, and never begin with a dash', () => {
    const entropy = seededEntropy(SEED);
    const seen = new Set<string>();
    for (let nth = 0; nth < 2000; nth++) {
      const uuid = randomUuid(entropy);
      expect(isUuid(uuid)).toBe(true);
      expect(uuid.startsWith('-')).toBe(false);
      expect(uuidFromBytes(uuidToBytes(uuid))).toBe(uuid);
      seen.add(uuid);
    }
    expect(seen.size).toBe(2000);
  });

  test('a draw that begins with a dash is drawn again', () => {
    // 0xf8: the six bits that base64url writes as "-".
    const draws = [Buffer.alloc(16, 0xf8), Buffer.alloc(16, 0x11)];
    const uuid = randomUuid({ bytes: () => draws.shift()!, random: () => 0 });
    expect(draws).toEqual([]);
    expect(uuid).toMatch(/^ERERERER/);
  });

  test('a source that only gives reserved or dashed ids is an error, not a loop', () => {
    expect(() => randomUuid({ bytes: () => Buffer.alloc(16, 0xf8), random: () => 0 })).toThrow(/same bytes/);
  });

  test('the reserved one is the number one', () => {
    expect(uuidToBytes(METADATA_TOPIC_UUID)).toEqual(
      Buffer.from([...Array.from({ length: 15 }, () => 0), 1]),
    );
  });
});

describe('the cluster', () => {
  const entropy = seededEntropy(11);
  const clock = manualClock(5000);

  test('is founded once, whoever asks', async () => {
    const store = await memoryStore({ clock, entropy });
    const [one, two] = await Promise.all([
      foundCluster({ store, clock, entropy }, []),
      foundCluster({ store, clock, entropy }, []),
    ]);
    expect(one).toEqual(two);
    expect(one).toMatchObject({ formatVersion: 1, createdMs: 5000 });
    expect(await foundCluster({ store, clock, entropy }, [one!.clusterId])).toEqual(one);
  });

  test('is not founded where log directories know of one', async () => {
    const store = await memoryStore({ clock, entropy });
    await expect(foundCluster({ store, clock, entropy }, ['the-old-one'])).rejects.toMatchObject({
      code: 'METADATA_LOST',
      message: expect.stringContaining('the-old-one'),
    });
    expect((await store.read('')).entries).toEqual([]);
  });

  test('of a newer layout is refused', async () => {
    const store = await memoryStore({ clock, entropy });
    const value = encodeValue('cluster', { clusterId: 'c', formatVersion: 2, createdMs: 0 });
    await store.compareAndSet({ compares: [], puts: [{ key: CLUSTER_KEY, value }], deletes: [] });
    await expect(foundCluster({ store, clock, entropy }, [])).rejects.toMatchObject({
      code: 'METADATA_NEWER',
    });
  });
});
