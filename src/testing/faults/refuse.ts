/**
 * Refuses a part of a request: takes it out of what the handler is given, and puts an error for it into the answer. What the fault does
 * not name is carried out and answered as ever. Pure; the table of refusal-rules.ts says where things stand in each API.
 */
import { type ErrorCode, errorMessage } from '../../wire/errors.js';
import { type Api, defaultOf, type NamedField } from '../../wire/schema.js';
import { includesVersion } from '../../wire/versions.js';
import type { Entry, Level, RefusalRule } from './refusal-rules.js';

/** What a fault is about; undefined: any. */
export interface FaultScope {
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  readonly group: string | undefined;
}

export interface Refused {
  /** What is left to carry out; null: nothing. */
  readonly rest: Entry | null;
  /** The answer to the whole request, from the answer to its rest. */
  readonly answer: (answerToRest: Entry | null) => Entry;
}

export interface RefusedRequest {
  readonly api: Api;
  readonly version: number;
  readonly rule: RefusalRule;
  readonly request: Entry;
  readonly scope: FaultScope;
  readonly error: ErrorCode;
  readonly topicName: (topicId: string) => string | undefined;
  readonly hasTopic: (topic: string) => boolean;
}

/** Null: the fault is not about this request. */
export function refuse(asked: RefusedRequest): Refused | null {
  const refusing = new Refusing(asked);
  return refusing.isAboutGroup ? refusing.refuse() : null;
}

/** ConfigResource.Type.TOPIC: of the things that have settings, the one that faults are chosen by. */
const TOPIC_RESOURCE = 2;

/** One list of the request, gone through. */
interface Walked {
  /** The struct around the list, without what is refused; null: nothing of the list is left. */
  readonly rest: Entry | null;
  /** Entries of the answer's list. */
  readonly refusals: readonly Entry[];
  /** Something is refused, or may be once the answer tells what there is. */
  readonly isTouched: boolean;
}

class Refusing {
  readonly #asked: RefusedRequest;
  readonly #levels: readonly Level[];
  /** The structs of the answer, from the answer itself to the entries of its innermost list. */
  readonly #structs: (readonly NamedField[])[];

