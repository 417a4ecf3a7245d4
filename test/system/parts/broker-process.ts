/** The built command as a process of its own: started, watched, killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** `MILLRACE_CLI`: of another build, to see that a test notices what is wrong with that one. */
const CLI = process.env['MILLRACE_CLI'] ?? fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly from?: string;
  readonly [field: string]: unknown;
}

export interface Ready {
  readonly host: string;
  readonly port: number;
  readonly clusterId: string;
  readonly pid: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface BrokerProcessOptions {
  readonly directory: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** A command that runs the broker in its stead, with the broker's command line behind its own: `strace …`. */
  readonly under?: readonly string[];
  readonly logLevel?: string;
}

const running = new Set<ChildProcess>();

/** No broker of ours outlives the tests, however they end. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class BrokerProcess {
  /** Rejects when the process ends before it serves. */
  readonly ready: Promise<Ready>;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #pid: number | null = null;

  constructor(options: BrokerProcessOptions) {
    if (!existsSync(CLI)) throw new Error(`${CLI} is missing: npm run build`);
    const settings = Object.entries(options.settings ?? {}).flatMap(([name, value]) => [
      '-o',
      `${name}=${value}`,
    ]);
    const own = [
      process.execPath,
      CLI,
      'start',
      '--port',
      '0',
      '--data',
      options.directory,
      '--format',
      'json',
    ];
    const logging = ['--log-format', 'json', '--log-level', options.logLevel ?? 'info'];
    const [command, ...args] = [...(options.under ?? []), ...own, ...logging, ...settings];
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    running.add(child);
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      // `close`: after the last byte of its output.
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      });
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ready = new Promise((resolve, reject) => {
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        this.#stdout += text;
        const end = this.#stdout.indexOf('\n');
        if (end < 0 || this.#pid !== null) return;
        const ready = JSON.parse(this.#stdout.slice(0, end)) as Ready;
        this.#pid = ready.pid;
        resolve(ready);
      });
      const early = ({ code, signal }: Exit): void =>
        reject(new Error(`the broker ended (${code ?? signal}) before it served:\n${this.#stderr}`));
      this.exited.then(early, reject);
    });
    // Whoever kills a broker that starts does not wait for it.
    this.ready.catch(() => {});
  }

  static async start(options: BrokerProcessOptions): Promise<BrokerProcess & { readonly address: Ready }> {
    const broker = new BrokerProcess(options);
    return Object.assign(broker, { address: await broker.ready });
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What it has logged, as far as it has arrived here. */
  get log(): LogLine[] {
    return this.#stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** At once and without a word, as a power cut of the process. */
  kill9(): void {
    process.kill(this.#pid ?? this.#child.pid!, 'SIGKILL');
    if (this.#pid !== null && this.#pid !== this.#child.pid) this.#child.kill('SIGKILL');
  }

  /** Asks it to stop, and waits. */
  terminate(): Promise<Exit> {
    process.kill(this.#pid ?? this.#child.pid!, 'SIGTERM');
    return this.exited;
  }

  /** Resident bytes of the broker itself. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#pid ?? this.#child.pid!}/status`, 'utf8');
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kib === undefined) throw new Error('the kernel does not say how much memory the broker has');
    return Number(kib) * 1024;
  }
}
