import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

export interface Progress {
  readonly update: (done: number) => void;
  /** Prints a line that stays, above the bar. */
  readonly say: (line: string) => void;
  /** Takes the bar away, so that the next line stands by itself. Idempotent. */
  readonly end: () => void;
}

/** A bar on a terminal; elsewhere a line at every tenth, which a log can bear. */
export function startProgress(terminal: Terminal, what: string, total: number): Progress {
  return terminal.interactive ? bar(terminal, what, total) : lines(terminal, what, total);
}

function bar(terminal: Terminal, what: string, total: number): Progress {
  const bar = new SingleBar(
    {
      format: `  ${what} {bar} {percentage} %  {value} of {total}`,
      clearOnComplete: true,
      // Ctrl-C is answered elsewhere, and must find a cursor to leave behind.
      hideCursor: false,
      gracefulExit: false,
      formatValue: (value, _options, type) =>
        type === 'value' || type === 'total' ? value.toLocaleString('en-US') : String(value),
      stream: process.stdout,
    },
    Presets.shades_classic,
  );
  let done = 0;
  bar.start(total, done);
  return {
    update(now) {
      done = now;
      bar.update(done);
    },
    say(line) {
      bar.stop();
      terminal.print(line);
      bar.start(total, done);
    },
    end: () => bar.stop(),
  };
}

function lines(terminal: Terminal, what: string, total: number): Progress {
  let tenths = 0;
  return {
    update(done) {
      const now = Math.floor((10 * done) / total);
      if (now === tenths) return;
      tenths = now;
      terminal.print(`  ${what} ${10 * now} %`);
    },
    say: (line) => terminal.print(line),
    end() {},
  };
}
