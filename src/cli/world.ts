/**
 * What a command sees of the process it runs in. `main.ts` is the one place that fills it in from Node, so that a command can be
 * run by a test with streams of its own, and so that nothing below reaches for `process`.
 */

export interface World {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly pid: number;
  /** How this program was called, for commands that we print to be pasted: `millrace`, `npx millrace`, `node dist/cli.js` … */
  readonly invocation: string;
  /** Absolute, by the directory the program was started in. */
  resolvePath(path: string): string;
  /** @throws a system error */
  readText(path: string): Promise<string>;
  /** @throws a system error */
  openInput(path: string): Promise<Input>;
  /** `listener` hears of SIGINT, SIGTERM and SIGHUP instead of the process ending; returns the way to stop that. */
  onSignal(listener: (signal: Signal) => void): () => void;
  exitNow(exitCode: number): never;
  /**
   * What the process will report when the command has ended without an error; 0 at first. For a command whose answer is "no": it has
   * been said on stdout, and scripts look at this.
   */
  exitCode: number;
}

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Output {
  readonly isTerminal: boolean;
  /** Whether its reader wants colours: a terminal, unless NO_COLOR or FORCE_COLOR says otherwise. */
  readonly hasColours: boolean;
  /** False: it has enough for now, wait for `drained`. */
  write(chunk: string | Uint8Array): boolean;
  /** Resolves when there is room again, or nobody reads any more. */
  drained(): Promise<void>;
  /** Nobody reads any more: `| head` has seen enough. */
  readonly closed: boolean;
  /** `listener` runs once, when that happens. */
  onClosed(listener: () => void): void;
}

export interface Input {
  /** For messages: the path, or `stdin`. */
  readonly name: string;
  /** Bytes in all, where that is known. */
  readonly sizeBytes: number | undefined;
  readonly isTerminal: boolean;
  /** May be read once. The next chunk is read when it is asked for. */
  chunks(): AsyncIterable<Buffer>;
  close(): void;
}
