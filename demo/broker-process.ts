/** The broker of the demo: the command a user would type, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { UserError } from '../src/base/errors.js';
import { endChild, stderrTail } from './child.js';

/** A clean stop syncs and marks every log; far more than that takes. */
const STOP_GRACE_MS = 20_000;

export interface BrokerProcess {
  readonly address: string;
  readonly pid: number;
  /** From the start of the process to its first word. */
  readonly startMs: number;
  /** Never resolves; rejects when the broker ends before it was stopped. */
  readonly died: Promise<never>;
  stop(): Promise<void>;
}

/** Resolves when it serves. @throws Error with what the broker said, when it ends before that */
export async function startBrokerProcess(
  cli: string,
  dataDirectory: string,
  settings: Readonly<Record<string, string>>,
  onStarted: (stop: () => Promise<void>) => void,
): Promise<BrokerProcess> {
  const startedAtMs = performance.now();
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const child = spawn(
    process.execPath,
    [cli, 'start', '--port', '0', '--data', dataDirectory, '--format', 'json', ...options],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stopping = false;
  const stop = (): Promise<void> => {
    stopping = true;
    return endChild(child, STOP_GRACE_MS);
  };
  onStarted(stop);
  const tail = stderrTail(child);
  const died = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (stopping) return;
      reject(
        new UserError('BROKER_ENDED', `the broker ended by itself (${signal ?? `exit ${code}`})\n${tail()}`),
      );
    });
  });
  const { host, port } = await Promise.race([ready(child), died]);
  return {
    address: `${host}:${port}`,
    pid: child.pid!,
    startMs: performance.now() - startedAtMs,
    died,
    stop,
  };
}

function ready(child: ChildProcess): Promise<{ host: string; port: number }> {
  return new Promise((resolve) => {
    // Read to the end, whatever it says: a pipe that nobody empties would block the broker.
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const event = parse(line);
      if (event?.event === 'ready') resolve({ host: event.host, port: event.port });
    });
  });
}

function parse(line: string): { event: string; host: string; port: number } | null {
  if (!line.startsWith('{')) return null;
  return JSON.parse(line) as { event: string; host: string; port: number };
}
