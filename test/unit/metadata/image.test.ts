import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImageDelta } from '../../../src/metadata/delta.js';
import { ClusterImage, type PartitionImage } from '../../../src/metadata/image.js';
import { ImageBuilder } from '../../../src/metadata/image-builder.js';
import {
  brokerConfigKey,
  brokerKey,
  CLUSTER_KEY,
  CONTROLLER_KEY,
  parseKey,
  partitionKey,
  topicKey,
} from '../../../src/metadata/keys.js';
import type { KeyChange, StoreEntry } from '../../../src/metadata/store/store.js';
import { encodeValue } from '../../../src/metadata/values.js';
import { brokerRecord, partitionRecord, topicRecord, uuidOf } from './arbitrary-records.js';

const SEED = Number(process.env['SEED'] ?? Date.now());

/** A store as a map: what a read would give, beside the events that led there. */
class Model {
  readonly entries = new Map<string, StoreEntry>();
  revision = 0;

  change(puts: Readonly<Record<string, Uint8Array>>, deletes: readonly string[] = []): KeyChange[] {
    this.revision++;
    const changes: KeyChange[] = [];
    for (const [key, value] of Object.entries(puts)) {
      const createRevision = this.entries.get(key)?.createRevision ?? this.revision;
      const entry = { key, value, createRevision, modRevision: this.revision };
      this.entries.set(key, entry);
      changes.push({ put: entry });
    }
    for (const key of deletes) if (this.entries.delete(key)) changes.push({ deleted: key });
    return changes;
  }

