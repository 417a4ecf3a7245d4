/**
 * The shell around the controller's decisions: takes an image, lets a pure function decide, writes what it decided under guards,
 * and when a guard no longer holds, takes a newer image and lets it decide again. It answers once the store has the change durably
 * and this broker's image shows it.
 *
 * Changes of topics take turns: a decision sees the outcome of the one before it, and the only conflicts left are with what other
 * brokers write (a leader's ISR, another controller).
 */
import { UserError } from '../../base/errors.js';
import type { BrokerId, Millis, ProducerId } from '../../base/ids.js';
import { NO_UUID } from '../../base/ids.js';
import { version as SOFTWARE_VERSION } from '../../base/version.js';
import type { Clock, TimerHandle } from '../../ports/clock.js';
import type { Entropy } from '../../ports/entropy.js';
import type { Logger } from '../../ports/logger.js';
import { ErrorCode } from '../../wire/errors.js';
import type { ImageDelta } from '../delta.js';
import type { MetadataFollower } from '../follow.js';
import type { ClusterImage } from '../image.js';
import type { BrokerRegistration } from '../records.js';
import type { Compare, MetadataStore, Revision, StoreChange } from '../store/store.js';
import { randomUuid } from '../uuid.js';
import { decideAlterBrokerConfigs, decideAlterTopicConfigs } from './configs.js';
import { type Decision, refused } from './decision.js';
import { decideElections } from './election.js';
import type { Refusal } from './new-partitions.js';
import { ProducerIds } from './producer-ids.js';
import { stillController } from './registration.js';
import type {
  AlterBrokerConfigs,
  AlterResult,
  AlterTopicConfigs,
  ChangeOptions,
  CreatedTopic,
  CreatePartitions,
  CreateTopic,
  TopicReference,
  TopicResult,
  TopicRules,
} from './requests.js';
import { BrokerSession } from './session.js';
import {
  decideCreateInternalTopics,
  decideCreatePartitions,
  decideCreateTopics,
  decideDeleteTopics,
  decideSweep,
  type Draw,
  notCreated,
} from './topics.js';
import { Turns } from './turns.js';

export interface ControllerOptions {
  readonly store: MetadataStore;
  /** Started already. */
  readonly follower: MetadataFollower;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
  readonly rules: TopicRules;
  readonly brokerId: BrokerId;
  /** How long a broker that is not heard of counts as alive: Kafka's `broker.session.timeout.ms`, 9 s unless told otherwise. */
  readonly leaseMs?: Millis;
}

const LEASE_MS = 9000;
/** Each conflict means that somebody else's write got through. */
const ATTEMPTS_MAX = 20;
/** Requests that may wait for their turn. */
const WAITING_MAX = 1000;
/** Before elections that the store would not take are tried again. */
const SETTLE_RETRY_MS = 1000;

const FOR_GOOD: ChangeOptions = { validateOnly: false };

