/** The results of all parts in one JSON file, and the page made from it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from './measure.mjs';

const TITLES = {
  weight: 'Start and weight',
  throughput: 'Throughput',
  reading: 'Reading',
  latency: 'Latency at fixed rates',
};

/** Puts a part's results in place of its last ones, and writes the page anew. */
export async function savePart(directory, part, run, contenders) {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'matrix.json');
  const saved = JSON.parse(await readFile(file, 'utf8').catch(ifMissing('{}')));
  saved[part] = run;
  await writeFile(file, `${JSON.stringify(saved, null, 1)}\n`);
  await writeFile(join(directory, 'matrix.md'), page(saved, contenders));
}

function ifMissing(value) {
  return (error) => {
    if (error.code !== 'ENOENT') throw error;
    return value;
  };
}

function page(saved, contenders) {
  const parts = Object.keys(TITLES).filter((part) => saved[part] !== undefined);
  const sections = parts.map((part) => {
    const { command, machine, at, rounds, result } = saved[part];
    const head = `## ${TITLES[part]}\n\n\`${command}\`\n\n${at}; ${machine}; medians of ${rounds} rounds.`;
    return `${head}\n\n${SECTIONS[part](result, contenders)}`;
  });
  return `# Millrace beside Apache Kafka

Broker and load share the machine's cores. CPU s/GB is the broker's own, per gigabyte (10⁹ bytes) of record values. In brackets: ratio to
Apache Kafka's defaults in the same run. Kafka runs with the JVM flags of its own start script (G1, 1 GiB heap) and is warmed up first.

${sections.join('\n\n')}\n`;
}

/** Medians over rounds of each number; texts of the first round. One row per distinct `key`. */
function medians(rows, key) {
  const groups = groupBy(rows, key);
  return [...groups.values()].map((group) =>
    Object.fromEntries(
      Object.entries(group[0]).map(([name, value]) => [
        name,
        middle(
          value,
          group.map((row) => row[name]),
        ),
      ]),
    ),
  );
}

function middle(first, values) {
  if (typeof first === 'number') return median(values);
  if (first === null || typeof first !== 'object') return first;
  return Object.fromEntries(
    Object.keys(first).map((name) => [
      name,
      middle(
        first[name],
        values.map((value) => value[name]),
      ),
    ]),
  );
}

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

function table(header, rows) {
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const short = (number) =>
  number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2);

/** A figure, and its ratio to Kafka's. */
function beside(value, kafka) {
  return kafka === undefined ? short(value) : `${short(value)} (${short(value / kafka)})`;
}

function namer(contenders) {
  const names = new Map(contenders.map(({ id, name }) => [id, name]));
  return (id) => names.get(id);
}

const SECTIONS = {
  weight(result, contenders) {
    const nameOf = namer(contenders);
    const rows = medians(result, ({ contender }) => contender);
    const kafka = rows.find(({ contender }) => contender === 'kafka');
    return table(
      ['broker', 'start to first acknowledged record, ms', 'idle RSS, MiB'],
      rows.map((row) => [
        nameOf(row.contender),
        beside(row.firstRecordMs, kafka?.firstRecordMs),
        beside(row.idleRssMiB, kafka?.idleRssMiB),
      ]),
    );
  },
  throughput(result, contenders) {
    const nameOf = namer(contenders);
    const cellOf = ({ recordBytes, partitions, acks }) => `${recordBytes} ${partitions} ${acks}`;
    const rows = medians(result, (row) => `${row.contender} ${cellOf(row)}`);
    const cells = [...new Set(rows.map(cellOf))];
    return cells
      .map((cell) => {
        const here = rows.filter((row) => cellOf(row) === cell);
        const kafka = here.find(({ contender }) => contender === 'kafka');
        const [{ recordBytes, partitions, acks }] = here;
        return `### ${recordBytes} B, ${partitions} partition${partitions === 1 ? '' : 's'}, acks=${acks}\n\n${table(
          [
            'broker',
            'produce MB/s',
            'CPU s/GB',
            'saturated',
            'fetch MB/s',
            'CPU s/GB',
            'saturated',
            'peak RSS, MiB',
          ],
          here.map((row) => [
            nameOf(row.contender),
            beside(row.produceMBs, kafka?.produceMBs),
            beside(row.produceCpuPerGB, kafka?.produceCpuPerGB),
            row.produceSaturated,
            beside(row.fetchMBs, kafka?.fetchMBs),
            beside(row.fetchCpuPerGB, kafka?.fetchCpuPerGB),
            row.fetchSaturated,
            short(row.peakRssMiB),
          ]),
        )}`;
      })
      .join('\n\n');
  },
  reading(result, contenders) {
    const nameOf = namer(contenders);
    const rows = medians(result, ({ contender }) => contender);
    const kafka = rows.find(({ contender }) => contender === 'kafka');
    const ways = {
      cold: 'a cold backlog',
      tail: 'the tail while it is written (bytes in and out)',
      both: 'a cold backlog while another topic is written (bytes in and out)',
    };
    return Object.entries(ways)
      .map(
        ([way, title]) =>
          `### ${title}\n\n${table(
            ['broker', 'MB/s', 'CPU s/GB', 'saturated'],
            rows.map((row) => [
              nameOf(row.contender),
              beside(row[way].MBs, kafka?.[way].MBs),
              beside(row[way].cpuPerGB, kafka?.[way].cpuPerGB),
              row[way].saturated,
            ]),
          )}`,
      )
      .join('\n\n');
  },
  latency({ maxima, rows }, contenders) {
    const nameOf = namer(contenders);
    const kafkaMax = maxima.find(({ contender }) => contender === 'kafka');
    const maximum = table(
      ['broker', 'produce MB/s', 'CPU s/GB', 'fetch CPU s/GB', 'saturated', 'peak RSS, MiB'],
      maxima.map((row) => [
        nameOf(row.contender),
        beside(row.mbPerSecond, kafkaMax?.mbPerSecond),
        beside(row.produceCpuPerGB, kafkaMax?.produceCpuPerGB),
        beside(row.fetchCpuPerGB, kafkaMax?.fetchCpuPerGB),
        row.saturated,
        short(row.peakRssMiB),
      ]),
    );
    const middles = medians(rows, ({ contender, share }) => `${contender} ${share}`);
    const shares = [...new Set(middles.map(({ share }) => share))];
    const atRates = shares.map((share) => {
      const here = middles.filter((row) => row.share === share);
      const kafka = here.find(({ contender }) => contender === 'kafka');
      const times = (what) => (row) =>
        ['p50', 'p99', 'p99.9'].map((quantile) => beside(row[what][quantile], kafka?.[what][quantile]));
      return `### ${share * 100} % of Kafka’s maximum: ${here[0].recordsPerSecond} records of 1 KiB a second\n\n${table(
        [
          'broker',
          'acknowledged p50, ms',
          'p99',
          'p99.9',
          'delivered p50, ms',
          'p99',
          'p99.9',
          'reached, records/s',
        ],
        here.map((row) => [
          nameOf(row.contender),
          ...times('acknowledgedMs')(row),
          ...times('deliveredMs')(row),
          row.achievedPerSecond.toFixed(0),
        ]),
      )}`;
    });
    return [
      'Java’s ProducerPerformance and ConsumerPerformance, as fast as they go, 12 partitions, acks=all:',
      maximum,
      'Java’s producer (linger 0) and consumer at a fixed rate, 12 partitions, acks=all; times count from when a record was due, so nothing is omitted while a broker stalls:',
      ...atRates,
    ].join('\n\n');
  },
};
