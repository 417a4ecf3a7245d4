/** Names that a broker knows, asked while somebody waits with a finger on the tab key: soon, or not at all. */
import { listGroups } from '../../client/admin/groups.js';
import { listTopics } from '../../client/admin/topics.js';
import type { Address } from '../../ports/net.js';
import { withCluster } from '../with-cluster.js';

const TIMEOUTS = { connectTimeoutMs: 500, requestTimeoutMs: 1000 };
/** One attempt. */
const NO_RETRY_MS = 0;

/** @throws what a command throws that cannot reach its broker; the scripts show none of it */
export function namesOf(kind: 'topics' | 'groups', bootstrap: readonly Address[]): Promise<string[]> {
  return withCluster(
    { bootstrap },
    async (cluster) => {
      const names =
        kind === 'topics'
          ? (await listTopics(cluster, NO_RETRY_MS))
              .filter(({ isInternal }) => !isInternal)
              .map(({ name }) => name)
          : (await listGroups(cluster, NO_RETRY_MS)).map(({ groupId }) => groupId);
      return names.filter(fitsALine);
    },
    TIMEOUTS,
  );
}

/** A group may be called anything, also something that a terminal obeys. */
function fitsALine(name: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return name !== '' && !/[\u0000-\u001f\u007f-\u009f]/.test(name);
}
