export type ConfigValue = string | number | boolean;

export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  /** Kafka's topic settings, by name. */
  readonly configs?: Readonly<Record<string, ConfigValue>>;
}

export type DeclaredTopics = Readonly<Record<string, TopicOptions>>;
