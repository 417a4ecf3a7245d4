/**
 * Finds inputs that a target never comes back from. Each input lies in a file while it is under way; a thread of its own, since the
 * event loop is stuck then, ends the process when one takes too long. What is left of a process that died by itself (memory used up, a
 * fault in native code) is the same file.
 */
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const LENGTH_BYTES = 4;

export interface WatchdogOptions {
  /** Where the input under way lies. */
  readonly directory: string;
  /** Processor time for a single input, most of which take microseconds: others may keep the machine busy meanwhile. */
  readonly processorMsMax?: number;
  /** An input that waits for something that never comes takes no processor time. */
  readonly wallMsMax?: number;
}

/** Read by main: the process was ended for an input that never came back. */
export const STUCK = 'an input never came back';

export class Watchdog {
  /** The number of the run under way; 0: none. */
  readonly #header = new Int32Array(new SharedArrayBuffer(4));
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  readonly #path: string;
  readonly #file: number;
  readonly #worker: Worker;
  #runs = 0;

  constructor({ directory, processorMsMax = 30_000, wallMsMax = 600_000 }: WatchdogOptions) {
    this.#path = pathIn(directory);
    this.#file = openSync(this.#path, 'w');
    // Referenced: it holds the process when a target waits for something that never comes, so that this is seen too.
    this.#worker = new Worker(WATCH, {
      eval: true,
      workerData: {
        shared: this.#header.buffer,
        path: this.#path,
        message: STUCK,
        processorMsMax,
        wallMsMax,
      },
    });
  }

  begin(input: Buffer): void {
    this.#length.writeUInt32BE(input.length);
    writeSync(this.#file, this.#length, 0, LENGTH_BYTES, 0);
    writeSync(this.#file, input, 0, input.length, LENGTH_BYTES);
    this.#runs = (this.#runs % 0x7fff_fffe) + 1;
    Atomics.store(this.#header, 0, this.#runs);
  }

  end(): void {
    Atomics.store(this.#header, 0, 0);
  }

  /** Nothing is under way any more, and nothing is left for the next run. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
    ftruncateSync(this.#file);
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }
}

/** What a run that did not end by itself was doing, or null. */
export function leftUnderWay(directory: string): Buffer | null {
  const path = pathIn(directory);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  if (bytes.length < LENGTH_BYTES) return null;
  return bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + bytes.readUInt32BE(0));
}

function pathIn(directory: string): string {
  return join(directory, 'under-way.bin');
}

const WATCH = `
const { workerData } = require('node:worker_threads');
const { shared, path, message, processorMsMax, wallMsMax } = workerData;
const header = new Int32Array(shared);
const processorMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
let last = 0;
let since = performance.now();
let processorSince = processorMs();
setInterval(() => {
  const run = Atomics.load(header, 0);
  if (run === 0 || run !== last) {
    last = run;
    since = performance.now();
    processorSince = processorMs();
    return;
  }
  if (processorMs() - processorSince < processorMsMax && performance.now() - since < wallMsMax) return;
  require('node:fs').writeSync(2, 'FINDING: ' + message + '; it is in ' + path + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, Math.min(1000, processorMsMax / 4));
`;
