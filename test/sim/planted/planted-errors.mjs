/**
 * Errors of the kind that brokers have had, each put into a copy of the sources, alone. The simulation must find every one of them, or it is too
 * tame: this list is the simulation's own test.
 *
 * `find` stands exactly once in `file`: a change of the sources that moves it must move it here too.
 */

/** @type {readonly { name: string, file: string, find: string, replace: string }[]} */
export const PLANTED_ERRORS = [
  {
    name: 'an append is acknowledged when it is written, not when it is synced',
    file: 'src/log/log-writer.ts',
    find: `      this.#advanceDurable(mark.offset);
    }`,
    replace: `    }
    this.#advanceDurable(mark.offset);`,
  },
  {
    name: 'acks=1 is answered when it is written, not when it is synced',
    file: 'src/replication/partition.ts',
    find: `const reached = acks === 1 ? this.log.durableEnd : this.highWatermark;`,
    replace: `const reached = acks === 1 ? end : this.highWatermark;`,
  },
  {
    name: 'a direct sync is reported before it is over',
    file: 'src/log/segment.ts',
    find: `      await sync;
      if (this.#syncing === sync)`,
    replace: `      void sync;
      if (this.#syncing === sync)`,
  },
  {
    name: 'a journal record is reported before it is synced',
    file: 'src/log/journal-file.ts',
    find: `      kind = 'not synced';
      await this.#file.sync();`,
    replace: `      kind = 'not synced';`,
  },
  {
    name: 'an index is put in place before it is synced',
    file: 'src/log/segment.ts',
    find: `  await writeWhole(disk, temporary, bytes);
  await disk.rename(temporary, path);`,
    replace: `  const file = await disk.open(temporary, { create: true });
  await file.truncate(0);
  await file.write([bytes], 0);
  await file.close();
  await disk.rename(temporary, path);`,
  },
  {
    name: 'the directory is not synced when a segment begins',
    file: 'src/log/log-writer.ts',
    find: `    await disk.syncDir(directory);
    previous.deactivate();`,
    replace: `    previous.deactivate();`,
  },
  {
    name: 'a segment is not synced when the next one begins',
    file: 'src/log/log-writer.ts',
    find: `failureOf(previous.sync()),`,
    replace: `failureOf(Promise.resolve()),`,
  },
  {
    name: 'the recovery point lies too far ahead',
    file: 'src/log/log-writer.ts',
    find: `unsealed.phase === 'inactive' ? unsealed.baseOffset : within(unsealed, this.#fileSyncedEnd);`,
    replace: `this.#endOffset;
      void within;`,
  },
  {
    name: 'a restarted leader goes on in its old epoch',
    file: 'src/metadata/controller/election.ts',
    find: `    leader: elected,
    leaderEpoch: partition.leaderEpoch + 1,`,
    replace: `    leader: elected,`,
  },
  {
    name: 'producers are forgotten at a restart',
    file: 'src/log/recover.ts',
    find: `this.producers.restore(snapshot?.entries ?? []);`,
    replace: ``,
  },
  {
    name: 'the producer whose first batch was taken back is forgotten',
    file: 'src/log/producers.ts',
    find: `this.#awaited.set(producerId, { producerEpoch, baseSequence, since: undefined });`,
    replace: ``,
  },
  {
    name: 'the journal is not replayed',
    file: 'src/log/journal-replay.ts',
    find: `const bytes = await carryOut(options, journals, plan);`,
    replace: `const bytes = 0;`,
  },
  {
    name: 'the journal replays records of an earlier generation',
    file: 'src/log/journal.ts',
    find: `if (start.readUInt32BE(0) !== RECORD_MAGIC || readInt64(start, 8) !== generation) return undefined;`,
    replace: `if (start.readUInt32BE(0) !== RECORD_MAGIC) return undefined;`,
  },
  {
    name: 'the journal forgets what was discarded',
    file: 'src/log/journal-replay.ts',
    find: `        byLog.delete(key);`,
    replace: ``,
  },
  {
    name: 'the journal is emptied before the logs in it are synced',
    file: 'src/log/journal-rotation.ts',
    find: `if (!file.owed.has(key) || !(await this.#options.syncLog(log))) continue;`,
    replace: `if (!file.owed.has(key)) continue;
      void log;`,
  },
  {
    name: 'metadata is answered before it is synced',
    file: 'src/metadata/store/embedded/log-files.ts',
    find: `      await file.sync();
    } catch (error) {
      // After a failed sync`,
    replace: `    } catch (error) {
      // After a failed sync`,
  },
  {
    name: 'what a killed process left in the page cache is taken for durable',
    file: 'src/log/segment.ts',
    find: `    await file.truncate(content.bytes);
    await file.sync();`,
    replace: `    await file.truncate(content.bytes);`,
  },
  {
    name: 'a data directory that is found is taken for durable',
    file: 'src/broker/directories.ts',
    find: `await syncNameOf(disk, found);`,
    replace: `void syncNameOf;`,
  },
  {
    name: 'checksums are not looked at when a log is recovered',
    file: 'src/log/recover.ts',
    find: `if (!crcMatches(buffer, at)) return 'the checksum is wrong';`,
    replace: ``,
  },
  {
    name: 'bytes behind the last batch of a full segment cost the segments that follow',
    file: 'src/log/recovery.ts',
    find: `return next?.baseOffset === scan.endOffset;`,
    replace: `return scan.problem === null && next?.baseOffset === scan.endOffset;`,
  },
];
