/** What handlers are given of the broker: interfaces, all of them asynchronous where they reach partitions or coordinators. */
import type { BrokerId, Millis, ProducerId } from '../base/ids.js';
import type { GroupCoordinators } from '../coordinator/coordinators.js';
import type { ClusterImage } from '../metadata/image.js';
import type { Clock } from '../ports/clock.js';
import type { ErrorCode } from '../wire/errors.js';
import type { FetchSessionCache } from './fetch-session-cache.js';
import type { LogDirectories } from './log-directories.js';
import type { Partitions } from './partitions.js';
import type { ConfigChanges } from './config-changes.js';
import type { BrokerSettings } from './settings/broker-settings.js';
import type { HostPort } from './settings/listener.js';
import type { Peer } from './context.js';
import type { Topics } from './topics.js';

export interface BrokerServices {
  readonly nodeId: BrokerId;
  readonly clusterId: string;
  /** As they are now: ask when you act, and keep nothing of them. */
  readonly settings: BrokerSettings;
  readonly clock: Clock;
  /** What ApiVersions tells: the dispatch table, and nothing that is not in it. */
  readonly servedApis: readonly {
    readonly apiKey: number;
    readonly minVersion: number;
    readonly maxVersion: number;
  }[];
  /** The cluster as this broker knows it now. */
  image(): ClusterImage;
  readonly topics: Topics;
  readonly configChanges: ConfigChanges;
  readonly partitions: Partitions;
  readonly logDirectories: LogDirectories;
  readonly fetchSessions: FetchSessionCache;
  readonly groups: GroupCoordinators;
  /** Creates `__consumer_offsets` if it is missing; NONE once its partitions are led, else why they are not. */
  ensureOffsetsTopic(): Promise<ErrorCode>;
  nextProducerId(): Promise<ProducerId>;
  /** Where this peer should connect to reach this broker. */
  advertisedTo(peer: Peer): HostPort;
  /** How long, in ms, this peer is asked to hold back. The one throttle point; 0 until quotas arrive. */
  throttleMs(peer: Peer): Millis;
}
