/** A broker's entry in the store, and the controller's place: pure decisions. */
import type { BrokerImage, ClusterImage, ControllerImage } from '../image.js';
import { brokerKey, CONTROLLER_KEY } from '../keys.js';
import type { BrokerRegistration } from '../records.js';
import type { Compare, LeaseId, StoreChange } from '../store/store.js';
import { encodeValue } from '../values.js';

/** What a starting broker may do about its key. */
export type RegistrationDecision =
  | { readonly kind: 'register'; readonly change: StoreChange }
  /** Somebody holds the id: another broker, or the run of this one that has just died and whose lease still lasts. */
  | { readonly kind: 'wait'; readonly holder: BrokerImage };

export function decideRegistration(
  image: ClusterImage,
  registration: BrokerRegistration,
  lease: LeaseId,
): RegistrationDecision {
  const { brokerId } = registration;
  const holder = image.brokers.get(brokerId);
  // Our own entry under a lease that we have lost goes with that lease; until then it is not ours to use.
  if (holder !== undefined) return { kind: 'wait', holder };
  const key = brokerKey(brokerId);
  return {
    kind: 'register',
    change: {
      compares: [{ key, modRevision: 0 }],
      puts: [{ key, value: encodeValue('broker', registration), lease }],
      deletes: [],
    },
  };
}

/** Takes the controller's place; undefined when it is taken. */
export function decideClaim(
  image: ClusterImage,
  { brokerId, incarnation }: BrokerRegistration,
  lease: LeaseId,
): StoreChange | undefined {
  if (image.controller !== undefined) return undefined;
  return {
    compares: [{ key: CONTROLLER_KEY, modRevision: 0 }],
    puts: [{ key: CONTROLLER_KEY, value: encodeValue('controller', { brokerId, incarnation }), lease }],
    deletes: [],
  };
}

/** Holds as long as this very controller is in place: every write of a controller carries it, so a deposed one's fail by themselves. */
export function stillController({ createRevision }: ControllerImage): Compare {
  return { key: CONTROLLER_KEY, createRevision };
}
