import { expect, test } from 'vitest';
import { coordinatorPartition } from '../../../src/coordinator/coordinator-partition.js';

// hashCode as Java defines it, worked out apart from the code under test, and the partition of 50 that Kafka derives from it.
test.each([
  ['', 0, 0],
  ['a', 97, 47],
  ['hello', 99162322, 22],
  ['consumer-group-1', 147483020, 20],
  ['my-group', -1906497762, 12],
  // The smallest int: its absolute value is no int, and Kafka takes 0 for it.
  ['polygenelubricants', -2147483648, 0],
  ['グループ', 383750870, 20],
])('the group "%s", hash %i, is kept in partition %i', (id, _hash, partition) => {
  expect(coordinatorPartition(id, 50)).toBe(partition);
  expect(coordinatorPartition(id, 1)).toBe(0);
});
