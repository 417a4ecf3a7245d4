/** A control batch that claims to be compressed: no broker writes one, and a log that has one opens. Found by fuzzing the files of a log directory. */
import { expect, test } from 'vitest';
import { memoryDisk } from '../../../../src/ports/memory/disk.js';
import { Compression } from '../../../../src/records/compression/compression.js';
import { GZIP } from '../../../../src/records/compression/compressor.js';
import { append, batchOf, openLog, readAll, settle } from './harness.js';

test('a start over a compressed control batch keeps it, and takes it for no marker', async () => {
  const compression = new Compression();
  await compression.load(GZIP);
  const marker = batchOf({ codec: GZIP, compression, control: true, transactional: true, producerId: 7 });
  const disk = memoryDisk();
  const before = await openLog({ disk });
  append(before.log, marker);
  append(before.log, batchOf());
  await settle();
  const held = await readAll(before.log);
  await before.log.close();
  // Without a checkpoint each batch is looked at.
  const { log } = await openLog({ disk });
  expect(await readAll(log)).toEqual(held);
  expect(log.endOffset).toBe(2);
});
