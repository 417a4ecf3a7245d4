/** Who is in a cluster, and what its brokers speak. */
import type { BrokerId, Millis } from '../../base/ids.js';
import { version } from '../../base/version.js';
import type { RpcConnection } from '../../rpc/rpc-connection.js';
import { ErrorCode } from '../../wire/errors.js';
import { ApiVersions } from '../../wire/messages/api-versions.js';
import { DescribeCluster } from '../../wire/messages/describe-cluster.js';
import { Metadata } from '../../wire/messages/metadata.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { retry } from '../retry.js';

export interface BrokerDescription {
  readonly id: BrokerId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface ClusterDescription {
  readonly clusterId: string | null;
  /** −1: none at the moment. */
  readonly controllerId: BrokerId;
  /** By id. */
  readonly brokers: readonly BrokerDescription[];
}

export interface ApiRange {
  readonly key: number;
  readonly min: number;
  readonly max: number;
}

export interface BrokerVersions {
  /** By key. */
  readonly apis: readonly ApiRange[];
  /** Finalized, with the level in force: `metadata.version` … */
  readonly features: Readonly<Record<string, number>>;
}

/** @throws KafkaError */
export function describeCluster(cluster: Cluster, timeoutMs: Millis): Promise<ClusterDescription> {
  return retry(cluster, timeoutMs, async () => {
    // Also tells the cluster's view where the brokers are.
    await cluster.metadata([]);
    const connection = await cluster.anyConnection();
    const asked = connection.versionOf(DescribeCluster) !== null;
    const found = asked ? await askCluster(connection) : await askMetadata(connection);
    return { ...found, brokers: [...found.brokers].sort((a, b) => a.id - b.id) };
  });
}

async function askCluster(connection: RpcConnection): Promise<ClusterDescription> {
  const answer = await connection.call(DescribeCluster, { includeClusterAuthorizedOperations: false });
  if (answer.errorCode !== ErrorCode.NONE)
    throw new KafkaError(answer.errorCode, 'the cluster', answer.errorMessage);
  const { clusterId, controllerId, brokers } = answer;
  return {
    clusterId,
    controllerId,
    brokers: brokers.map(({ brokerId: id, host, port, rack }) => ({ id, host, port, rack })),
  };
}

/** Of brokers older than Kafka 2.8. */
async function askMetadata(connection: RpcConnection): Promise<ClusterDescription> {
  const { clusterId, controllerId, brokers } = await connection.call(Metadata, { topics: [] });
  return {
    clusterId,
    controllerId,
    brokers: brokers.map(({ nodeId: id, host, port, rack }) => ({ id, host, port, rack })),
  };
}

/** @throws KafkaError, ConnectionLost where that broker cannot be reached within `timeoutMs` */
export function describeVersions(
  cluster: Cluster,
  broker: BrokerId,
  timeoutMs: Millis,
): Promise<BrokerVersions> {
  return retry(cluster, timeoutMs, async () => {
    const connection = await cluster.connectionTo(broker, 'control');
    const answer = await connection.call(ApiVersions, {
      clientSoftwareName: 'millrace',
      clientSoftwareVersion: version,
    });
    if (answer.errorCode !== ErrorCode.NONE)
      throw new KafkaError(answer.errorCode, `versions of broker ${broker}`);
    return {
      apis: answer.apiKeys
        .map(({ apiKey: key, minVersion: min, maxVersion: max }) => ({ key, min, max }))
        .sort((a, b) => a.key - b.key),
      features: Object.fromEntries(
        answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
      ),
    };
  });
}
