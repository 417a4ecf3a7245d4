/** Settings as DescribeConfigs shows them: value, where it comes from, and what it would fall back to. */
import type { BrokerSettings } from './broker-settings.js';
import { BROKER_SETTINGS } from './broker-settings.js';
import { formatSetting, type Setting, type SettingType } from './setting.js';
import { TOPIC_SETTINGS } from './topic-settings.js';

/** Where a value comes from, by Kafka's codes. */
export const ConfigSource = { DYNAMIC_TOPIC: 1, STATIC_BROKER: 4, DEFAULT: 5 } as const;
type Source = (typeof ConfigSource)[keyof typeof ConfigSource];

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

/** Every setting of this broker. They are read at start: none can be changed over the wire yet. */
export function describeBrokerConfigs(broker: BrokerSettings): DescribedSetting[] {
  return BROKER_SETTINGS.map((setting) => described(setting, brokerSynonyms(setting, broker), true));
}

function brokerSynonyms(setting: Setting, broker: BrokerSettings): DescribedSetting['synonyms'][number][] {
  const fallback = {
    name: setting.name,
    value: formatSetting(setting.default),
    source: ConfigSource.DEFAULT,
  };
  if (!broker.given.has(setting.name)) return [fallback];
  const given = formatSetting(broker.byName.get(setting.name)!);
  return [{ name: setting.name, value: given, source: ConfigSource.STATIC_BROKER }, fallback];
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
