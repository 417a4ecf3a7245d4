/** One input made from another: a few small injuries, of the kinds that wires, disks and attackers deal out. */
import type { Prng } from '../../src/base/prng.js';

const INJURIES_MAX = 4;
const INPUT_BYTES_MAX = 64 * 1024;
/** Where lengths, counts and offsets turn over. */
const EDGES = [0, 1, -1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, 0x7ffffffe];

export function mutate(input: Buffer, other: Buffer, prng: Prng): Buffer {
  let mutant: Buffer = Buffer.from(input);
  const injuries = prng.between(1, INJURIES_MAX);
  for (let injury = 0; injury < injuries; injury++) {
    mutant = prng.pick(INJURIES)(mutant, other, prng);
    if (mutant.length === 0) mutant = Buffer.of(prng.between(0, 255));
  }
  return mutant.subarray(0, INPUT_BYTES_MAX);
}

type Injury = (mutant: Buffer, other: Buffer, prng: Prng) => Buffer;

const place = (mutant: Buffer, prng: Prng): number => prng.between(0, Math.max(0, mutant.length - 1));

const flipBit: Injury = (mutant, _, prng) => {
  const at = place(mutant, prng);
  mutant[at] = mutant[at]! ^ (1 << prng.between(0, 7));
  return mutant;
};

const setByte: Injury = (mutant, _, prng) => {
  mutant[place(mutant, prng)] = prng.between(0, 255);
  return mutant;
};

const setEdge: Injury = (mutant, _, prng) => {
  const width = prng.pick([1, 2, 4, 8]);
  if (mutant.length < width) return mutant;
  const at = prng.between(0, mutant.length - width);
  const value = prng.pick(EDGES);
  if (width === 8) mutant.writeBigInt64BE(BigInt(value), at);
  else mutant.writeIntBE((value << (32 - width * 8)) >> (32 - width * 8), at, width);
  return mutant;
};

/** A number that is nearly right is worse than one that is far off. */
const nudge: Injury = (mutant, _, prng) => {
  if (mutant.length < 4) return mutant;
  const at = prng.between(0, mutant.length - 4);
  mutant.writeInt32BE((mutant.readInt32BE(at) + prng.between(-3, 3)) | 0, at);
  return mutant;
};

const cutEnd: Injury = (mutant, _, prng) => mutant.subarray(0, place(mutant, prng));

const cutOut: Injury = (mutant, _, prng) => {
  const from = place(mutant, prng);
  const to = Math.min(mutant.length, from + prng.between(1, 16));
  return Buffer.concat([mutant.subarray(0, from), mutant.subarray(to)]);
};

const insert: Injury = (mutant, _, prng) => {
  const at = place(mutant, prng);
  const bytes = Buffer.alloc(prng.between(1, 9), prng.pick([0, 0x80, 0xff, prng.between(0, 255)]));
  return Buffer.concat([mutant.subarray(0, at), bytes, mutant.subarray(at)]);
};

const repeat: Injury = (mutant, _, prng) => {
  const from = place(mutant, prng);
  const piece = mutant.subarray(from, from + prng.between(1, 64));
  return Buffer.concat([mutant.subarray(0, from), piece, mutant.subarray(from)]);
};

/** The beginning of one, the end of another. */
const splice: Injury = (mutant, other, prng) =>
  Buffer.concat([mutant.subarray(0, place(mutant, prng)), other.subarray(place(other, prng))]);

const overwrite: Injury = (mutant, other, prng) => {
  const from = place(other, prng);
  other.copy(mutant, place(mutant, prng), from, from + prng.between(1, 32));
  return mutant;
};

const INJURIES: readonly Injury[] = [
  flipBit,
  setByte,
  setEdge,
  nudge,
  cutEnd,
  cutOut,
  insert,
  repeat,
  splice,
  overwrite,
];