  constructor(asked: RefusedRequest) {
    const { api, version, rule, request } = asked;
    this.#asked = asked;
    this.#levels = rule.levels(version, request);
    this.#structs = [api.response.fields];
    for (const { answered } of this.#levels) this.#structs.push(elementOf(this.#structs.at(-1)!, answered));
  }

  get isAboutGroup(): boolean {
    const { rule, request, scope } = this.#asked;
    const group = rule.group?.(request) ?? null;
    return scope.group === undefined || group === null || group === scope.group;
  }

  refuse(): Refused | null {
    const { rule, request, error } = this.#asked;
    if (this.#standsAt(0) && (rule.wholeMeans?.(error) ?? true)) {
      const whole = { ...this.#struct(0, error), ...this.#repeated(request, 0), ...rule.fill };
      return { rest: null, answer: () => whole };
    }
    if (this.#levels.length === 0) return null;
    const { rest, refusals, isTouched } = this.#walk(request, 0);
    if (!isTouched) return null;
    const left = rest ?? this.#restOfNothing();
    return {
      rest: left && (rule.rest?.(left) ?? left),
      answer: (answerToRest) => this.#merged(request, answerToRest ?? this.#struct(0, 0), refusals, 0),
    };
  }

  #restOfNothing(): Entry | null {
    const { rule, request, version } = this.#asked;
    if (rule.alwaysHandled !== true) return null;
    const { asked } = this.#levels[0]!;
    // Where an empty list would ask for everything, everything is what is left: the answer is corrected.
    return rule.emptyAsksAll?.(version) === true ? request : { ...request, [asked!]: [] };
  }

  // ── the request ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #walk(around: Entry, depth: number): Walked {
    const level = this.#levels[depth]!;
    const list = this.#askedList(around, depth);
    if (list === null) return { rest: around, refusals: [], isTouched: this.#mayBeTold(level) };
    const kept: unknown[] = [];
    const refusals: Entry[] = [];
    let isTouched = false;
    for (const item of list) {
      if (!this.#isMeant(level, item, level.askedName)) {
        kept.push(item);
      } else if (this.#standsAt(depth + 1)) {
        refusals.push(this.#refusal(depth, item));
        isTouched = true;
      } else {
        const inner = this.#walk(item as Entry, depth + 1);
        isTouched ||= inner.isTouched;
        if (inner.rest !== null) kept.push(inner.rest);
        if (inner.refusals.length > 0) refusals.push(this.#around(depth, item, inner.refusals));
      }
    }
    // Lists that ask for nothing are left alone.
    const rest = kept.length === 0 && isTouched ? null : { ...around, [level.asked!]: kept };
    return { rest, refusals, isTouched };
  }

  /** Whether an answer about everything will tell of what is meant. */
  #mayBeTold({ of }: Level): boolean {
    const { scope, hasTopic } = this.#asked;
    return of !== 'topic' || scope.topic === undefined || hasTopic(scope.topic);
  }

  /** What the request names on this level; null: everything. */
  #askedList(around: Entry, depth: number): readonly unknown[] | null {
    const { asked } = this.#levels[depth]!;
    const list = asked === null ? null : (around[asked] as readonly unknown[] | null);
    const { rule, version } = this.#asked;
    return list?.length === 0 && depth === 0 && rule.emptyAsksAll?.(version) === true ? null : list;
  }

  #isMeant({ of }: Level, item: unknown, nameField: string | null): boolean {
    const { topic, partition, group } = this.#asked.scope;
    const name = nameField === null ? item : (item as Entry)[nameField];
    switch (of) {
      case 'topic':
        return topic === undefined || topic === this.#topicOf(name, item);
      case 'partition':
        return partition === undefined || partition === name;
      case 'group':
        return group === undefined || group === name;
      case 'resource':
        return topic === undefined || (topic === name && (item as Entry)['resourceType'] === TOPIC_RESOURCE);
      case 'directory':
        return true;
    }
  }

  /** By its name, or by the id that newer versions have in its place. */
  #topicOf(name: unknown, item: unknown): string | undefined {
    if (typeof name === 'string' && name !== '') return name;
    const topicId = typeof item === 'object' && item !== null ? (item as Entry)['topicId'] : undefined;
    return typeof topicId === 'string' ? this.#asked.topicName(topicId) : undefined;
  }

