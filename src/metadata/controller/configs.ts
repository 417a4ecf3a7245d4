/** Settings of topics and brokers: pure decisions. Which settings there are, and what they may be, an upper layer knows (`TopicRules`). */
import { ErrorCode } from '../../wire/errors.js';
import type { ClusterImage } from '../image.js';
import { brokerConfigKey } from '../keys.js';
import type { Configs } from '../records.js';
import { encodeValue } from '../values.js';
import {
  accepted,
  type Decision,
  duplicates,
  putTopic,
  recordOf,
  refused,
  topicUnchanged,
} from './decision.js';
import type {
  AlterBrokerConfigs,
  AlterResult,
  AlterTopicConfigs,
  ConfigEdit,
  ListEdit,
  TopicResult,
  TopicRules,
} from './requests.js';

/** Names and values of one resource's settings, together: they are kept in one value of the store. */
const CONFIG_LENGTH_MAX = 64 * 1024;

export function decideAlterTopicConfigs(
  image: ClusterImage,
  requests: readonly AlterTopicConfigs[],
  rules: TopicRules,
): Decision<TopicResult>[] {
  const twice = duplicates(requests.map(({ name }) => name));
  return requests.map((request, at) => {
    const { name } = request;
    const topic = image.topic(name);
    if (topic === undefined) {
      return refused(
        request,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        `There is no topic called ${JSON.stringify(name)}.`,
      );
    }
    if (twice.has(at))
      return refused(topic, ErrorCode.INVALID_REQUEST, `The request names the topic ${name} more than once.`);
    const configs = editedConfigs(topic.configs, request);
    const problem = sizeProblem(configs) ?? rules.configsProblem(name, configs);
    if (problem !== undefined) return refused(topic, ErrorCode.INVALID_CONFIG, problem);
    const record = { ...recordOf(topic), configs };
    return accepted(topic, [{ compares: [topicUnchanged(topic)], puts: [putTopic(record)], deletes: [] }]);
  });
}

/**
 * What is set on a broker, or on all. A broker need not be alive, nor known: Kafka allows that too, since its settings may have to be
 * there before it comes.
 */
export function decideAlterBrokerConfigs(
  image: ClusterImage,
  requests: readonly AlterBrokerConfigs[],
  rules: TopicRules,
): Decision<AlterResult>[] {
  const twice = duplicates(requests.map(({ resource }) => resource));
  return requests.map((request, at) => {
    const { resource } = request;
    const no = (message: string): Decision<AlterResult> => ({
      changes: [],
      result: { error: ErrorCode.INVALID_REQUEST, message },
    });
    if (twice.has(at)) return no(`The request names the broker ${JSON.stringify(resource)} more than once.`);
    const before = image.brokerConfigs.get(resource);
    const configs = editedConfigs(before?.configs ?? NONE_SET, request);
    const problem = sizeProblem(configs) ?? rules.brokerConfigsProblem(resource, configs);
    if (problem !== undefined) return no(problem);
    const key = brokerConfigKey(resource);
    const compares = [{ key, modRevision: before?.modRevision ?? 0 }];
    const change =
      configs.size > 0
        ? { compares, puts: [{ key, value: encodeValue('brokerConfig', { configs }) }], deletes: [] }
        : { compares, puts: [], deletes: [key] };
    return {
      changes: configs.size === 0 && before === undefined ? [] : [change],
      result: { error: ErrorCode.NONE, message: null },
    };
  });
}

const NONE_SET: Configs = new Map();

/** What is set after the edit. */
export function editedConfigs(before: Configs, { set, unset, lists = [] }: ConfigEdit): Configs {
  const after = new Map(unset === 'others' ? [] : before);
  if (unset !== 'others') for (const name of unset) after.delete(name);
  for (const [name, value] of set) after.set(name, value);
  for (const edit of lists) after.set(edit.name, editedList(after.get(edit.name), edit));
  return new Map([...after].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function editedList(now: string | undefined, { add, remove, whenUnset }: ListEdit): string {
  const before = now === undefined ? whenUnset : now.split(',').map((element) => element.trim());
  const kept = before.filter((element) => element !== '' && !remove.includes(element));
  return [...new Set([...kept, ...add])].join(',');
}

/** What is wrong with the settings of one resource for their mere size. */
export function sizeProblem(configs: Configs): string | undefined {
  let length = 0;
  for (const [name, value] of configs) length += name.length + value.length;
  if (length <= CONFIG_LENGTH_MAX) return undefined;
  return `The settings of one topic or broker have at most ${CONFIG_LENGTH_MAX} characters together, and these have ${length}.`;
}
