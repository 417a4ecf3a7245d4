import { createTopic as askToCreate } from '../../../client/admin/topics.js';
import { KafkaError } from '../../../client/kafka-error.js';
import { ErrorCode } from '../../../wire/errors.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

export interface CreateOptions extends ClientOptions {
  /** Default: the broker's. */
  readonly partitions?: number;
  readonly config?: ReadonlyMap<string, string>;
  readonly ifNotExists?: boolean;
}

const BROKERS_DEFAULT = -1;

/** JSON: docs/schemas/topic-create.json. */
export async function createTopic(name: string, options: CreateOptions, world: World): Promise<void> {
  const { partitions = BROKERS_DEFAULT, config = new Map<string, string>(), ifNotExists, format } = options;
  await withCluster(options, async (cluster) => {
    let partitionCount: number | null = null;
    let created = true;
    try {
      const topic = { name, partitionCount: partitions, replicationFactor: -1, configs: config };
      const answer = await askToCreate(cluster, topic, ADMIN_TIMEOUT_MS);
      partitionCount = answer.partitionCount < 0 ? null : answer.partitionCount;
    } catch (error) {
      const there = error instanceof KafkaError && error.code === ErrorCode.TOPIC_ALREADY_EXISTS;
      if (!there || !ifNotExists) throw error;
      created = false;
    }
    if (format === 'json') {
      world.stdout.write(`${JSON.stringify({ topic: name, created, partitions: partitionCount })}\n`);
    } else if (created) {
      const many =
        partitionCount === null ? '' : ` with ${partitionCount} partition${partitionCount === 1 ? '' : 's'}`;
      world.stdout.write(`created topic ${name}${many}\n`);
    } else {
      world.stdout.write(`topic ${name} exists already\n`);
    }
  });
}
