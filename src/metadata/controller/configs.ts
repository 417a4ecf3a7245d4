/** Settings of topics: pure decisions. Which settings there are, and what they may be, an upper layer knows (`TopicRules`). */
import { ErrorCode } from '../../wire/errors.js';
import type { ClusterImage } from '../image.js';
import type { Configs } from '../records.js';
import {
  accepted,
  type Decision,
  duplicates,
  putTopic,
  recordOf,
  refused,
  topicUnchanged,
} from './decision.js';
import type { AlterTopicConfigs, TopicResult, TopicRules } from './requests.js';

/** Names and values of one topic's settings, together: they are kept in one value of the store. */
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
    const configs = altered(topic.configs, request);
    const problem = sizeProblem(configs) ?? rules.configsProblem(name, configs);
    if (problem !== undefined) return refused(topic, ErrorCode.INVALID_CONFIG, problem);
    const record = { ...recordOf(topic), configs };
    return accepted(topic, [{ compares: [topicUnchanged(topic)], puts: [putTopic(record)], deletes: [] }]);
  });
}

function altered(before: Configs, { set, unset }: AlterTopicConfigs): Configs {
  const after = new Map(unset === 'others' ? [] : before);
  if (unset !== 'others') for (const name of unset) after.delete(name);
  for (const [name, value] of set) after.set(name, value);
  return new Map([...after].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is wrong with the settings of one topic for their mere size. */
export function sizeProblem(configs: Configs): string | undefined {
  let length = 0;
  for (const [name, value] of configs) length += name.length + value.length;
  if (length <= CONFIG_LENGTH_MAX) return undefined;
  return `The settings of one topic have at most ${CONFIG_LENGTH_MAX} characters together, and these have ${length}.`;
}
