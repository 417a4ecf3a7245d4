/**
 * The common part of AlterConfigs and IncrementalAlterConfigs: each resource is looked at by itself, what makes no sense is refused with
 * Kafka's code, and the rest goes to the controller, which changes each resource wholly or not at all.
 */
import type {
  AlterBrokerConfigs,
  AlterResult,
  AlterTopicConfigs,
  ChangeOptions,
} from '../metadata/controller/requests.js';
import { ALL_BROKERS } from '../metadata/keys.js';
import { ErrorCode, errorMessage } from '../wire/errors.js';
import {
  brokerResourceRefusal,
  ConfigResource,
  invalidRequest,
  type NameRefusal,
  topicResourceRefusal,
} from './config-resources.js';
import { CLUSTER, type RequestContext, type Touch } from './context.js';
import type { BrokerServices } from './services.js';
import {
  ConfigOperation,
  type ConfigOp,
  operationsProblem,
  planBrokerEdit,
  type PlannedEdit,
  planTopicEdit,
} from './settings/edits.js';

export const ALTER_TOUCHES: readonly Touch[] = [
  ['AlterConfigs', 'Topic'],
  ['AlterConfigs', 'Cluster'],
];

export interface AskedResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly ops: readonly ConfigOp[];
}

export interface AlteredResource {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}

export interface AlterKind extends ChangeOptions {
  /** AlterConfigs takes back what it does not name, and knows no loggers. */
  readonly api: 'AlterConfigs' | 'IncrementalAlterConfigs';
}

type Plan =
  | { readonly kind: 'answered'; readonly answer: NameRefusal | null }
  | { readonly kind: 'topic'; readonly change: AlterTopicConfigs }
  | { readonly kind: 'broker'; readonly change: AlterBrokerConfigs };

export async function alterResources(
  asked: readonly AskedResource[],
  kind: AlterKind,
  context: RequestContext,
  services: BrokerServices,
): Promise<AlteredResource[]> {
  const keyOf = ({ resourceType, resourceName }: AskedResource): string => `${resourceType} ${resourceName}`;
  const times = new Map<string, number>();
  for (const resource of asked) times.set(keyOf(resource), (times.get(keyOf(resource)) ?? 0) + 1);
  const plans = asked.map((resource): Plan => {
    if (times.get(keyOf(resource))! > 1)
      return refused(invalidRequest('Each resource must appear at most once.'));
    return plan(resource, kind, context, services);
  });
  const topics = plans.flatMap((each) => (each.kind === 'topic' ? [each.change] : []));
  const brokers = plans.flatMap((each) => (each.kind === 'broker' ? [each.change] : []));
  const [ofTopics, ofBrokers] = await Promise.all([
    topics.length === 0 ? [] : services.configChanges.alterTopics(topics, kind),
    brokers.length === 0 ? [] : services.configChanges.alterBrokers(brokers, kind),
  ]);
  const results = new Map<AlterTopicConfigs | AlterBrokerConfigs, AlterResult>();
  for (const [at, change] of topics.entries()) results.set(change, ofTopics[at]!);
  for (const [at, change] of brokers.entries()) results.set(change, ofBrokers[at]!);
  return asked.map(({ resourceType, resourceName }, at) => {
    const each = plans[at]!;
    const answer = each.kind === 'answered' ? each.answer : results.get(each.change)!;
    return {
      errorCode: answer?.error ?? ErrorCode.NONE,
      errorMessage: answer?.message ?? null,
      resourceType,
      resourceName,
    };
  });
}

function plan(
  resource: AskedResource,
  { api }: AlterKind,
  context: RequestContext,
  services: BrokerServices,
): Plan {
  const { resourceType, resourceName, ops } = resource;
  const problem = operationsProblem(ops);
  if (problem !== null) return refused(problem);
  const unset = api === 'AlterConfigs' ? 'others' : 'named';
  switch (resourceType) {
    case ConfigResource.TOPIC:
      return planTopic(resourceName, planTopicEdit(ops, unset), context);
    case ConfigResource.BROKER: {
      if (!context.authorize('AlterConfigs', 'Cluster', CLUSTER))
        return refused(withOwnMessage(ErrorCode.CLUSTER_AUTHORIZATION_FAILED));
      const name = brokerResourceRefusal(resourceName, services.nodeId, 'or all brokers');
      if (name !== null) return refused(name);
      const planned = planBrokerEdit(ops, unset);
      if (!planned.ok) return refused(planned.refusal);
      const of = resourceName === ALL_BROKERS ? ALL_BROKERS : String(services.nodeId);
      return { kind: 'broker', change: { resource: of, ...planned.edit } };
    }
    case ConfigResource.BROKER_LOGGER:
      if (api === 'AlterConfigs') return refused(unknownType(resourceType));
      return { kind: 'answered', answer: loggersAnswer(resourceName, ops, context, services) };
    default:
      return refused(unknownType(resourceType));
  }
}

function planTopic(name: string, planned: PlannedEdit, context: RequestContext): Plan {
  if (!context.authorize('AlterConfigs', 'Topic', name))
    return refused(withOwnMessage(ErrorCode.TOPIC_AUTHORIZATION_FAILED));
  if (name === '') return refused(invalidRequest('Default topic resources are not allowed.'));
  const refusal = topicResourceRefusal(name);
  if (refusal !== null) return refused(refusal);
  // A value that cannot be is told before a topic that is not there, as in Kafka.
  if (!planned.ok) return refused(planned.refusal);
  return { kind: 'topic', change: { name, ...planned.edit } };
}

/** There are no loggers here, so that each one named is one that does not exist. */
function loggersAnswer(
  name: string,
  ops: readonly ConfigOp[],
  context: RequestContext,
  services: BrokerServices,
): NameRefusal | null {
  if (!context.authorize('AlterConfigs', 'Cluster', CLUSTER))
    return withOwnMessage(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
  const refusal = brokerResourceRefusal(name, services.nodeId, 'this one alone');
  if (refusal !== null) return refusal;
  const [first] = ops;
  if (first === undefined) return null;
  const { APPEND, SUBTRACT } = ConfigOperation;
  if (first.operation === APPEND || first.operation === SUBTRACT)
    return invalidRequest('Log levels are set or deleted: they are no lists.');
  return {
    error: ErrorCode.INVALID_CONFIG,
    message: `Logger ${first.name} does not exist: Millrace has one log level, given by --log-level when it starts.`,
  };
}

function refused(answer: NameRefusal): Plan {
  return { kind: 'answered', answer };
}

function unknownType(resourceType: number): NameRefusal {
  return invalidRequest(`Unknown resource type ${resourceType}`);
}

function withOwnMessage(error: ErrorCode): NameRefusal {
  return { error, message: errorMessage(error) };
}
