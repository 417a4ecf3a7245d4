/**
 * DescribeLogDirs, 1 to 4: which of `log.dirs` holds which logs, and how large they are (KIP-113). A partition that is not here is left
 * out, whether or not it is anywhere.
 *
 * 2: flexible. 3: an error of the whole answer. 4: size and room of the volume (KIP-827).
 */
import { ErrorCode } from '../../wire/errors.js';
import { DescribeLogDirs } from '../../wire/messages/describe-log-dirs.js';
import type { DraftOf, Infer } from '../../wire/schema.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';
import type { DescribedLog, DescribedLogDirectory } from '../log-directories.js';

type Asked = Infer<typeof DescribeLogDirs.request>['topics'];
type Answer = DraftOf<typeof DescribeLogDirs.response>['results'][number];

export const describeLogDirs = handler(
  DescribeLogDirs,
  { order: 'alone', touches: [['Describe', 'Cluster']] },
  async (request, context, services) => {
    if (!context.authorize('Describe', 'Cluster', CLUSTER)) {
      return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, results: [] };
    }
    const isAsked = selection(request.topics);
    const directories = await services.logDirectories.describe();
    return {
      errorCode: ErrorCode.NONE,
      results: directories.map((directory) => answer(directory, isAsked)),
    };
  },
);

/** Null asks for all. */
function selection(topics: Asked): (log: DescribedLog) => boolean {
  if (topics === null) return () => true;
  const asked = new Set(
    topics.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}-${partition}`)),
  );
  return ({ topic, index }) => asked.has(`${topic}-${index}`);
}

function answer(
  { path, error, totalBytes, usableBytes, logs }: DescribedLogDirectory,
  isAsked: (log: DescribedLog) => boolean,
): Answer {
  const byTopic = new Map<string, DescribedLog[]>();
  for (const log of logs.filter(isAsked)) {
    const found = byTopic.get(log.topic);
    if (found) found.push(log);
    else byTopic.set(log.topic, [log]);
  }
  return {
    errorCode: error,
    logDir: path,
    topics: Array.from(byTopic, ([name, found]) => ({
      name,
      partitions: found.map(({ index, sizeBytes, offsetLag }) => ({
        partitionIndex: index,
        partitionSize: sizeBytes,
        offsetLag,
        isFutureKey: false,
      })),
    })),
    totalBytes,
    usableBytes,
  };
}
