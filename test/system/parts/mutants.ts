/** Frames that nearly make sense: valid requests of every API and version, with a few bytes that lie. */
import type { Prng } from '../../../src/base/prng.js';
import type { Api } from '../../../src/wire/schema.js';
import { minimalRequest } from '../../unit/broker/parts/minimal-requests.js';
import { frameOf } from '../../unit/broker/parts/raw-connection.js';

const EXTREMES = [0x7fffffff, -1, -2, 0x01000000, 0x00200000, 0, 1];
const HEADER_BYTES = 12;

export interface Mutant {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A whole frame, whose size is right: what lies is inside. */
export function mutant(api: Api, version: number, prng: Prng): Mutant {
  const request = minimalRequest(api, version);
  // What is created is only looked at: a lie in a count must not make ten thousand partitions.
  const harmless = 'validateOnly' in request ? { ...request, validateOnly: true } : request;
  const frame = frameOf(api, version, 1, harmless);
  let body = frame.subarray(HEADER_BYTES);
  const changes = 1 + below(prng, 2);
  for (let at = 0; at < changes; at++) body = mutated(body, prng);
  const bytes = Buffer.concat([frame.subarray(0, HEADER_BYTES), body]);
  bytes.writeInt32BE(bytes.length - 4, 0);
  return { name: `${api.name} ${version}: ${bytes.toString('hex')}`, bytes };
}

function mutated(body: Buffer, prng: Prng): Buffer {
  const copy = Buffer.from(body);
  if (copy.length === 0) return prng.fill(Buffer.alloc(4));
  const at = below(prng, copy.length);
  switch (below(prng, 6)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      return Buffer.concat([
        copy.subarray(0, at),
        prng.fill(Buffer.alloc(1 + below(prng, 8))),
        copy.subarray(at),
      ]);
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(below(prng, copy.length))]);
    case 3:
      if (copy.length >= 4)
        copy.writeInt32BE(EXTREMES[below(prng, EXTREMES.length)]!, Math.min(at, copy.length - 4));
      return copy;
    case 4:
      copy[at] = below(prng, 256);
      return copy;
    default:
      copy[at]! ^= 1 << below(prng, 8);
      return copy;
  }
}

export function below(prng: Prng, limit: number): number {
  return Math.floor(prng.random() * limit);
}
