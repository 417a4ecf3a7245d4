/**
 * Is every wrong argument told as Kafka tells it? The table in test/error-codes, as raw requests of Kafka's protocol: once against Apache Kafka, whose
 * answers must be those on record (kafka.json, from which the unit tests take what they expect), and once against ours, which must be the same, or
 * differ where the table says why.
 *
 *   node run.mjs error-codes                  holds both against the record
 *   RECORD=1 node run.mjs error-codes         writes the record and docs/error-codes.md anew
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../../scripts/bundle.mjs';
import { startBroker } from '../harness/brokers.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const RECORD = new URL('../../error-codes/kafka.json', import.meta.url);
const REPORT = new URL('../../../docs/error-codes.md', import.meta.url);

/** @param {string} version of Apache Kafka */
export const errorCodesSuite =
  (version) =>
  async ({ checks, broker: kind }) => {
    const outfile = `${ROOT}.cache/error-codes.mjs`;
    await bundle(ROOT, 'test/error-codes/over-tcp.ts', outfile);
    const { askBroker, TABLE, nameOf } = await import(outfile);
    const answers = async (broker) => {
      // Made when a transactional id is looked for: fifty partitions would take long.
      const { bootstrap, end, remove } = await startBroker(broker, {
        'transaction.state.log.num.partitions': '1',
      });
      try {
        return new Map((await askBroker(bootstrap)).map(({ name, codes }) => [name, codes]));
      } finally {
        await end();
        await remove();
      }
    };

    let kafkas;
    await checks.check(`Apache Kafka ${version} is asked`, async () => {
      kafkas = await answers(version);
    });
    let ours;
    await checks.check(`${kind} is asked`, async () => {
      ours = await answers(kind);
    });
    if (kafkas === undefined || ours === undefined) return;

    const rows = TABLE.map((row) => {
      const name = nameOf(row);
      return { ...row, name, kafkas: kafkas.get(name), ours: ours.get(name) };
    });
    const report = reportOf(version, rows);
    if (process.env.RECORD !== undefined) {
      const codes = Object.fromEntries(kafkas);
      await writeFile(RECORD, `${JSON.stringify({ version, codes }, null, 2)}\n`);
      await writeFile(REPORT, report);
    }
    const recorded = JSON.parse(await readFile(RECORD, 'utf8'));
    await checks.check('the record is of this version, and of this table', () => {
      assert.equal(recorded.version, version);
      assert.deepEqual(Object.keys(recorded.codes).sort(), rows.map(({ name }) => name).sort());
    });
    for (const { name, kafkas: kafkasCodes, ours: ourCodes, difference } of rows) {
      await checks.check(name, () => {
        assert.equal(kafkasCodes, recorded.codes[name], 'Kafka answers otherwise than is on record');
        assert.equal(
          ourCodes,
          difference?.ours ?? kafkasCodes,
          'the table has no reason for this answer of ours',
        );
      });
    }
    await checks.check('docs/error-codes.md tells of these answers', async () => {
      assert.equal(await readFile(REPORT, 'utf8'), report);
    });
  };

function reportOf(version, rows) {
  const different = rows.filter(({ difference }) => difference !== null);
  const apis = [...new Set(rows.map(({ api }) => api.name))];
  return [
    '# Error codes',
    '',
    `What Apache Kafka ${version} (KRaft, one node) and Millrace answer to the same ${rows.length} requests, nearly all of which are wrong. ` +
      `${rows.length - different.length} answers have the same codes; ${different.length} differ, each for a reason. ` +
      'Written by the interop suite `error-codes` from a run against both (`RECORD=1 node run.mjs error-codes` in `test/interop`); the requests are in `test/error-codes`.',
    '',
    'All codes of an answer are listed, the whole answer’s own and those of its parts; "2 ×" says how often one stands there. ',
    '',
    '## Differences',
    '',
    table(
      ['call', 'what is wrong', 'Kafka', 'Millrace', 'why'],
      different.map(({ api, version: v, wrong, kafkas, ours, difference }) => [
        `${api.name} ${v}`,
        wrong,
        kafkas,
        ours,
        difference.because,
      ]),
    ),
    ...apis.flatMap((name) => [
      '',
      `## ${name}`,
      '',
      table(
        ['version', 'what is wrong', 'Kafka', 'Millrace'],
        rows
          .filter(({ api }) => api.name === name)
          .map(({ version: v, wrong, kafkas, ours, difference }) => [
            String(v),
            wrong,
            kafkas,
            difference === null ? 'the same' : ours,
          ]),
      ),
    ]),
    '',
  ].join('\n');
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
