/**
 * The faults that a test has set, and what they do to each request: refuse it or a part of it, hold it back, lose it, lose its answer, or
 * end its connection.
 *
 * A request may meet several. Refusals take their parts out one after the other, in the order in which they were set; delays add up;
 * of the drops, the one that comes first wins.
 */
import type { Millis } from '../../base/ids.js';
import { HANG_UP } from '../../broker/handler.js';
import {
  type Answered,
  type AskedRequest,
  CUT,
  type Interception,
  type Interceptor,
} from '../../broker/interceptor.js';
import type { Clock } from '../../ports/clock.js';
import { ErrorCode } from '../../wire/errors.js';
import type { Connections } from '../connections.js';
import type { Patience } from '../waiting.js';
import type { ApiName } from './api-names.js';
import type { DelayOptions, DropOptions, FailOptions, Fault, FaultTarget } from './fault.js';
import { checkApi, checkError, checkScope, checkTarget } from './fault-options.js';
import { type Entry, REFUSAL_RULES } from './refusal-rules.js';
import { type Refused, refuse } from './refuse.js';
import { SetFault } from './set-fault.js';
import { UserError } from '../../base/errors.js';

type DropPoint = NonNullable<DropOptions['after']>;
type HoldPoint = NonNullable<DelayOptions['hold']>;

type Kind = { readonly target: FaultTarget } & (
  | { readonly does: 'fail'; readonly error: ErrorCode }
  | { readonly does: 'delay'; readonly ms: Millis; readonly hold: HoldPoint }
  | { readonly does: 'drop'; readonly after: DropPoint }
);

/** What the faults that one request has met do to it, taken together. */
interface Fate {
  /** What is left to carry out; null: nothing. */
  rest: Entry | null;
  readonly refusals: Refused[];
  readonly delays: { readonly fault: SetFault<Kind>; readonly ms: Millis; readonly hold: HoldPoint }[];
  drop: DropPoint | null;
}

const DROP_POINTS: readonly DropPoint[] = ['request', 'work', 'answer'];
const HOLD_POINTS: readonly HoldPoint[] = ['answer', 'request'];

/** Of a Fetch that is, or wants to be, part of a session: from here on it names only what has changed. */
const NO_SESSION_EPOCH = -1;

export class Faults implements Interceptor {
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #connections: Connections;
  readonly #byApi = new Map<string, SetFault<Kind>[]>();

  /** @param clock the broker's: delays pass on it */
  constructor(clock: Clock, patience: Patience, connections: Connections) {
    this.#clock = clock;
    this.#patience = patience;
    this.#connections = connections;
  }

