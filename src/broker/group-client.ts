import type { GroupClient } from '../coordinator/group/requests.js';
import type { RequestContext } from './context.js';

/** Who asks a group coordinator; Kafka prints hosts as Java does, `/192.0.2.1`. */
export function groupClient(context: RequestContext): GroupClient {
  return {
    apiVersion: context.apiVersion,
    clientId: context.clientId ?? '',
    clientHost: `/${context.peer.remote.host}`,
  };
}
