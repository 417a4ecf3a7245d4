/**
 * How an error is put into an answer: for requests of every shape, each part of the answer is an error exactly where the fault means it, and
 * what the handler is left with is exactly the rest. The handler here answers every part that it is given, and nothing else.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HANDLERS } from '../../../src/broker/served.js';
import { API_NAMES, type ApiName } from '../../../src/testing/faults/api-names.js';
import { type Entry, type Level, REFUSAL_RULES } from '../../../src/testing/faults/refusal-rules.js';
import { type FaultScope, refuse } from '../../../src/testing/faults/refuse.js';
import { codec } from '../../../src/wire/codec.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { APIS } from '../../../src/wire/messages/index.js';
import { Reader } from '../../../src/wire/reader.js';
import { type Api, defaultOf, type NamedField } from '../../../src/wire/schema.js';
import { includesVersion } from '../../../src/wire/versions.js';
import { Writer } from '../../../src/wire/writer.js';
import { seed } from '../wire/seed.js';

const ERROR = ErrorCode.KAFKA_STORAGE_ERROR;
const TOPICS = ['a', 'b', 'c'];
const ID_OF: Readonly<Record<string, string>> = {
  a: 'AAAAAAAAAAAAAAAAAAAAAQ',
  b: 'AAAAAAAAAAAAAAAAAAAAAg',
  c: 'AAAAAAAAAAAAAAAAAAAAAw',
};
const topicName = (id: string): string | undefined => TOPICS.find((name) => ID_OF[name] === id);

describe('the table', () => {
  test('has every API that is declared, by its name, and so every one that is served', () => {
    expect([...API_NAMES].sort()).toEqual(APIS.map(({ name }) => name).sort());
    expect(Object.keys(REFUSAL_RULES).sort()).toEqual([...API_NAMES].sort());
    for (const { api } of HANDLERS) expect(API_NAMES).toContain(api.name);
  });
});

/** What is asked about, independent of the API: topics with partitions, or groups. */
interface Asked {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[];
}

const asked: fc.Arbitrary<Asked> = fc
  .uniqueArray(fc.constantFrom(...TOPICS), { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc
      .tuple(...names.map(() => fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 })))
      .map((partitions) => ({ topics: names.map((name, at) => ({ name, partitions: partitions[at]! })) })),
  );

const scope: fc.Arbitrary<FaultScope> = fc.record({
  topic: fc.option(fc.constantFrom(...TOPICS), { nil: undefined }),
  partition: fc.option(fc.nat(3), { nil: undefined }),
  group: fc.constant(undefined),
});

/** Two lists in each other, named in the request. */
const NESTED = APIS.filter((api) => {
  const levels = REFUSAL_RULES[api.name as ApiName].levels(api.maxVersion, {});
  return levels.slice(-2).every(({ asked }) => asked !== null) && levels.at(-1)?.of === 'partition';
});

function elementFields(fields: readonly NamedField[], list: string): readonly NamedField[] | null {
  const type = fields.find(({ name }) => name === list)!.spec.type;
  if (type.kind !== 'array') throw new Error(`${list} is no list`);
  return type.element.kind === 'struct' ? type.element.fields : null;
}

function there(fields: readonly NamedField[], version: number): Entry {
  const present = fields.filter(({ spec }) => includesVersion(spec.versions, version));
  return Object.fromEntries(present.map(({ name, spec }) => [name, defaultOf(spec)]));
}

function named(fields: readonly NamedField[], version: number, level: Level, name: string): Entry {
  const entry = there(fields, version);
  return 'topicId' in entry ? { ...entry, topicId: ID_OF[name] } : { ...entry, [level.askedName!]: name };
}

function requestOf(api: Api, version: number, { topics }: Asked): Entry {
  const levels = REFUSAL_RULES[api.name as ApiName].levels(version, {});
  const [outer, inner] = levels.slice(-2) as [Level, Level];
  const root = there(api.request.fields, version);
  const around =
    levels.length === 3 ? elementFields(api.request.fields, levels[0]!.asked!)! : api.request.fields;
  const topicFields = elementFields(around, outer.asked!)!;
  const partitionFields = elementFields(topicFields, inner.asked!);
  const list = topics.map(({ name, partitions }) => ({
    ...named(topicFields, version, outer, name),
    [inner.asked!]: partitions.map((index) =>
      partitionFields === null ? index : { ...there(partitionFields, version), [inner.askedName!]: index },
    ),
  }));
  if (levels.length === 2) return { ...root, [outer.asked!]: list };
  return {
    ...root,
    [levels[0]!.asked!]: [{ ...there(around, version), groupId: 'g', [outer.asked!]: list }],
  };
}

