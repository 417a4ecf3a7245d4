/** A whole broker without sockets, over a memory disk and a clock that stands still, so that nothing runs beside what is measured. */
import { Broker } from '../../../src/broker/broker.js';
import { readBrokerSettings } from '../../../src/broker/settings/broker-settings.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { memoryNet } from '../../../src/ports/memory/net.js';
import { BatchBuilder } from '../../../src/records/builder.js';
import { ErrorCode } from '../../../src/wire/errors.js';

const RECORD_BYTES = 100;
const NOW_MS = 1_700_000_000_000;
const APPEND_TIMEOUT_MS = 30_000;

export const clock = manualClock(NOW_MS);

export async function openBroker(): Promise<Broker> {
  const broker = await Broker.open({
    ports: { clock, disk: memoryDisk(), net: memoryNet(), entropy: seededEntropy(1) },
    logger: { ...SILENT_LOGGER, error: (message, fields) => console.error(message, fields) },
    settings: readBrokerSettings(new Map()),
    directories: ['/data'],
  });
  await broker.announce({ host: '127.0.0.1', port: 9092 });
  return broker;
}

/** Of records of 100 B, a little smaller than `bytes`. */
export function newBatch(bytes: number): Buffer {
  const builder = new BatchBuilder();
  while (builder.estimatedBytes < bytes - 2 * RECORD_BYTES) {
    builder.append({ key: null, value: Buffer.alloc(RECORD_BYTES, 'x'), timestamp: NOW_MS });
  }
  return builder.build();
}

/** A new topic, to each partition of which `batch` is appended so many times. All of it is durable when this resolves. */
export async function createFilled(
  broker: Broker,
  { topic, partitions }: { readonly topic: string; readonly partitions: number },
  batch: Buffer,
  batches: number,
): Promise<void> {
  const counts = { partitionCount: partitions, replicationFactor: 1 };
  const topics = [{ name: topic, ...counts, assignments: [], configs: new Map<string, string>() }];
  for (const { error } of await broker.topics.create(topics, { validateOnly: false }))
    if (error !== ErrorCode.NONE) throw new Error(`${topic} could not be made: ${error}`);
  const parts = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, records: batch }));
  const rules = { acks: -1, nowMs: NOW_MS, allowZstd: true, maxDecompressedBytes: 0 } as const;
  for (let nth = 0; nth < batches; nth++) {
    for (const { error } of await broker.partitions.append(parts, rules, APPEND_TIMEOUT_MS))
      if (error !== ErrorCode.NONE) throw new Error(`an append to ${topic} failed: ${error}`);
  }
}
