import { join } from 'node:path';
import { createColors } from 'picocolors';
import { readJournal, readJournalHeader } from '../../../log/journal-reader.js';
import { JOURNAL_FILE_NAMES } from '../../../log/journal.js';
import { nodeReadOnlyDisk } from '../../../ports/node/read-only-disk.js';
import type { ReadOnlyDisk } from '../../../ports/read-only-disk.js';
import { Compression } from '../../../records/compression/compression.js';
import type { OutputFormat } from '../../client-options.js';
import { EXIT } from '../../exit-codes.js';
import { formatBytes } from '../../format-bytes.js';
import { writeJson } from '../../json-lines.js';
import {
  type FoundDirectory,
  findLogs,
  isSegment,
  namingFileTrouble,
  readRoot,
  type RootFacts,
} from '../../log-files/data-directory.js';
import { type Finding, Findings } from '../../log-files/finding.js';
import { type VerifiedLog, verifyLog } from '../../log-files/verify-log.js';
import { progressBar } from '../../progress.js';
import { renderTable } from '../../table.js';
import type { World } from '../../world.js';

export interface VerifyCommandOptions {
  readonly format: OutputFormat;
  readonly records?: boolean;
}

/** Exit code 1 when something is damaged. JSON, a line a log and one for the whole: docs/schemas/log-verify.json. */
export function verifyLogs(path: string, options: VerifyCommandOptions, world: World): Promise<void> {
  return namingFileTrouble(verify(path, options, world));
}

async function verify(path: string, options: VerifyCommandOptions, world: World): Promise<void> {
  const disk = nodeReadOnlyDisk();
  const found = await findLogs(disk, world.resolvePath(path));
  const root = await readRoot(disk, found.root);
  const compression = options.records ? new Compression() : null;
  await compression?.loadAll();
  if (root.holder !== null)
    world.stderr.write(
      `${found.root} is in use by ${root.holder}: what it is just writing may look unfinished\n`,
    );
  const progress = await progressBar(world.stderr, await totalBytes(disk, found));
  const rows: SummaryRow[] = [];
  const general = await findingsOfRoot(disk, found, root);
  const isJson = options.format === 'json';
  let bytesDone = 0;
  const onBytes = (bytes: number): void => progress.bytesRead((bytesDone += bytes));
  try {
    for (const log of found.logs) {
      const verified = await verifyLog(log, { disk, root, compression, onBytes });
      rows.push(summaryOf(verified));
      if (isJson) writeJson(world.stdout, logAsJson(verified));
      else world.stdout.write(findingsAsText(verified.name, verified.findings, world.stdout.hasColours));
      await world.stdout.drained();
      if (world.stdout.closed) return;
    }
  } finally {
    progress.end();
  }
  const total = totals(rows);
  const state =
    general.state === 'damaged' || total.damaged > 0 ? 'damaged' : total.torn > 0 ? 'torn' : 'sound';
  if (state === 'damaged') world.exitCode = EXIT.failed;
  if (isJson) {
    const inUse = root.holder !== null;
    writeJson(world.stdout, {
      type: 'summary',
      directory: world.resolvePath(path),
      state,
      inUse,
      cleanStop: root.isClean,
      ...total,
      findings: general.list,
    });
    return;
  }
  world.stdout.write(findingsAsText(found.root, general, world.stdout.hasColours));
  world.stdout.write(tableOf(rows, world.stdout.hasColours));
  world.stdout.write(
    `${state}: ${total.logs} logs, ${total.records} records in ${formatBytes(total.bytes)}; ` +
      `${total.sound} sound, ${total.torn} torn, ${total.damaged} damaged\n`,
  );
}

type SummaryRow = ReturnType<typeof summaryOf>;

/** What is kept of each log: a data directory may have many thousands. */
function summaryOf({
  name,
  segments,
  batches,
  records,
  bytes,
  startOffset,
  endOffset,
  findings,
}: VerifiedLog) {
  return { name, segments, batches, records, bytes, startOffset, endOffset, state: findings.state };
}

function logAsJson({ findings, name, ...log }: VerifiedLog) {
  return {
    type: 'log',
    log: name,
    state: findings.state,
    ...log,
    findings: findings.list,
    moreFindings: findings.unnamed,
  };
}

function totals(rows: readonly SummaryRow[]) {
  const count = (state: SummaryRow['state']): number => rows.filter((row) => row.state === state).length;
  const sum = (field: 'records' | 'batches' | 'bytes'): number =>
    rows.reduce((total, row) => total + row[field], 0);
  return {
    logs: rows.length,
    sound: count('sound'),
    torn: count('torn'),
    damaged: count('damaged'),
    batches: sum('batches'),
    records: sum('records'),
    bytes: sum('bytes'),
  };
}

function tableOf(rows: readonly SummaryRow[], colours: boolean): string {
  if (rows.length === 0) return '';
  const paint = painter(colours);
  const table = renderTable(
    ['log', 'segments', 'batches', 'records', 'size', 'start', 'end', 'state'],
    rows.map((row) => [
      row.name,
      row.segments,
      row.batches,
      row.records,
      formatBytes(row.bytes),
      row.startOffset,
      row.endOffset,
      paint(row.state),
    ]),
    colours,
  );
  return `${table}\n`;
}

function findingsAsText(name: string, findings: Findings, colours: boolean): string {
  const paint = painter(colours);
  const lines = findings.list.map(({ severity, file, position, what }) => {
    const place = position === null ? file : `${file} at byte ${position}`;
    return `${paint(severity)}  ${name}  ${place}: ${what}\n`;
  });
  if (findings.unnamed > 0) lines.push(`and ${findings.unnamed} more of ${name}\n`);
  return lines.join('');
}

function painter(colours: boolean): (word: Finding['severity'] | SummaryRow['state']) => string {
  const { green, yellow, red, dim } = createColors(colours);
  const paints = { sound: green, torn: yellow, damaged: red, damage: red, note: dim };
  return (word) => paints[word](word);
}

async function totalBytes(disk: ReadOnlyDisk, { logs }: FoundDirectory): Promise<number> {
  let total = 0;
  for (const log of logs) {
    for (const entry of await disk.list(log)) if (isSegment(entry)) total += entry.size;
  }
  return total;
}

/** What concerns the data directory, and not one of its logs. */
async function findingsOfRoot(disk: ReadOnlyDisk, found: FoundDirectory, root: RootFacts): Promise<Findings> {
  const findings = new Findings();
  for (const { file, what } of root.problems) findings.add('damage', file, null, what);
  if (root.recoveryPoints === null)
    findings.add(
      'note',
      found.root,
      null,
      'no recovery points: only the end of each log may be taken for torn',
    );
  if (found.isSingleLog || root.holder !== null) return findings;
  const names = (await disk.list(found.root)).map(({ name }) => name);
  for (const name of JOURNAL_FILE_NAMES.filter((each) => names.includes(each))) {
    const file = await disk.open(join(found.root, name));
    try {
      const header = await readJournalHeader(file);
      if (header.kind !== 'journal') continue;
      const { records, lostBefore } = await readJournal(file, header.generation);
      if (lostBefore !== null)
        findings.add('damage', name, lostBefore, 'a whole record lies behind one that cannot be read');
      if (records.length > 0 && !root.isClean) {
        const what = `${records.length} records to be written to the logs at the next start: what is torn may be whole then`;
        findings.add('note', name, null, what);
      }
    } finally {
      await file.close();
    }
  }
  return findings;
}