/** `a-0` for each partition that the request names, in its order. */
function partsOf(
  api: Api,
  version: number,
  request: Entry | null,
  side: 'asked' | 'answered',
): Map<string, Entry> {
  const levels = REFUSAL_RULES[api.name as ApiName].levels(version, {});
  const [outer, inner] = levels.slice(-2) as [Level, Level];
  const around = (levels.length === 3 ? (request?.[levels[0]![side]!] as Entry[]) : [request]) ?? [];
  const parts = new Map<string, Entry>();
  for (const entry of around) {
    for (const topic of (entry?.[outer[side]!] ?? []) as Entry[]) {
      const name = topicName((topic['topicId'] ?? '') as string) ?? topic[`${outer[`${side}Name`]}`];
      for (const partition of topic[inner[side]!] as (Entry | number)[]) {
        const index = typeof partition === 'number' ? partition : partition[`${inner[`${side}Name`]}`];
        const part = `${name as string}-${index as number}`;
        expect(parts.has(part), `${part} stands once`).toBe(false);
        parts.set(part, typeof partition === 'number' ? {} : partition);
      }
    }
  }
  return parts;
}

/** Answers what it is given, partition by partition, with no error. */
function handled(api: Api, version: number, rest: Entry): Entry {
  const levels = REFUSAL_RULES[api.name as ApiName].levels(version, {});
  const answer = (fields: readonly NamedField[], request: unknown, depth: number): Entry => {
    const level = levels[depth];
    const itself = there(fields, version);
    if (level === undefined) return itself;
    const inner = elementFields(fields, level.answered)!;
    const items = ((request as Entry)[level.asked!] as unknown[]).map((item) => {
      const name = level.askedName === null ? item : (item as Entry)[level.askedName];
      const entry = answer(inner, item, depth + 1);
      const topicId = typeof item === 'object' ? (item as Entry)['topicId'] : undefined;
      if (level.of === 'topic' && 'topicId' in entry && topicId !== undefined) return { ...entry, topicId };
      return { ...entry, [level.answeredName]: name };
    });
    return { ...itself, [level.answered]: items };
  };
  return answer(api.response.fields, rest, 0);
}

describe('a part of a request', () => {
  test.each(NESTED.map((api) => ({ name: api.name, api })))('$name', ({ api }) => {
    const rule = REFUSAL_RULES[api.name as ApiName];
    fc.assert(
      fc.property(
        asked,
        scope,
        fc.integer({ min: api.minVersion, max: api.maxVersion }),
        (what, scope, version) => {
          const levels = rule.levels(version, {});
          const request = requestOf(api, version, what);
          const before = structuredClone(request);
          const refused = refuse({
            api,
            version,
            rule,
            request,
            scope,
            error: ERROR,
            topicName,
            hasTopic: () => true,
          });
          expect(request, 'the request is not touched').toEqual(before);
          const all = [...partsOf(api, version, request, 'asked').keys()];
          const isMeant = (part: string): boolean =>
            (scope.topic === undefined || part.startsWith(`${scope.topic}-`)) &&
            (scope.partition === undefined || part.endsWith(`-${scope.partition}`));
          if (refused === null) {
            expect(all.filter(isMeant)).toEqual([]);
            return;
          }
          const answer = refused.answer(refused.rest && handled(api, version, refused.rest));
          const writer = new Writer();
          codec(api.response, version).encode(writer, answer);
          const decoded = codec(api.response, version).decode(
            new Reader(Buffer.concat(writer.parts())),
          ) as Entry;
          const outermost = levels.length === 3 ? (decoded['groups'] as Entry[])[0]! : decoded;
          if (outermost['errorCode'] === ERROR) {
            // As a whole, or with its whole group: nothing was meant less.
            expect([refused.rest, scope.topic, scope.partition]).toEqual([null, undefined, undefined]);
            return;
          }
          const left = refused.rest === null ? [] : [...partsOf(api, version, refused.rest, 'asked').keys()];
          expect(left, 'what is carried out').toEqual(all.filter((part) => !isMeant(part)));
          const answered = partsOf(api, version, decoded, 'answered');
          expect([...answered.keys()], 'everything is answered, in order').toEqual(all);
          for (const [part, entry] of answered) {
            expect(entry['errorCode'], part).toBe(isMeant(part) ? ERROR : ErrorCode.NONE);
          }
        },
      ),
      { seed, numRuns: 150 },
    );
  });
});
