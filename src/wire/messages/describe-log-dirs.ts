/**
 * DescribeLogDirs (key 35, KIP-113): which directories a broker keeps its logs in, and how large each log is.
 *
 * 2 is flexible, 3 adds an error of the whole answer, 4 adds the size of the volume (KIP-827).
 */
import { durationMs, partitionIndex } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int16, int64, string } from '../schema.js';

export const DescribeLogDirs = api(
  'DescribeLogDirs',
  { key: 35, versions: '1-4', flexible: 2 },
  {
    request: {
      topics: array({ topic: string, partitions: array(partitionIndex) }).nullable(), // null: all
    },
    response: {
      throttleTimeMs: durationMs,
      errorCode: int16.in('3+').ignorable(),
      results: array({
        errorCode: int16,
        logDir: string,
        topics: array({
          name: string,
          partitions: array({
            partitionIndex,
            partitionSize: int64, // bytes
            offsetLag: int64, // behind the high watermark; of a future replica: behind the current one
            isFutureKey: boolean,
          }),
        }),
        totalBytes: int64.in('4+').default(-1).ignorable(), // -1: unknown
        usableBytes: int64.in('4+').default(-1).ignorable(),
      }),
    },
  },
);

export type DescribeLogDirsRequest = Infer<typeof DescribeLogDirs.request>;
export type DescribeLogDirsResponse = Infer<typeof DescribeLogDirs.response>;
export type DescribeLogDirsResponseDraft = DraftOf<typeof DescribeLogDirs.response>;
