/**
 * `log dump` and `log verify` over injured files: whoever runs them does so because something is wrong. They say what, and what `verify`
 * calls sound a start neither cuts nor refuses.
 */
import { UserError } from '../../../src/base/errors.js';
import { findLogs, readRoot } from '../../../src/cli/log-files/data-directory.js';
import { dump } from '../../../src/cli/log-files/dump.js';
import { itemText } from '../../../src/cli/log-files/item-text.js';
import { type VerifiedLog, verifyLog } from '../../../src/cli/log-files/verify-log.js';
import { type DiskImage, diskWith, readOnly } from '../parts/disk-image.js';
import { InjuredLogs } from '../parts/injured-logs.js';
import { ListeningLogger } from '../parts/listening-logger.js';
import { LOG_DIRECTORY, openLogDirectory } from '../parts/log-images.js';
import { settles } from '../parts/settles.js';
import { mustHold, type Target } from '../target.js';

const ITEMS_MAX = 5000;
const logs = new InjuredLogs({ injuriesMax: 5 });

export const logTools: Target = {
  name: 'log-tools',
  roundInputs: 40,
  seeds: () => logs.seeds([0, 1]),
  run: (bytes) => settles(look(logs.injured(bytes).image), 'log dump or log verify'),
};

async function look(image: DiskImage): Promise<void> {
  const disk = readOnly(await diskWith(image));
  let items = 0;
  for (const path of [LOG_DIRECTORY, ...image.keys()]) {
    const options = {
      format: 'text',
      records: true,
      keyFormat: 'text',
      valueFormat: 'hex',
      decode: 'auto',
    } as const;
    const emit = async (item: Parameters<typeof itemText>[0]): Promise<'go on' | 'stop'> => {
      mustHold(itemText(item).endsWith('\n'), () => 'an item has no line of its own');
      JSON.stringify(item);
      return ++items < ITEMS_MAX ? 'go on' : 'stop';
    };
    await unlessToldWhy(dump(disk, path, options, emit));
  }
  const found = await unlessToldWhy(findLogs(disk, LOG_DIRECTORY));
  if (found === null) return;
  const root = await readRoot(disk, found.root);
  const sound: VerifiedLog[] = [];
  for (const log of found.logs) {
    let bytes = 0;
    const onBytes = (more: number): void => {
      bytes += more;
    };
    const verified = await verifyLog(log, { disk, root, compression: logs.compression, onBytes });
    mustHold(
      verified.findings.state === 'sound' || verified.findings.list.length > 0,
      () => 'damage without a word',
    );
    mustHold(verified.startOffset <= verified.endOffset, () => 'a log ends before it begins');
    mustHold(bytes >= 0 && verified.bytes >= 0, () => 'fewer than no bytes');
    // Kafka of old wrote no topic id beside a log: to look at, such a one is sound; we do not open it.
    if (verified.findings.state === 'sound' && verified.topicId !== null) sound.push(verified);
  }
  await opensAsVerified(image, sound);
}

/** A journal has more to say than the logs; without one, a start finds what was verified. */
async function opensAsVerified(image: DiskImage, sound: readonly VerifiedLog[]): Promise<void> {
  if (sound.length === 0 || [...image.keys()].some((path) => path.includes('redo-journal'))) return;
  const logger = new ListeningLogger();
  const directory = await unlessToldWhy(openLogDirectory(await diskWith(image), logs.compression, logger));
  if (directory === null) return;
  for (const { name, endOffset } of sound) {
    const log = directory.get(name);
    mustHold(
      log !== undefined,
      () => `${name} is called sound, and a start leaves it shut: ${String(directory.whyShut(name))}`,
    );
    mustHold(
      log.endOffset === endOffset,
      () => `${name} is called sound up to ${endOffset}, and opens to ${log.endOffset}`,
    );
  }
  await directory.close();
}

async function unlessToldWhy<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
