/** One line of the table of error codes: a call with one argument that is wrong, as bytes of Kafka's protocol. */
import type { Uuid } from '../../src/base/ids.js';
import type { Api, DraftOf } from '../../src/wire/schema.js';

/** What the stage (stage.ts) has set up, for requests that must name it. */
export interface Stage {
  readonly ordersId: Uuid;
  readonly ordersEpoch: number;
  /** The one member of the group `busy`, a consumer of `orders` in its generation. */
  readonly memberId: string;
  readonly generationId: number;
  /** By the clock of whoever runs the table. */
  readonly nowMs: number;
}

/** Where we do not do as Kafka does: what we answer instead, and why. */
export interface Difference {
  readonly ours: string;
  readonly because: string;
}

export interface Row {
  readonly api: Api;
  readonly version: number;
  /** What is wrong with the request. */
  readonly wrong: string;
  readonly request: (stage: Stage) => object;
  readonly difference: Difference | null;
}

type AnyDraft<A extends Api> = DraftOf<A['request']>;

export interface RowOptions {
  /** The newest that both brokers speak, unless told otherwise. */
  readonly version?: number;
  readonly differs?: Difference;
}

export function row<A extends Api>(
  api: A,
  wrong: string,
  request: AnyDraft<A> | ((stage: Stage) => AnyDraft<A>),
  { version = api.maxVersion, differs }: RowOptions = {},
): Row {
  return {
    api,
    version,
    wrong,
    request: typeof request === 'function' ? (request as Row['request']) : () => request as object,
    difference: differs ?? null,
  };
}

export function nameOf({ api, version, wrong }: Row): string {
  return `${api.name} ${version}: ${wrong}`;
}
