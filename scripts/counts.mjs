/**
 * How many tests a suite ran, kept in one file per suite under .cache/counts: vitest's JSON report, or
 * `{ "suite", "passed", "failed", "failures" }` of the suites in test/interop and of check:package.
 */
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './steps.mjs';

const COUNTS = join(ROOT, '.cache', 'counts');

export function countsFile(suite) {
  return join(COUNTS, `${suite}.json`);
}

/** A suite that is about to run has no count, so that a stale one is never taken for its result. */
export async function forgetCounts(suite) {
  await mkdir(COUNTS, { recursive: true });
  await rm(countsFile(suite), { force: true });
}

/** @returns {Promise<{ suite: string, passed: number, failed: number, skipped: number } | undefined>} undefined: it left none */
export async function readCounts(suite) {
  const text = await readFile(countsFile(suite), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const report = JSON.parse(text);
  if (report.numTotalTests === undefined)
    return { suite, passed: report.passed, failed: report.failed, skipped: 0 };
  // A file that cannot even be loaded has no tests to count: it counts as one that failed.
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return {
    suite,
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** All suites that have left a count. */
export async function countedSuites() {
  const names = await readdir(COUNTS).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

export function sumLine(counts) {
  const sum = (field) => counts.reduce((total, each) => total + each[field], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed`;
}
