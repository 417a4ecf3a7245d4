/** The built command run to its end, or watched on its way there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CLI = process.env['MILLRACE_CLI'] ?? fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Default: nothing, ended at once. */
  readonly stdin?: string;
  /** It stays open, for the test to write to. */
  readonly keepStdin?: boolean;
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

/** For `afterEach`: what a failed test left behind must not outlive it. */
export function killLeftovers(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class Command {
  readonly ended: Promise<Ended>;
  readonly child: ChildProcess;
  #stdout = '';
  #stderr = '';
  readonly #watchers = new Set<() => void>();

  constructor(
    args: readonly string[],
    { stdin = '', keepStdin = false, directory, environment = {} }: CommandOptions = {},
  ) {
    this.child = spawn(process.execPath, [CLI, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
      ...(directory !== undefined && { cwd: directory }),
    });
    running.add(this.child);
    // A command that ends before it has read everything closes its end.
    this.child.stdin!.on('error', () => {});
    if (keepStdin) this.child.stdin!.write(stdin);
    else this.child.stdin!.end(stdin);
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      for (const watch of this.#watchers) watch();
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      for (const watch of this.#watchers) watch();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        running.delete(this.child);
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
        for (const watch of this.#watchers) watch();
      });
    });
  }

  /** Resolves when its output says so. @throws Error when it ends before that */
  async printed(what: RegExp): Promise<void> {
    while (!what.test(this.#stdout) && !what.test(this.#stderr)) {
      if (!running.has(this.child))
        throw new Error(`it ended without ${what}:\n${this.#stdout}\n${this.#stderr}`);
      await new Promise<void>((resolve) => {
        const watch = (): void => {
          this.#watchers.delete(watch);
          resolve();
        };
        this.#watchers.add(watch);
      });
    }
  }

  /** As far as it has arrived. */
  get stdout(): string {
    return this.#stdout;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** Runs it to its end. */
export function command(line: string, options?: CommandOptions): Promise<Ended> {
  return new Command(line.split(' ').filter(Boolean), options).ended;
}
