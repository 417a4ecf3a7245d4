/** Settings as DescribeConfigs shows them: value, where it comes from, and what it would fall back to. */
import type { BrokerSettings } from './broker-settings.js';
import { BROKER_SETTINGS, type SettingLayer } from './broker-settings.js';
import { formatSetting, type Setting, type SettingType } from './setting.js';
import { TOPIC_SETTINGS } from './topic-settings.js';

/** Where a value comes from, by Kafka's codes. */
export const ConfigSource = {
  DYNAMIC_TOPIC: 1,
  DYNAMIC_BROKER: 2,
  DYNAMIC_DEFAULT_BROKER: 3,
  STATIC_BROKER: 4,
  DEFAULT: 5,
} as const;
type Source = (typeof ConfigSource)[keyof typeof ConfigSource];

const SOURCE_OF: Readonly<Record<SettingLayer['origin'], Source>> = {
  'this broker': ConfigSource.DYNAMIC_BROKER,
  'all brokers': ConfigSource.DYNAMIC_DEFAULT_BROKER,
  file: ConfigSource.STATIC_BROKER,
};

const TYPE_CODES: Readonly<Record<SettingType, number>> = { boolean: 1, string: 2, int: 3, long: 5, list: 7 };

export interface DescribedSetting {
  readonly name: string;
  /** Null when it is nobody's business. */
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly source: Source;
  readonly sensitive: boolean;
  /** From what counts now down to the default. */
  readonly synonyms: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly source: Source;
  }[];
  readonly type: number;
  readonly documentation: string;
}

/** Every setting of a topic, given what was set on it. */
export function describeTopicConfigs(
  set: ReadonlyMap<string, string>,
  broker: BrokerSettings,
): DescribedSetting[] {
  return TOPIC_SETTINGS.map(({ topic, brokerName }) => {
    const synonyms: DescribedSetting['synonyms'][number][] = [];
    const own = set.get(topic.name);
    if (own !== undefined)
      synonyms.push({ name: topic.name, value: own, source: ConfigSource.DYNAMIC_TOPIC });
    synonyms.push(...brokerSynonyms({ ...topic, name: brokerName }, broker));
    return described(topic, synonyms, false);
  });
}

/** Every setting of this broker, with the layers that its value was chosen from. */
export function describeBrokerConfigs(broker: BrokerSettings): DescribedSetting[] {
  return BROKER_SETTINGS.map((setting) =>
    described(setting, brokerSynonyms(setting, broker), setting.update === 'read-only'),
  );
}

/** What was set for all brokers while they ran, and nothing else: Kafka's answer for the empty broker name. */
export function describeAllBrokersConfigs(broker: BrokerSettings): DescribedSetting[] {
  return BROKER_SETTINGS.flatMap((setting) => {
    const forAll = brokerSynonyms(setting, broker).filter(
      ({ source }) => source === ConfigSource.DYNAMIC_DEFAULT_BROKER,
    );
    return forAll.length === 0 ? [] : [described(setting, forAll, false)];
  });
}

function brokerSynonyms(setting: Setting, broker: BrokerSettings): DescribedSetting['synonyms'][number][] {
  const { name } = setting;
  const given = broker.layers.flatMap(({ origin, values }) => {
    const value = values.get(name);
    return value === undefined ? [] : [{ name, value: formatSetting(value), source: SOURCE_OF[origin] }];
  });
  return [...given, { name, value: formatSetting(setting.default), source: ConfigSource.DEFAULT }];
}

function described(
  setting: Setting,
  synonyms: DescribedSetting['synonyms'],
  readOnly: boolean,
): DescribedSetting {
  const sensitive = setting.sensitive ?? false;
  const first = synonyms[0]!;
  return {
    name: setting.name,
    value: sensitive ? null : first.value,
    readOnly,
    source: first.source,
    sensitive,
    synonyms: sensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
    type: TYPE_CODES[setting.type],
    documentation: setting.doc,
  };
}
