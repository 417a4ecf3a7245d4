/**
 * What every fitting of the metadata store must do. A fitting's own test calls `storeContract` with a way to open an empty store.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvariantError } from '../../../src/base/assert.js';
import type {
  Compare,
  MetadataStore,
  StoreChange,
  StoreEntry,
  WatchEvent,
} from '../../../src/metadata/store/store.js';

export interface StoreHarness {
  readonly store: MetadataStore;
  /** Lets leases age by so much. */
  letTimePass(ms: number): Promise<void>;
  /** Makes the store forget the changes that watches could be told, by its own means. */
  forgetHistory(): Promise<void>;
}

export function storeContract(fitting: string, open: () => Promise<StoreHarness>): void {
  describe(`the store contract: ${fitting}`, () => {
    let harness: StoreHarness;
    let store: MetadataStore;

    beforeEach(async () => {
      harness = await open();
      store = harness.store;
    });
    afterEach(() => store.close());

    test('an empty store has no entries', async () => {
      expect((await store.read('')).entries).toEqual([]);
    });

    test('what was put is read, in the order of keys, below its prefix only', async () => {
      await put(store, { 'b/2': 'two', 'b/10': 'ten', 'a/1': 'one', b0: 'no', c: 'see' });
      expect(shown((await store.read('b/')).entries)).toEqual(['b/10=ten', 'b/2=two']);
      expect(shown((await store.read('')).entries)).toEqual([
        'a/1=one',
        'b/10=ten',
        'b/2=two',
        'b0=no',
        'c=see',
      ]);
    });

    test('a read tells the revision it is of, and each entry when it was made and last changed', async () => {
      const first = await put(store, { a: '1', b: '1' });
      const second = await put(store, { a: '2' });
      expect(second).toBeGreaterThan(first);
      const { revision, entries } = await store.read('');
      expect(revision).toBe(second);
      expect(
        entries.map(({ key, createRevision, modRevision }) => [key, createRevision, modRevision]),
      ).toEqual([
        ['a', first, second],
        ['b', first, first],
      ]);
    });

    test('a key that is deleted and put again is a new key', async () => {
      await put(store, { a: '1' });
      await store.compareAndSet({ compares: [], puts: [], deletes: ['a'] });
      expect((await store.read('')).entries).toEqual([]);
      const again = await put(store, { a: '2' });
      expect((await store.read('a')).entries[0]).toMatchObject({ createRevision: again, modRevision: again });
    });

    interface CompareRow {
      readonly when: string;
      readonly compare: (at: { created: number; modified: number }) => Compare;
      readonly ok: boolean;
    }
    // `there` was created, then modified; `absent` never was.
    const COMPARES: readonly CompareRow[] = [
      { when: 'absent, expected absent', compare: () => ({ key: 'absent', modRevision: 0 }), ok: true },
      {
        when: 'absent, expected absent by creation',
        compare: () => ({ key: 'absent', createRevision: 0 }),
        ok: true,
      },
      {
        when: 'absent, expected there',
        compare: ({ created }) => ({ key: 'absent', modRevision: created }),
        ok: false,
      },
      { when: 'there, expected absent', compare: () => ({ key: 'there', modRevision: 0 }), ok: false },
      {
        when: 'there, expected absent by creation',
        compare: () => ({ key: 'there', createRevision: 0 }),
        ok: false,
      },
      {
        when: 'there, as it is',
        compare: ({ modified }) => ({ key: 'there', modRevision: modified }),
        ok: true,
      },
      {
        when: 'there, as it was',
        compare: ({ created }) => ({ key: 'there', modRevision: created }),
        ok: false,
      },
      {
        when: 'there, of that creation',
        compare: ({ created }) => ({ key: 'there', createRevision: created }),
        ok: true,
      },
      {
        when: 'there, of another creation',
        compare: ({ modified }) => ({ key: 'there', createRevision: modified }),
        ok: false,
      },
    ];
    test.each(COMPARES)('compare: $when → ok $ok', async ({ compare, ok }) => {
      const created = await put(store, { there: '1' });
      const modified = await put(store, { there: '2' });
      const change: StoreChange = {
        compares: [compare({ created, modified })],
        puts: [{ key: 'new', value: bytes('x') }],
        deletes: ['there'],
      };
      const answer = await store.compareAndSet(change);
      expect(answer.ok).toBe(ok);
      const { revision, entries } = await store.read('');
      expect(answer.revision).toBe(revision);
      expect(shown(entries)).toEqual(ok ? ['new=x'] : ['there=2']);
      if (!ok) expect(revision).toBe(modified);
    });

    test('one compare of several that does not hold refuses the whole change', async () => {
      const revision = await put(store, { a: '1', b: '1' });
      const { ok } = await store.compareAndSet({
        compares: [
          { key: 'a', modRevision: revision },
          { key: 'b', modRevision: revision + 1 },
        ],
        puts: [{ key: 'a', value: bytes('2') }],
        deletes: [],
      });
      expect(ok).toBe(false);
      expect(shown((await store.read('')).entries)).toEqual(['a=1', 'b=1']);
    });

    test('of changes that want the same, made at once, exactly one gets it', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, nth) =>
          store.compareAndSet({
            compares: [{ key: 'k', modRevision: 0 }],
            puts: [{ key: 'k', value: bytes(String(nth)) }],
            deletes: [],
          }),
        ),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      const winner = answers.findIndex(({ ok }) => ok);
      expect(shown((await store.read('')).entries)).toEqual([`k=${winner}`]);
    });

    test('a change of nothing is answered and makes no revision', async () => {
      const before = await put(store, { a: '1' });
      expect(await store.compareAndSet({ compares: [], puts: [], deletes: [] })).toEqual({
        ok: true,
        revision: before,
      });
      expect(await store.compareAndSet({ compares: [], puts: [], deletes: ['absent'] })).toEqual({
        ok: true,
        revision: before,
      });
    });

    test('100 puts and 100 compares fit; more, or a key twice, or a strange key, is a bug of the caller', async () => {
      const puts = (count: number) =>
        Array.from({ length: count }, (_, nth) => ({ key: `k${nth}`, value: bytes('v') }));
      const compares = (count: number) => puts(count).map(({ key }): Compare => ({ key, modRevision: 0 }));
      expect((await store.compareAndSet({ compares: compares(100), puts: puts(100), deletes: [] })).ok).toBe(
        true,
      );
      const bad: StoreChange[] = [
        { compares: [], puts: puts(101), deletes: [] },
        { compares: compares(101), puts: [], deletes: [] },
        {
          compares: [],
          puts: puts(60),
          deletes: compares(60).map(({ key }) => `other ${key}`.replace(' ', '-')),
        },
        { compares: [], puts: puts(1), deletes: ['k0'] },
        { compares: [], puts: [{ key: '', value: bytes('v') }], deletes: [] },
        { compares: [], puts: [{ key: 'käse', value: bytes('v') }], deletes: [] },
        { compares: [], puts: [{ key: 'k', value: new Uint8Array(2 ** 20) }], deletes: [] },
      ];
      for (const change of bad)
        await expect(async () => store.compareAndSet(change)).rejects.toThrow(InvariantError);
    });

    test('a watch tells each later change below its prefix once, in order, one event for one revision', async () => {
      const before = await put(store, { 'w/old': '0' });
      const watched = collect(store, 'w/', before);
      const first = await put(store, { 'w/a': '1', 'w/b': '1', x: '1' });
      await put(store, { x: '2' });
      const second = await change(store, { puts: { 'w/a': '2' }, deletes: ['w/old', 'w/never'] });
      await watched.until(2);
      expect(watched.events).toEqual([`${first}: +w/a=1 +w/b=1`, `${second}: +w/a=2 -w/old`]);
    });

    test('a watch from the past tells what it missed, then goes on, without a gap', async () => {
      const start = await put(store, { a: '0' });
      const missed = [await put(store, { a: '1' }), await put(store, { a: '2' })];
      const watched = collect(store, '', start);
      const later = await put(store, { a: '3' });
      await watched.until(3);
      expect(watched.events).toEqual([`${missed[0]}: +a=1`, `${missed[1]}: +a=2`, `${later}: +a=3`]);
    });

    test('a watch is never told anything before it has its handle', async () => {
      const start = (await store.read('')).revision;
      await put(store, { a: '1' });
      let returned = false;
      const order: boolean[] = [];
      await new Promise<void>((told) => {
        store.watch('', start, () => {
          order.push(returned);
          told();
        });
        returned = true;
      });
      expect(order).toEqual([true]);
    });

    test('a cancelled watch is told no more, even by its own listener', async () => {
      const start = (await store.read('')).revision;
      let told = 0;
      const watch = store.watch('', start, () => {
        told++;
        watch.cancel();
      });
      const other = collect(store, '', start);
      await put(store, { a: '1' });
      await put(store, { a: '2' });
      await other.until(2);
      expect(told).toBe(1);
    });

    test('a watch from before the kept history is told so, once, and ends', async () => {
      const start = await put(store, { a: '0' });
      await put(store, { a: '1' });
      await harness.forgetHistory();
      const watched = collect(store, '', start);
      await watched.until(1);
      const { revision } = await store.read('');
      expect(watched.events).toEqual([`compacted at ${revision}`]);
      const fresh = collect(store, '', revision);
      const later = await put(store, { a: '2' });
      await fresh.until(1);
      expect(fresh.events).toEqual([`${later}: +a=2`]);
      expect(watched.events).toHaveLength(1);
    });

    test('keys of a lease go when it runs out, in one change, and its holder is told', async () => {
      const lease = await store.lease(1000);
      const other = await store.lease(60_000);
      let lost = 0;
      lease.onLost(() => lost++);
      await store.compareAndSet({
        compares: [],
        puts: [
          { key: 'leased/a', value: bytes('1'), lease: lease.id },
          { key: 'leased/b', value: bytes('1'), lease: lease.id },
          { key: 'leased/other', value: bytes('1'), lease: other.id },
          { key: 'plain', value: bytes('1') },
        ],
        deletes: [],
      });
      const watched = collect(store, '', (await store.read('')).revision);
      await harness.letTimePass(900);
      expect((await store.read('leased/')).entries).toHaveLength(3);
      await harness.letTimePass(200);
      await watched.until(1);
      expect(watched.events[0]).toMatch(/^\d+: -leased\/a -leased\/b$/);
      expect(shown((await store.read('')).entries)).toEqual(['leased/other=1', 'plain=1']);
      expect(lost).toBe(1);
      expect(await lease.keepAlive()).toBe(false);
      await new Promise<void>((late) => lease.onLost(late));
      await other.revoke();
    });

    test('a lease that is kept alive lasts', async () => {
      const lease = await store.lease(1000);
      await store.compareAndSet({
        compares: [],
        puts: [{ key: 'k', value: bytes('1'), lease: lease.id }],
        deletes: [],
      });
      for (let round = 0; round < 5; round++) {
        await harness.letTimePass(600);
        expect(await lease.keepAlive()).toBe(true);
      }
      expect((await store.read('k')).entries).toHaveLength(1);
      await lease.revoke();
    });

    test('a lease that is revoked takes its keys with it, and is not lost', async () => {
      const lease = await store.lease(1000);
      lease.onLost(() => {
        throw new Error('a revoked lease is not lost');
      });
      await store.compareAndSet({
        compares: [],
        puts: [{ key: 'k', value: bytes('1'), lease: lease.id }],
        deletes: [],
      });
      await lease.revoke();
      expect((await store.read('k')).entries).toEqual([]);
      expect(await lease.keepAlive()).toBe(false);
      await harness.letTimePass(2000);
    });

    test('a put under a lease that is gone refuses the change', async () => {
      const lease = await store.lease(1000);
      await lease.revoke();
      const { ok } = await store.compareAndSet({
        compares: [],
        puts: [
          { key: 'plain', value: bytes('1') },
          { key: 'k', value: bytes('1'), lease: lease.id },
        ],
        deletes: [],
      });
      expect(ok).toBe(false);
      expect((await store.read('')).entries).toEqual([]);
    });

    test('a key put again without its lease stays when the lease goes', async () => {
      const lease = await store.lease(1000);
      await store.compareAndSet({
        compares: [],
        puts: [{ key: 'k', value: bytes('1'), lease: lease.id }],
        deletes: [],
      });
      await put(store, { k: '2' });
      await lease.revoke();
      expect(shown((await store.read('')).entries)).toEqual(['k=2']);
    });

    test('closing is idempotent; afterwards the store says that it is closed', async () => {
      const answer = put(store, { a: '1' });
      await store.close();
      await store.close();
      await answer;
      await expect(store.compareAndSet({ compares: [], puts: [], deletes: [] })).rejects.toMatchObject({
        code: 'METADATA_UNAVAILABLE',
      });
      await expect(store.read('')).rejects.toMatchObject({ code: 'METADATA_UNAVAILABLE' });
    });
  });
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

