/**
 * Produce, then fetch, as fast as it goes: two kcat producers (librdkafka) write a load, and kcat consumers read it back. Per cell of
 * record size × partitions × acks. One broker serves all cells of a contender, after a warm-up, so that Java's compiler has seen the code.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { succeed } from '../../test/interop/harness/processes.mjs';
import { withBroker } from './contenders.mjs';
import { createTopic } from './topics.mjs';
import { writeLoad } from './load-file.mjs';
import { measured, peakRssMiB, saturated } from './measure.mjs';

const TIMEOUT_MS = 600_000;

/** No output: what kcat prints would cost it more than what it reads. */
const SILENT = ['-q', '-f', ''];

/** Loads of each record size, written once. */
export async function writeLoads(directory, sizes, mib) {
  const loads = new Map();
  for (const bytes of sizes) {
    // Small records cost by their number, not their bytes.
    const total = (bytes < 1000 ? mib / 4 : mib) * 2 ** 20;
    const path = join(directory, `load-${bytes}`);
    loads.set(bytes, { bytes, path, lines: await writeLoad(path, bytes, total / 2) });
  }
  return loads;
}

/** @returns {Promise<object[]>} one row for each cell */
export function throughputRound(contender, { loads, partitions, acks }) {
  return withBroker(contender, async (broker) => {
    await warmUp(broker, [...loads.values()].find(({ bytes }) => bytes >= 1000) ?? [...loads.values()][0]);
    const rows = [];
    for (const load of loads.values()) {
      for (const count of partitions) {
        for (const ack of acks) rows.push(await cell(contender, broker, load, count, ack));
      }
    }
    return rows;
  });
}

async function warmUp(broker, load) {
  await createTopic(broker, 'warm-up', 12);
  await produce(broker, 'warm-up', load, 'all');
  await consume(broker, 'warm-up', 2 * load.lines);
}

async function cell(contender, broker, load, partitions, acks) {
  const topic = `load-${load.bytes}-${partitions}-${acks}`;
  await createTopic(broker, topic, partitions);
  const gb = (2 * load.lines * load.bytes) / 1e9;
  const produced = await measured(broker.pid, () => produce(broker, topic, load, acks));
  const fetched = await measured(broker.pid, () => consume(broker, topic, 2 * load.lines));
  return {
    contender: contender.id,
    recordBytes: load.bytes,
    partitions,
    acks,
    ...figures(contender, 'produce', produced, gb),
    ...figures(contender, 'fetch', fetched, gb),
    peakRssMiB: await peakRssMiB(broker.pid),
  };
}

function figures(contender, what, each, gb) {
  return {
    [`${what}MBs`]: (gb * 1000) / each.seconds,
    [`${what}CpuPerGB`]: each.cpuSeconds / gb,
    [`${what}Cores`]: each.cores,
    [`${what}Saturated`]: saturated(contender, each),
  };
}

export function produce(broker, topic, load, acks, producers = 2) {
  const args = ['-P', '-b', broker.bootstrap, '-t', topic, '-X', `acks=${acks}`, '-l', load.path];
  return Promise.all(
    Array.from({ length: producers }, () => succeed('kcat', args, { timeoutMs: TIMEOUT_MS })),
  );
}

/** All partitions by one consumer, from their beginning until it has seen `count` records. */
export function consume(broker, topic, count) {
  const args = ['-C', '-b', broker.bootstrap, '-t', topic, '-o', 'beginning', '-c', String(count), ...SILENT];
  return succeed('kcat', args, { timeoutMs: TIMEOUT_MS });
}

export async function removeLoads(loads) {
  for (const { path } of loads.values()) await rm(path, { force: true });
}