  // ── setting ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  fail(api: ApiName, options: FailOptions): Fault {
    const { error: _, ...target } = options;
    checkTarget('fail', options, ['error']);
    const error = checkError('fail', options.error);
    return this.#set('fail', api, { does: 'fail', error, target });
  }

  delay(api: ApiName, options: DelayOptions): Fault {
    const { ms, hold = 'answer', ...target } = options;
    checkTarget('delay', options, ['ms', 'hold']);
    checkChoice('delay: hold', hold, HOLD_POINTS);
    if (!(Number.isFinite(ms) && ms >= 0))
      throw new UserError('OPTION_INVALID', `delay: ms must be a number of 0 or more, not ${ms}.`);
    return this.#set('delay', api, { does: 'delay', ms, hold, target });
  }

  drop(options: DropOptions): Fault {
    const { api, after, ...target } = options;
    checkTarget('dropConnections', options, ['api', 'after']);
    if (api === undefined) return this.#dropNow(options);
    const point = after ?? 'answer';
    checkChoice('dropConnections: after', point, DROP_POINTS);
    return this.#set('dropConnections', api, { does: 'drop', after: point, target });
  }

  cancelAll(): void {
    for (const fault of [...this.#byApi.values()].flat()) fault.cancel();
  }

  #set(what: string, name: ApiName, kind: Kind): Fault {
    const api = checkApi(what, name);
    checkScope(what, api, kind.target);
    const fault = new SetFault<Kind>({
      kind,
      what: `${what} of ${describe(name, kind.target)}`,
      times: kind.target.times ?? Number.POSITIVE_INFINITY,
      patience: this.#patience,
      onOver: (over) => this.#remove(name, over),
    });
    const before = this.#byApi.get(name);
    if (before === undefined) this.#byApi.set(name, [fault]);
    else before.push(fault);
    return fault;
  }

  #remove(name: ApiName, over: SetFault<Kind>): void {
    const left = (this.#byApi.get(name) ?? []).filter((fault) => fault !== over);
    if (left.length === 0) this.#byApi.delete(name);
    else this.#byApi.set(name, left);
  }

  #dropNow(options: DropOptions): Fault {
    for (const option of ['after', 'topic', 'partition', 'group', 'version', 'times'] as const) {
      if (options[option] === undefined) continue;
      throw new UserError(
        'OPTION_INVALID',
        `dropConnections: without api it ends the connections that are open now, so it takes no ${option}.`,
        'Say of which API: dropConnections({ api: "Produce", after: "work" }).',
      );
    }
    const kind: Kind = { does: 'drop', after: 'request', target: options };
    const what = 'dropConnections';
    const fault = new SetFault<Kind>({ kind, what, times: 0, patience: this.#patience, onOver: () => {} });
    fault.meet(this.#connections.cut(options.clientId));
    return fault;
  }

  // ── meeting ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  intercept(asked: AskedRequest, handle: (request: object) => Promise<Answered>): Interception | null {
    this.#connections.asked(asked);
    const faults = this.#byApi.get(asked.api.name);
    if (faults === undefined) return null;
    let request = asked.request as Entry;
    if (asked.api.name === 'Fetch' && faults.some(seesParts)) {
      const outside = outsideSession(request);
      if (outside === null)
        return { order: asked.order, answer: Promise.resolve(SESSION_NOT_FOUND), isLast: false };
      request = outside;
    }
    const fate = this.#meet(faults, asked, request);
    const isUntouched = fate.refusals.length === 0 && fate.delays.length === 0 && fate.drop === null;
    if (isUntouched && request === asked.request) return null;
    // Nothing may overtake a request that is carried out late, nor be carried out behind one whose connection is gone.
    const isAlone = fate.drop !== null || fate.delays.some(({ hold }) => hold === 'request');
    return {
      order: isAlone ? 'alone' : asked.order,
      answer: this.#answer(asked, fate, handle),
      isLast: fate.drop === 'answer',
    };
  }

  #meet(faults: readonly SetFault<Kind>[], asked: AskedRequest, request: Entry): Fate {
    const fate: Fate = { rest: request, refusals: [], delays: [], drop: null };
    // A fault that is over leaves the list while we go through it.
    for (const fault of [...faults]) {
      const { kind } = fault;
      if (kind.does === 'fail') {
        const refused = fate.rest && partMeant(kind, asked, fate.rest, kind.error);
        if (!refused) continue;
        fate.refusals.push(refused);
        fate.rest = refused.rest;
      } else if (!partMeant(kind, asked, request, ErrorCode.UNKNOWN_SERVER_ERROR)) {
        continue;
      } else if (kind.does === 'delay') {
        fate.delays.push({ fault, ms: kind.ms, hold: kind.hold });
      } else if (fate.drop === null || DROP_POINTS.indexOf(kind.after) < DROP_POINTS.indexOf(fate.drop)) {
        fate.drop = kind.after;
      }
      fault.meet();
    }
    return fate;
  }

  async #answer(
    { api, request }: AskedRequest,
    { rest, refusals, delays, drop }: Fate,
    handle: (request: object) => Promise<Answered>,
  ): Promise<Answered | typeof CUT> {
    if (drop === 'request') return CUT;
    for (const { fault, ms, hold } of delays) if (hold === 'request') await fault.hold(this.#clock, ms);
    let answer: Answered | null = rest === null ? null : await handle(rest);
    if (drop === 'work') return CUT;
    const { isUnanswered } = REFUSAL_RULES[api.name as ApiName];
    if (refusals.length > 0 && isUnanswered?.(request as Entry) === true) answer = HANG_UP;
    // What was taken out last is put back first.
    for (const refused of refusals.reverse()) {
      if (typeof answer === 'symbol') break;
      answer = refused.answer(answer as Entry | null);
    }
    for (const { fault, ms, hold } of delays) if (hold === 'answer') await fault.hold(this.#clock, ms);
    return answer!;
  }
}

/** The part of the request that the fault is for, refused; null: none. */
function partMeant(
  { target }: Kind,
  { api, apiVersion, clientId, image }: AskedRequest,
  request: Entry,
  error: ErrorCode,
): Refused | null {
  if (target.version !== undefined && target.version !== apiVersion) return null;
  if (target.clientId !== undefined && target.clientId !== clientId) return null;
  return refuse({
    api,
    version: apiVersion,
    rule: REFUSAL_RULES[api.name as ApiName],
    request,
    scope: { topic: target.topic, partition: target.partition, group: target.group },
    error,
    topicName: (topicId) => image.topicById(topicId)?.name,
    hasTopic: (topic) => image.topic(topic) !== undefined,
  });
}

/** Whether the fault needs to see every partition that is fetched. */
function seesParts({ kind: { does, target } }: SetFault<Kind>): boolean {
  return does === 'fail' || target.topic !== undefined || target.partition !== undefined;
}

const SESSION_NOT_FOUND = { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] };

/**
 * A fetch within a session (KIP-227) names only what has changed since the last one, so a fault could not tell what is fetched. While one
 * wants to, sessions are forgotten, as any broker may: clients then name everything. Null: this one does not.
 */
function outsideSession(request: Entry): Entry | null {
  const sessionEpoch = request['sessionEpoch'] as number;
  if (sessionEpoch > 0) return null;
  return sessionEpoch === NO_SESSION_EPOCH ? request : { ...request, sessionEpoch: NO_SESSION_EPOCH };
}

function checkChoice(what: string, given: string, choices: readonly string[]): void {
  if (choices.includes(given)) return;
  throw new UserError('OPTION_INVALID', `${what} is one of ${choices.join(', ')}, not ${given}.`);
}

function describe(api: ApiName, { times: _times, ...chosen }: FaultTarget): string {
  const parts = Object.entries(chosen).map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? api : `${api} (${parts.join(', ')})`;
}