export class MetadataController {
  readonly #options: ControllerOptions;
  readonly #turns = new Turns(WAITING_MAX);
  readonly #producerIds: ProducerIds;
  readonly #stopListening: () => void;
  readonly #incarnation: string;
  #session: BrokerSession | undefined;
  /** Of the controller's key that we last acted under: when it changes, all must be looked at again. */
  #actedUnder: Revision | undefined;
  /** Something has happened since leaders were last looked at. */
  #mustSettle = false;
  #settling = false;
  #settleRetry: TimerHandle | undefined;
  #closed = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#producerIds = new ProducerIds(options.store);
    this.#incarnation = randomUuid(options.entropy);
    this.#stopListening = options.follower.onChange((image, delta) => this.#follow(image, delta));
  }

  /**
   * Registers this broker, takes the controller's place if it is free, and if so elects leaders and clears away what broken-off changes
   * have left. Resolves once the image shows all that. Every partition that this broker led before it was restarted is led in a new epoch.
   * @throws UserError BROKER_ID_IN_USE, METADATA_UNAVAILABLE
   */
  async start(
    broker: Omit<BrokerRegistration, 'brokerId' | 'incarnation' | 'softwareVersion'>,
  ): Promise<void> {
    const { store, follower, clock, logger, brokerId, leaseMs = LEASE_MS } = this.#options;
    this.#session = new BrokerSession({
      store,
      follower,
      clock,
      logger,
      leaseMs,
      registration: {
        ...broker,
        brokerId,
        incarnation: this.#incarnation,
        softwareVersion: SOFTWARE_VERSION,
      },
    });
    await this.#session.begin();
    await this.#settle();
  }

  /** Names of the broker's own topics are refused. One result for each request, in its order. */
  createTopics(requests: readonly CreateTopic[], options: ChangeOptions): Promise<readonly CreatedTopic[]> {
    return this.#create(requests, options, decideCreateTopics);
  }

  /** For the broker itself. */
  createInternalTopics(requests: readonly CreateTopic[]): Promise<readonly CreatedTopic[]> {
    return this.#create(requests, FOR_GOOD, decideCreateInternalTopics);
  }

  async #create(
    requests: readonly CreateTopic[],
    options: ChangeOptions,
    decide: typeof decideCreateTopics,
  ): Promise<readonly CreatedTopic[]> {
    const results = await this.#change<CreateTopic, CreatedTopic>(requests, options, {
      // Drawn anew at each attempt: what a broken-off one has staged stays under an id of its own.
      decide: (image, open) =>
        decide(
          image,
          open,
          open.map(() => this.#draw()),
          this.#options.rules,
        ),
      refuse: ({ name }, refusal) => notCreated(name, refusal).result,
    });
    return options.validateOnly ? results.map((result) => ({ ...result, id: NO_UUID })) : results;
  }

  deleteTopics(topics: readonly TopicReference[]): Promise<readonly TopicResult[]> {
    return this.#change<TopicReference, TopicResult>(topics, FOR_GOOD, {
      decide: (image, open) => decideDeleteTopics(image, open),
      refuse: (topic, refusal) => refusedResult({ name: '', ...topic }, refusal),
    });
  }

  createPartitions(
    requests: readonly CreatePartitions[],
    options: ChangeOptions,
  ): Promise<readonly TopicResult[]> {
    return this.#change<CreatePartitions, TopicResult>(requests, options, {
      decide: (image, open) =>
        decideCreatePartitions(
          image,
          open,
          open.map(() => this.#draw().start),
        ),
      refuse: refusedResult,
    });
  }

  alterTopicConfigs(
    requests: readonly AlterTopicConfigs[],
    options: ChangeOptions,
  ): Promise<readonly TopicResult[]> {
    return this.#change<AlterTopicConfigs, TopicResult>(requests, options, {
      decide: (image, open) => decideAlterTopicConfigs(image, open, this.#options.rules),
      refuse: refusedResult,
    });
  }

  alterBrokerConfigs(
    requests: readonly AlterBrokerConfigs[],
    options: ChangeOptions,
  ): Promise<readonly AlterResult[]> {
    return this.#change<AlterBrokerConfigs, AlterResult>(requests, options, {
      decide: (image, open) => decideAlterBrokerConfigs(image, open, this.#options.rules),
      refuse: (_request, { error, message }) => ({ error, message }),
    });
  }

  /**
   * ONE producer id that nobody had or will have. (Blocks of them are taken from the store, and given out here one by one.)
   * @throws UserError METADATA_UNAVAILABLE
   */
  allocateProducerIds(): Promise<ProducerId> {
    return this.#producerIds.allocate();
  }

  /** Finishes what is under way, and leaves the cluster. The store and the follower stay open. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopListening();
    if (this.#settleRetry !== undefined) this.#options.clock.clearTimer(this.#settleRetry);
    await this.#turns.idle();
    try {
      await this.#session?.end();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#options.logger.warn('this broker could not sign off; its lease will run out', {
        cause: error.message,
      });
    }
  }

  #draw(): Draw {
    const { entropy, clock } = this.#options;
    return {
      topicId: randomUuid(entropy),
      start: Math.floor(entropy.random() * 2 ** 31),
      nowMs: clock.now(),
    };
  }

  async #change<Request, Result>(
    requests: readonly Request[],
    { validateOnly }: ChangeOptions,
    rule: Rule<Request, Result>,
  ): Promise<readonly Result[]> {
    const refuseAll = (refusal: Refusal): Result[] =>
      requests.map((request) => rule.refuse(request, refusal));
    if (this.#closed) return refuseAll(NOT_CONTROLLER);
    const turn = this.#turns.take(() =>
      this.#decideAndWrite(requests, validateOnly ? 'decide' : 'write', rule),
    );
    return turn ?? refuseAll(BUSY);
  }

  async #decideAndWrite<Request, Result>(
    requests: readonly Request[],
    until: 'decide' | 'write',
    rule: Rule<Request, Result>,
  ): Promise<readonly Result[]> {
    const { follower } = this.#options;
    const results = requests.map((request) => rule.refuse(request, CONTENDED));
    let open = requests.map((request, at) => ({ request, at }));
    for (let attempt = 0; attempt < ATTEMPTS_MAX && open.length > 0; attempt++) {
      const guard = this.#guard();
      if (guard === undefined) {
        for (const { request, at } of open) results[at] = rule.refuse(request, NOT_CONTROLLER);
        break;
      }
      const decisions = rule.decide(
        follower.image,
        open.map(({ request }) => request),
      );
      const outcomes =
        until === 'decide'
          ? decisions.map((): Outcome => ({ kind: 'done', revision: 0 }))
          : await Promise.all(decisions.map(({ changes }) => this.#write(changes, guard)));
      const done = outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.revision : 0));
      await follower.waitFor(Math.max(0, ...done));
      for (const [nth, outcome] of outcomes.entries()) {
        const { request, at } = open[nth]!;
        if (outcome.kind === 'done') results[at] = decisions[nth]!.result;
        else if (outcome.kind === 'unavailable') results[at] = rule.refuse(request, outcome.refusal);
      }
      open = open.filter((_, nth) => outcomes[nth]!.kind === 'conflict');
      await this.#catchUpWith(outcomes);
    }
    return results;
  }

  /** One after the other, each under the guard; stops at the first that is not taken. */
  async #write(changes: readonly StoreChange[], guard: Compare): Promise<Outcome> {
    let newest: Revision = 0;
    for (const change of changes) {
      try {
        const guarded = { ...change, compares: [guard, ...change.compares] };
        const { ok, revision } = await this.#options.store.compareAndSet(guarded);
        if (!ok) return { kind: 'conflict', revision };
        newest = revision;
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        return {
          kind: 'unavailable',
          refusal: { error: ErrorCode.KAFKA_STORAGE_ERROR, message: error.message },
        };
      }
    }
    return { kind: 'done', revision: newest };
  }

  /** After a conflict: the image must be one that has what we ran into. */
  async #catchUpWith(outcomes: readonly Outcome[]): Promise<void> {
    const { follower } = this.#options;
    const behind = outcomes.some(
      (outcome) => outcome.kind === 'conflict' && outcome.revision > follower.image.revision,
    );
    if (behind) await follower.refresh();
  }

  /** Undefined: this broker is not the controller. */
  #guard(): Compare | undefined {
    const { controller } = this.#options.follower.image;
    return controller?.incarnation === this.#incarnation ? stillController(controller) : undefined;
  }

  #follow({ controller }: ClusterImage, { brokersChanged }: ImageDelta): void {
    if (this.#session === undefined) return;
    if (controller === undefined) {
      this.#session.claimController().catch((error: unknown) => {
        this.#options.logger.error("the controller's place is free and could not be taken", { error });
      });
      return;
    }
    const mine = controller.incarnation === this.#incarnation;
    if (mine && (brokersChanged.length > 0 || controller.createRevision !== this.#actedUnder))
      this.#settleInTurn();
    this.#actedUnder = controller.createRevision;
  }

  /** Several events share one look, since it looks at everything; those that come while it looks, ask for another. */
  #settleInTurn(): void {
    this.#mustSettle = true;
    if (this.#settling) return;
    this.#settling = true;
    void this.#settleWhileAsked();
  }

  async #settleWhileAsked(): Promise<void> {
    while (this.#mustSettle && !this.#closed) {
      this.#mustSettle = false;
      try {
        await this.#settle();
      } catch (error) {
        const { logger, clock } = this.#options;
        logger.error('leaders could not be elected; it is tried again', { error });
        this.#settleRetry ??= clock.setTimer(SETTLE_RETRY_MS, () => {
          this.#settleRetry = undefined;
          this.#settleInTurn();
        });
      }
    }
    this.#settling = false;
  }

  /** Elects leaders and sweeps, if this broker is the controller. Resolves once nothing is left to do and the image shows it. */
  async #settle(): Promise<void> {
    const turn = this.#turns.take(() => this.#electAndSweep());
    if (turn === undefined) throw new UserError('METADATA_UNAVAILABLE', BUSY.message);
    await turn;
  }

  async #electAndSweep(): Promise<void> {
    const { follower } = this.#options;
    for (let conflicts = 0; conflicts < ATTEMPTS_MAX; ) {
      const guard = this.#guard();
      if (guard === undefined || this.#closed) return;
      const changes = [...decideElections(follower.image), ...decideSweep(follower.strays())];
      if (changes.length === 0) return;
      const outcomes = await Promise.all(changes.map((change) => this.#write([change], guard)));
      for (const outcome of outcomes) {
        if (outcome.kind === 'done') await follower.waitFor(outcome.revision);
        if (outcome.kind === 'unavailable')
          throw new UserError('METADATA_UNAVAILABLE', outcome.refusal.message);
      }
      if (outcomes.some(({ kind }) => kind === 'conflict')) conflicts++;
      await this.#catchUpWith(outcomes);
    }
    throw new UserError('METADATA_UNAVAILABLE', CONTENDED.message);
  }
}

interface Rule<Request, Result> {
  readonly decide: (image: ClusterImage, requests: readonly Request[]) => readonly Decision<Result>[];
  readonly refuse: (request: Request, refusal: Refusal) => Result;
}

type Outcome =
  | { readonly kind: 'done'; readonly revision: Revision }
  | { readonly kind: 'conflict'; readonly revision: Revision }
  | { readonly kind: 'unavailable'; readonly refusal: Refusal };

const NOT_CONTROLLER: Refusal = {
  error: ErrorCode.NOT_CONTROLLER,
  message: 'This broker is not the controller of the cluster now.',
};
const BUSY: Refusal = {
  error: ErrorCode.REQUEST_TIMED_OUT,
  message: `More than ${WAITING_MAX} changes are waiting for the controller.`,
};
const CONTENDED: Refusal = {
  error: ErrorCode.REQUEST_TIMED_OUT,
  message: `Others changed the same metadata ${ATTEMPTS_MAX} times while this change was tried.`,
};

function refusedResult(topic: { readonly name: string }, { error, message }: Refusal): TopicResult {
  return refused(topic, error, message).result;
}

function isUnavailable(error: unknown): error is UserError {
  return error instanceof UserError && error.code === 'METADATA_UNAVAILABLE';
}