  // ── the answer ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether the error is told by the structs of that depth: the outermost that have room for one, and that tell apart what is meant. */
  #standsAt(depth: number): boolean {
    const { topic, partition, group } = this.#asked.scope;
    const inner = this.#levels.slice(depth).map(({ of }) => of);
    if (group !== undefined && inner.includes('group')) return false;
    if (topic !== undefined && (inner.includes('topic') || inner.includes('resource'))) return false;
    if (partition !== undefined && inner.includes('partition')) return false;
    return this.#fields(depth).some(({ name }) => name === 'errorCode');
  }

  /** Those that this version has. */
  #fields(depth: number): readonly NamedField[] {
    const { version } = this.#asked;
    return this.#structs[depth]!.filter(({ spec }) => includesVersion(spec.versions, version));
  }

  #struct(depth: number, error: ErrorCode): Entry {
    const fields = this.#fields(depth).map(({ name, spec }) => {
      if (name === 'errorCode') return [name, error];
      if (name === 'errorMessage') return [name, error === 0 ? null : errorMessage(error)];
      return [name, defaultOf(spec)];
    });
    return Object.fromEntries(fields) as Entry;
  }

  #repeated(item: unknown, depth: number): Entry {
    const names = (depth === 0 ? this.#asked.rule.repeated : this.#levels[depth - 1]!.repeated) ?? [];
    const there = names.filter((name) => this.#fields(depth).some((field) => field.name === name));
    return Object.fromEntries(there.map((name) => [name, (item as Entry)[name]]));
  }

  #named(depth: number, item: unknown, nameField: string | null): Entry {
    const { answeredName } = this.#levels[depth]!;
    if (!this.#fields(depth + 1).some(({ name }) => name === answeredName)) return {};
    return { [answeredName]: nameField === null ? item : (item as Entry)[nameField] };
  }

  /** An entry that is an error. */
  #refusal(depth: number, item: unknown, nameField = this.#levels[depth]!.askedName): Entry {
    return {
      ...this.#struct(depth + 1, this.#asked.error),
      ...this.#named(depth, item, nameField),
      ...this.#repeated(item, depth + 1),
      ...this.#levels[depth]!.fill,
    };
  }

  /** An entry of which some inner ones are errors. */
  #around(depth: number, item: unknown, refusals: readonly Entry[]): Entry {
    const { askedName } = this.#levels[depth]!;
    const inner = this.#levels[depth + 1]!.answered;
    const itself = { ...this.#named(depth, item, askedName), ...this.#repeated(item, depth + 1) };
    return { ...this.#struct(depth + 1, 0), ...itself, [inner]: refusals };
  }

  /**
   * The answer with the refusals in it, in the order of the request. What was not named in the request but answered all the same ("all
   * topics") is corrected where the fault means it.
   */
  #merged(around: unknown, answer: Entry, refusals: readonly Entry[], depth: number): Entry {
    const level = this.#levels[depth];
    if (level === undefined) return answer;
    const { answered, answeredName } = level;
    const asked = isEntry(around) ? this.#askedList(around, depth) : null;
    const askedById = new Map(
      (asked ?? []).map((item) => [this.#identity(depth, item, level.askedName), item] as const),
    );
    const refusalsById = new Map(
      refusals.map((refusal) => [this.#identity(depth, refusal, answeredName), refusal] as const),
    );
    const isError = this.#standsAt(depth + 1);
    const entries = ((answer[answered] ?? []) as readonly Entry[]).map((entry) => {
      const id = this.#identity(depth, entry, answeredName);
      const refusal = refusalsById.get(id);
      refusalsById.delete(id);
      if (isError)
        return (
          refusal ??
          (this.#isMeant(level, entry, answeredName) ? this.#refusal(depth, entry, answeredName) : entry)
        );
      if (!this.#isMeant(level, entry, answeredName)) return entry;
      const inner = (refusal?.[this.#levels[depth + 1]!.answered] ?? []) as readonly Entry[];
      return this.#merged(askedById.get(id), entry, inner, depth + 1);
    });
    entries.push(...refusalsById.values());
    if (asked === null) return { ...answer, [answered]: entries };
    const places = new Map([...askedById.keys()].map((id, place) => [id, place]));
    const placeOf = (entry: Entry): number =>
      places.get(this.#identity(depth, entry, answeredName)) ?? places.size;
    return { ...answer, [answered]: entries.sort((a, b) => placeOf(a) - placeOf(b)) };
  }

  /** By which an entry of the request and one of the answer are known to be about the same thing. */
  #identity(depth: number, item: unknown, nameField: string | null): string {
    const { of, repeated = [] } = this.#levels[depth]!;
    const name = nameField === null ? item : (item as Entry)[nameField];
    if (of === 'topic') return this.#topicOf(name, item) ?? String(isEntry(item) ? item['topicId'] : item);
    const more = repeated.map((field) => (item as Entry)[field]);
    return [...more, name].join(' ');
  }
}

function elementOf(fields: readonly NamedField[], list: string): readonly NamedField[] {
  const type = fields.find(({ name }) => name === list)?.spec.type;
  return type?.kind === 'array' && type.element.kind === 'struct' ? type.element.fields : [];
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null;
}
