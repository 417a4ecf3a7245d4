import type { MetadataFollower } from '../metadata/follow.js';
import type { LocalReplicas } from './local-replicas.js';

/** Runs a change of the metadata; resolves when it is in effect on this broker, so that the next request finds what this one made. */
export type InEffect = <Result>(change: () => Promise<Result>) => Promise<Result>;

export function inEffect(follower: MetadataFollower, replicas: LocalReplicas): InEffect {
  return async (change) => {
    const result = await change();
    // The controller answers when the image has the change; the logs follow the image.
    await replicas.waitFor(follower.image.revision);
    return result;
  };
}
