/**
 * DescribeConfigs, 1 to 4: every setting of a topic or of this broker, its value and where that comes from; under the empty broker name what
 * was set for all brokers while they ran.
 * 1: synonyms and sources (KIP-226). 3: types and documentation (KIP-569). 4: flexible.
 */
import { ALL_BROKERS } from '../../metadata/keys.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { DescribeConfigs } from '../../wire/messages/describe-configs.js';
import type { DraftOf, Infer } from '../../wire/schema.js';
import {
  brokerResourceRefusal,
  ConfigResource,
  invalidRequest,
  type NameRefusal,
  topicResourceRefusal,
} from '../config-resources.js';
import { CLUSTER, type RequestContext } from '../context.js';
import { handler } from '../handler.js';
import type { BrokerServices } from '../services.js';
import {
  describeAllBrokersConfigs,
  describeBrokerConfigs,
  describeTopicConfigs,
  type DescribedSetting,
} from '../settings/describe.js';

type Request = Infer<typeof DescribeConfigs.request>;
type Result = DraftOf<typeof DescribeConfigs.response>['results'][number];

export const describeConfigs = handler(
  DescribeConfigs,
  {
    order: 'alone',
    touches: [
      ['DescribeConfigs', 'Topic'],
      ['DescribeConfigs', 'Cluster'],
    ],
  },
  async (request, context, services) => ({
    results: request.resources.map((resource): Result => {
      const { resourceType, resourceName, configurationKeys } = resource;
      const found = settingsOf(resource, context, services);
      if (!Array.isArray(found)) {
        return {
          errorCode: found.error,
          errorMessage: found.message,
          resourceType,
          resourceName,
          configs: [],
        };
      }
      // An empty list asks for all, as null does: Kafka reads it so, and some clients leave the field empty.
      const named = new Set(configurationKeys);
      const shown = named.size === 0 ? found : found.filter(({ name }) => named.has(name));
      return {
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        resourceType,
        resourceName,
        configs: shown.map((setting) => configResult(setting, request, context.apiVersion)),
      };
    }),
  }),
);

function settingsOf(
  { resourceType, resourceName }: Request['resources'][number],
  context: RequestContext,
  services: BrokerServices,
): DescribedSetting[] | NameRefusal {
  const { TOPIC, BROKER, BROKER_LOGGER } = ConfigResource;
  if (resourceType === TOPIC) {
    if (!context.authorize('DescribeConfigs', 'Topic', resourceName))
      return failure(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    const refusal = topicResourceRefusal(resourceName);
    if (refusal !== null) return refusal;
    const topic = services.image().topic(resourceName);
    if (!topic) return failure(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    return describeTopicConfigs(topic.configs, services.settings);
  }
  if (resourceType !== BROKER && resourceType !== BROKER_LOGGER)
    return invalidRequest(`Unsupported resource type: ${resourceType}`);
  if (!context.authorize('DescribeConfigs', 'Cluster', CLUSTER))
    return failure(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
  const who = resourceType === BROKER ? 'or all brokers' : 'this one alone';
  const refusal = brokerResourceRefusal(resourceName, services.nodeId, who);
  if (refusal !== null) return refusal;
  // Levels are given when the broker starts: there is no logger whose level could be asked for.
  if (resourceType === BROKER_LOGGER) return [];
  return resourceName === ALL_BROKERS
    ? describeAllBrokersConfigs(services.settings)
    : describeBrokerConfigs(services.settings);
}

function failure(error: ErrorCode): NameRefusal {
  return { error, message: errorMessage(error) };
}

function configResult(
  setting: DescribedSetting,
  request: Request,
  apiVersion: number,
): Result['configs'][number] {
  const { name, value, readOnly, source, sensitive, synonyms, type, documentation } = setting;
  return {
    name,
    value,
    readOnly,
    configSource: source,
    isSensitive: sensitive,
    synonyms: request.includeSynonyms ? synonyms : [],
    ...(apiVersion >= 3 && {
      configType: type,
      documentation: request.includeDocumentation ? documentation : null,
    }),
  };
}
