/** The bit set by which Kafka tells a client what it may do (KIP-430): bit n stands for the operation with code n. */
import type { Operation, RequestContext, ResourceType } from './context.js';

const CODES: Readonly<Record<Operation | 'ClusterAction', number>> = {
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  ClusterAction: 9,
  DescribeConfigs: 10,
  AlterConfigs: 11,
  IdempotentWrite: 12,
};

const POSSIBLE: Readonly<Record<ResourceType, readonly Operation[]>> = {
  Topic: ['Read', 'Write', 'Create', 'Describe', 'Delete', 'Alter', 'DescribeConfigs', 'AlterConfigs'],
  Group: ['Read', 'Describe', 'Delete'],
  Cluster: ['Create', 'DescribeConfigs', 'AlterConfigs', 'IdempotentWrite', 'Alter', 'Describe'],
  TransactionalId: ['Describe', 'Write'],
};

/** What the answer carries when the client did not ask. */
export const NOT_ASKED = -0x80000000;

export function authorizedOperations(context: RequestContext, resource: ResourceType, name: string): number {
  let bits = 0;
  for (const operation of POSSIBLE[resource]) {
    if (context.mayEver(operation, resource, name)) bits |= 1 << CODES[operation];
  }
  return bits;
}