  read(): StoreEntry[] {
    return [...this.entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

const topicValue = (
  name: string,
  id: string,
  count: number,
  configs = new Map<string, string>(),
): Uint8Array => encodeValue('topic', { ...topicRecord(name, id, count), configs });
const partitionValue = (id: string, index: number, epoch = 0): Uint8Array =>
  encodeValue('partition', partitionRecord(id, index, [1], { leaderEpoch: epoch }));

/** Everything a reader can learn from an image, whatever it shares and in whatever order its maps are. */
function shape(image: ClusterImage): unknown {
  const sorted = <Value>(map: ReadonlyMap<unknown, Value>): unknown =>
    [...map].map(([key, value]) => [String(key), value]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
  return {
    revision: image.revision,
    clusterId: image.clusterId,
    controller: image.controller,
    brokers: sorted(image.brokers),
    brokerConfigs: sorted(image.brokerConfigs),
    topics: sorted(image.topics),
    topicsById: sorted(image.topicsById),
  };
}

function shapeOfDelta(delta: ImageDelta): unknown {
  const names = (items: readonly { name: string; id: string }[]): string[] =>
    items.map(({ name, id }) => `${name} ${id}`).sort();
  const partition = (image: PartitionImage | undefined): string =>
    image === undefined ? 'none' : `${image.topic}-${image.index}@${image.modRevision}`;
  return {
    created: names(delta.topicsCreated),
    deleted: names(delta.topicsDeleted),
    partitions: delta.partitionsChanged
      .map(({ before, after }) => `${partition(before)} → ${partition(after)}`)
      .sort(),
    topicConfigs: [...delta.configsChanged.topics].sort(),
    brokerConfigs: [...delta.configsChanged.brokers].sort(),
    brokers: [...delta.brokersChanged].sort((a, b) => a - b),
  };
}

const EMPTY_DELTA = {
  created: [],
  deleted: [],
  partitions: [],
  topicConfigs: [],
  brokerConfigs: [],
  brokers: [],
};

describe('images step by step', () => {
  const ID = uuidOf(1);

  function stepping(): { model: Model; step: (changes: KeyChange[]) => unknown; builder: ImageBuilder } {
    const model = new Model();
    const builder = new ImageBuilder();
    return { model, builder, step: (changes) => shapeOfDelta(builder.apply(model.revision, changes).delta) };
  }

  test('a topic is created, changes, and goes', () => {
    const { model, builder, step } = stepping();
    const created = step(
      model.change({
        [topicKey('orders')]: topicValue('orders', ID, 2),
        [partitionKey(ID, 0)]: partitionValue(ID, 0),
        [partitionKey(ID, 1)]: partitionValue(ID, 1),
      }),
    );
    expect(created).toEqual({
      ...EMPTY_DELTA,
      created: [`orders ${ID}`],
      partitions: ['none → orders-0@1', 'none → orders-1@1'],
    });
    expect(builder.image.topic('orders')).toBe(builder.image.topicById(ID));
    expect(builder.image.partition(ID, 1)).toMatchObject({
      topic: 'orders',
      index: 1,
      leader: 1,
      modRevision: 1,
    });
    expect(builder.image.partition(ID, 2)).toBeUndefined();
    expect(builder.image.partition(uuidOf(9), 0)).toBeUndefined();

    const before = builder.image;
    expect(step(model.change({ [partitionKey(ID, 1)]: partitionValue(ID, 1, 1) }))).toEqual({
      ...EMPTY_DELTA,
      partitions: ['orders-1@1 → orders-1@2'],
    });
    // What did not change is shared; the image before is as it was.
    expect(builder.image.partition(ID, 0)).toBe(before.partition(ID, 0));
    expect(before.partition(ID, 1)?.leaderEpoch).toBe(0);
    expect(builder.image.partition(ID, 1)?.leaderEpoch).toBe(1);

    const configured = topicValue('orders', ID, 2, new Map([['retention.ms', '1']]));
    expect(step(model.change({ [topicKey('orders')]: configured }))).toEqual({
      ...EMPTY_DELTA,
      topicConfigs: ['orders'],
    });
    expect(builder.image.topicConfigs('orders').get('retention.ms')).toBe('1');

    expect(step(model.change({}, [topicKey('orders'), partitionKey(ID, 0), partitionKey(ID, 1)]))).toEqual({
      ...EMPTY_DELTA,
      deleted: [`orders ${ID}`],
    });
    expect(builder.image.topic('orders')).toBeUndefined();
    expect(builder.image.topicsById.size).toBe(0);
  });

  test('staged partitions are not seen before their topic counts them', () => {
    const { model, builder, step } = stepping();
    expect(step(model.change({ [partitionKey(ID, 0)]: partitionValue(ID, 0) }))).toEqual(EMPTY_DELTA);
    expect(step(model.change({ [partitionKey(ID, 1)]: partitionValue(ID, 1) }))).toEqual(EMPTY_DELTA);
    expect(builder.topicsWithoutKey()).toEqual([ID]);
    expect(step(model.change({ [topicKey('big')]: topicValue('big', ID, 1) }))).toMatchObject({
      created: [`big ${ID}`],
      partitions: ['none → big-0@1'],
    });
    expect(builder.topicsWithoutKey()).toEqual([]);
    expect(step(model.change({ [topicKey('big')]: topicValue('big', ID, 2) }))).toEqual({
      ...EMPTY_DELTA,
      partitions: ['none → big-1@2'],
    });
  });

  test('a topic whose key goes first is gone at once; its partitions are strays', () => {
    const { model, builder, step } = stepping();
    step(
      model.change({ [topicKey('t')]: topicValue('t', ID, 1), [partitionKey(ID, 0)]: partitionValue(ID, 0) }),
    );
    expect(step(model.change({}, [topicKey('t')]))).toEqual({ ...EMPTY_DELTA, deleted: [`t ${ID}`] });
    expect([builder.topicsWithoutKey(), builder.storedPartitions(ID)]).toEqual([[ID], [0]]);
    expect(step(model.change({}, [partitionKey(ID, 0)]))).toEqual(EMPTY_DELTA);
    expect(builder.topicsWithoutKey()).toEqual([]);
  });

  test('a name taken over by another id in one change is a deletion and a creation', () => {
    const { model, builder, step } = stepping();
    step(
      model.change({ [topicKey('t')]: topicValue('t', ID, 1), [partitionKey(ID, 0)]: partitionValue(ID, 0) }),
    );
    const other = uuidOf(2);
    const delta = step(
      model.change({
        [topicKey('t')]: topicValue('t', other, 1),
        [partitionKey(other, 0)]: partitionValue(other, 0),
      }),
    );
    expect(delta).toMatchObject({ created: [`t ${other}`], deleted: [`t ${ID}`] });
    expect(builder.image.topic('t')?.id).toBe(other);
    expect(builder.image.topicById(ID)).toBeUndefined();
  });

  test('brokers, their settings, the cluster and its controller', () => {
    const { model, builder, step } = stepping();
    step(
      model.change({
        [CLUSTER_KEY]: encodeValue('cluster', { clusterId: 'c', formatVersion: 1, createdMs: 0 }),
      }),
    );
    expect(builder.image.clusterId).toBe('c');
    expect(builder.image.controllerId).toBe(-1);
    expect(step(model.change({ [brokerKey(7)]: encodeValue('broker', brokerRecord(7)) }))).toMatchObject({
      brokers: [7],
    });
    expect(builder.image.brokers.get(7)).toMatchObject({ epoch: 2, endpoints: [{ port: 9092 }] });
    step(
      model.change({ [CONTROLLER_KEY]: encodeValue('controller', { brokerId: 7, incarnation: uuidOf(7) }) }),
    );
    expect(builder.image.controllerId).toBe(7);
    expect(builder.image.controller?.createRevision).toBe(3);
    const configs = encodeValue('brokerConfig', { configs: new Map([['a', '1']]) });
    expect(
      step(model.change({ [brokerConfigKey('')]: configs, [brokerConfigKey('7')]: configs })),
    ).toMatchObject({
      brokerConfigs: ['', '7'],
    });
    expect(builder.image.brokerConfigsOf('').get('a')).toBe('1');
    expect(step(model.change({}, [brokerKey(7), CONTROLLER_KEY]))).toMatchObject({ brokers: [7] });
    expect(builder.image.controller).toBeUndefined();
  });

  test('a store that contradicts itself is refused', () => {
    const contradictions: Record<string, Uint8Array>[] = [
      { [topicKey('t')]: topicValue('t', ID, 1) },
      { [topicKey('t')]: topicValue('other', ID, 1), [partitionKey(ID, 0)]: partitionValue(ID, 0) },
      { [partitionKey(ID, 1)]: partitionValue(ID, 0) },
      { [brokerKey(1)]: encodeValue('broker', brokerRecord(2)) },
    ];
    for (const puts of contradictions) {
      const model = new Model();
      expect(() => new ImageBuilder().apply(1, model.change(puts))).toThrow(
        expect.objectContaining({ name: 'UserError', code: 'METADATA_CORRUPT' }),
      );
    }
  });

  test('keys of a version to come are passed over', () => {
    const { model, builder } = stepping();
    builder.apply(
      1,
      model.change({ 'quotas/all': Buffer.from('?'), 'partitions/short/1': Buffer.from('?') }),
    );
    expect(shape(builder.image)).toEqual({ ...(shape(ClusterImage.EMPTY) as object), revision: 1 });
  });
});

test('every key parses back to what it was made of', () => {
  expect(parseKey(topicKey('a.b'))).toEqual({ kind: 'topic', name: 'a.b' });
  expect(parseKey(partitionKey(uuidOf(5), 12))).toEqual({ kind: 'partition', topicId: uuidOf(5), index: 12 });
  expect(parseKey(brokerKey(3))).toEqual({ kind: 'broker', brokerId: 3 });
  expect(parseKey(brokerConfigKey('3'))).toEqual({ kind: 'broker-config', resource: '3' });
  expect(parseKey(brokerConfigKey(''))).toEqual({ kind: 'broker-config', resource: '' });
  expect(parseKey('nonsense')).toBeUndefined();
});

/** A legal change of a store: what the controller, brokers and leaders may write. */
function randomChange(model: Model, choose: (max: number) => number): KeyChange[] {
  const name = ['a', 'b', 'c'][choose(2)]!;
  const stored = model.entries.get(topicKey(name));
  const current = stored === undefined ? undefined : topicsOf(model).get(name);
  const fresh = uuidOf(100 + model.revision);
  switch (choose(8)) {
    case 0: {
      if (current !== undefined)
        return model.change({}, [topicKey(name), ...partitionsOf(model, current.id)]);
      const count = 1 + choose(3);
      const puts: Record<string, Uint8Array> = { [topicKey(name)]: topicValue(name, fresh, count) };
      for (let index = 0; index < count; index++)
        puts[partitionKey(fresh, index)] = partitionValue(fresh, index);
      return model.change(puts);
    }
    case 1: {
      // A stage, for a topic that may never come, or beyond what its topic counts.
      const id = current !== undefined && choose(1) === 1 ? current.id : uuidOf(choose(5));
      const index = (id === current?.id ? current.count : 0) + choose(3);
      return model.change({ [partitionKey(id, index)]: partitionValue(id, index, model.revision) });
    }
    case 2:
      if (current === undefined) return model.change({});
      return model.change({ [partitionKey(current.id, 0)]: partitionValue(current.id, 0, model.revision) });
    case 3: {
      if (current === undefined) return model.change({});
      const index = current.count;
      return model.change({
        [topicKey(name)]: topicValue(name, current.id, index + 1),
        [partitionKey(current.id, index)]: partitionValue(current.id, index),
      });
    }
    case 4:
      if (current === undefined) return model.change({});
      return model.change({
        [topicKey(name)]: topicValue(name, current.id, current.count, new Map([['k', String(choose(1))]])),
      });
    case 5:
      if (current === undefined) return model.change({});
      return model.change({}, [topicKey(name)]);
    case 6:
      if (model.entries.has(brokerKey(choose(2))))
        return model.change({}, [brokerKey(choose(2)), CONTROLLER_KEY]);
      return model.change({
        [brokerKey(1)]: encodeValue('broker', brokerRecord(1)),
        [CONTROLLER_KEY]: encodeValue('controller', { brokerId: 1, incarnation: fresh }),
      });
    case 7: {
      const configs = encodeValue('brokerConfig', { configs: new Map([['k', 'v']]) });
      return model.change({ [brokerConfigKey(String(choose(1)))]: configs }, []);
    }
    default:
      return model.change({}, [brokerConfigKey('0'), CLUSTER_KEY]);
  }
}

function topicsOf(model: Model): Map<string, { id: string; count: number }> {
  const topics = new Map<string, { id: string; count: number }>();
  const { image } = ImageBuilder.fromEntries(model.revision, model.read(), ClusterImage.EMPTY);
  for (const { name, id, partitions } of image.topics.values())
    topics.set(name, { id, count: partitions.length });
  return topics;
}

function partitionsOf(model: Model, id: string): string[] {
  return [...model.entries.keys()].filter((key) => key.startsWith(`partitions/${id}/`));
}

test(`applying events one by one equals rebuilding from a read; a gap's delta equals the sum of its steps, seed ${SEED}`, () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat({ max: 1000 }), { minLength: 6, maxLength: 6 }), { maxLength: 25 }),
      fc.nat(),
      (steps, gap) => {
        const model = new Model();
        const builder = new ImageBuilder();
        const images: ClusterImage[] = [builder.image];
        for (const choices of steps) {
          let at = 0;
          const changes = randomChange(model, (max) => choices[at++ % choices.length]! % (max + 1));
          const before = builder.image;
          const step = builder.apply(model.revision, changes);
          const { image } = ImageBuilder.fromEntries(model.revision, model.read(), ClusterImage.EMPTY);
          expect(shape(step.image)).toEqual(shape(image));
          const rebuilt = ImageBuilder.fromEntries(model.revision, model.read(), before);
          expect(shapeOfDelta(step.delta)).toEqual(shapeOfDelta(rebuilt.delta));
          expect(rebuilt.builder.topicsWithoutKey().sort()).toEqual(builder.topicsWithoutKey().sort());
          images.push(step.image);
        }
        const from = images[gap % images.length]!;
        const { delta } = ImageBuilder.fromEntries(model.revision, model.read(), from);
        const created = new Set(delta.topicsCreated.map(({ id }) => id));
        for (const id of builder.image.topicsById.keys())
          expect(created.has(id)).toBe(!from.topicsById.has(id));
        const deleted = new Set(delta.topicsDeleted.map(({ id }) => id));
        for (const id of from.topicsById.keys())
          expect(deleted.has(id)).toBe(!builder.image.topicsById.has(id));
      },
    ),
    { seed: SEED, numRuns: 150 },
  );
});
