/**
 * Whether an answer left only when its records were on the disk, seen from the system calls of the broker: for every batch that the answer
 * acknowledges there must be a sync that began after the batch's bytes were written and had returned before the answer's were sent. Of the
 * segment's file, or of the sync journal's with the same bytes in it.
 */
import type { SystemCall, Write } from './system-calls.js';

export interface Acknowledged {
  readonly correlationId: number;
  readonly batches: readonly {
    /** `orders-3` */
    readonly partition: string;
    /** Bytes that are in this batch and nowhere else, in two places: the journal may cover one of them. */
    readonly marker: Buffer;
  }[];
}

export interface Verdict {
  readonly bySegment: number;
  readonly byJournal: number;
  /** One sentence for each batch whose sync is missing. */
  readonly uncovered: readonly string[];
}

export function coveringSyncs(
  calls: readonly SystemCall[],
  clientPort: number,
  acknowledged: readonly Acknowledged[],
): Verdict {
  const writes = calls.filter((call): call is Write => call.kind === 'write');
  const files = writes.filter(({ target }) => target.startsWith('/'));
  const sentAt = answersSent(writes.filter(({ target }) => target.endsWith(`:${clientPort}]`)));
  const verdict = { bySegment: 0, byJournal: 0, uncovered: [] as string[] };
  for (const { correlationId, batches } of acknowledged) {
    const answeredAt = sentAt.get(correlationId);
    if (answeredAt === undefined) throw new Error(`the trace does not show the answer ${correlationId}`);
    for (const { partition, marker } of batches) {
      const covered = (of: (path: string) => boolean): boolean =>
        files.some(
          (write) =>
            of(write.target) &&
            write.bytes.includes(marker) &&
            calls.some(
              (call) =>
                call.kind === 'sync' &&
                call.target === write.target &&
                call.begunAt > write.returnedAt &&
                call.returnedAt < answeredAt,
            ),
        );
      if (covered((path) => path.includes(`/${partition}/`) && path.endsWith('.log'))) verdict.bySegment += 1;
      else if (covered((path) => path.includes('/redo-journal.'))) verdict.byJournal += 1;
      else verdict.uncovered.push(`answer ${correlationId} left before ${partition} was synced`);
    }
  }
  return verdict;
}

/** When the first byte of each answer began to be sent, by correlation id. The writes are those to one connection. */
function answersSent(writes: readonly Write[]): Map<number, number> {
  const sentAt = new Map<number, number>();
  const stream = Buffer.concat(writes.map(({ bytes }) => bytes));
  let next = 0;
  let base = 0;
  for (const { bytes, begunAt } of writes) {
    // Every frame that starts in this write.
    while (next < base + bytes.length && next + 8 <= stream.length) {
      sentAt.set(stream.readInt32BE(next + 4), begunAt);
      next += 4 + stream.readInt32BE(next);
    }
    base += bytes.length;
  }
  return sentAt;
}
