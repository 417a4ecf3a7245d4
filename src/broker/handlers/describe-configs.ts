/**
 * DescribeConfigs, 1 to 4: every setting of a topic or of this broker, its value and where that comes from.
 * 1: synonyms and sources (KIP-226). 3: types and documentation (KIP-569). 4: flexible.
 */
import { isInternalTopic } from '../../metadata/internal-topics.js';
import { topicNameProblem } from '../../metadata/controller/topic-names.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { DescribeConfigs } from '../../wire/messages/describe-configs.js';
import type { DraftOf, Infer } from '../../wire/schema.js';
import { CLUSTER, type RequestContext } from '../context.js';
import { handler } from '../handler.js';
import type { BrokerServices } from '../services.js';
import { describeBrokerConfigs, describeTopicConfigs, type DescribedSetting } from '../settings/describe.js';

type Request = Infer<typeof DescribeConfigs.request>;
type Result = DraftOf<typeof DescribeConfigs.response>['results'][number];

const TOPIC = 2;
const BROKER = 4;

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
      const all = configurationKeys === null || configurationKeys.length === 0;
      const shown = all ? found : found.filter(({ name }) => configurationKeys.includes(name));
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
): DescribedSetting[] | { error: ErrorCode; message: string } {
  if (resourceType === TOPIC) {
    if (!context.authorize('DescribeConfigs', 'Topic', resourceName)) {
      return failure(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    }
    const problem = topicNameProblem(resourceName);
    if (problem !== null && !isInternalTopic(resourceName))
      return failure(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
    const topic = services.image().topic(resourceName);
    if (!topic) return failure(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    return describeTopicConfigs(topic.configs, services.settings);
  }
  if (resourceType === BROKER) {
    if (!context.authorize('DescribeConfigs', 'Cluster', CLUSTER))
      return failure(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
    // The empty name stands for what was set for all brokers while they run: nothing yet.
    if (resourceName === '') return [];
    if (resourceName !== String(services.nodeId)) {
      const why = `Unexpected broker id, expected ${services.nodeId} or empty string, but received ${resourceName}`;
      return failure(ErrorCode.INVALID_REQUEST, why);
    }
    return describeBrokerConfigs(services.settings);
  }
  return failure(ErrorCode.INVALID_REQUEST, `Unsupported resource type: ${resourceType}`);
}

function failure(error: ErrorCode, message = errorMessage(error)) {
  return { error, message };
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