export function shown(entries: readonly StoreEntry[]): string[] {
  return entries.map(({ key, value }) => `${key}=${Buffer.from(value).toString()}`);
}

/** Puts, and returns the revision that made. */
export function put(store: MetadataStore, entries: Readonly<Record<string, string>>): Promise<number> {
  return change(store, { puts: entries, deletes: [] });
}

async function change(
  store: MetadataStore,
  { puts, deletes }: { puts: Readonly<Record<string, string>>; deletes: readonly string[] },
): Promise<number> {
  const { ok, revision } = await store.compareAndSet({
    compares: [],
    puts: Object.entries(puts).map(([key, value]) => ({ key, value: bytes(value) })),
    deletes,
  });
  expect(ok).toBe(true);
  return revision;
}

/** The events of a watch as text, and a way to wait for the nth. */
export function collect(
  store: MetadataStore,
  prefix: string,
  from: number,
): { readonly events: string[]; until(count: number): Promise<void> } {
  const events: string[] = [];
  let waiting: { count: number; reached: () => void }[] = [];
  store.watch(prefix, from, (event) => {
    events.push(describeEvent(event));
    for (const { count, reached } of waiting) if (events.length >= count) reached();
    waiting = waiting.filter(({ count }) => count > events.length);
  });
  const until = (count: number): Promise<void> =>
    events.length >= count ? Promise.resolve() : new Promise((reached) => waiting.push({ count, reached }));
  return { events, until };
}

function describeEvent(event: WatchEvent): string {
  if (event.kind === 'compacted') return `compacted at ${event.revision}`;
  const changes = event.changes.map((change) =>
    'put' in change ? `+${shown([change.put])[0]}` : `-${change.deleted}`,
  );
  return `${event.revision}: ${changes.sort((a, b) => (a.slice(1) < b.slice(1) ? -1 : 1)).join(' ')}`;
}
