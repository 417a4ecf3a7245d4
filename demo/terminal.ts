import pc from 'picocolors';

/** Where the demo speaks: lines on stdout, in colours and with bars only where a person looks at them. */
export interface Terminal {
  readonly interactive: boolean;
  readonly colours: ReturnType<typeof pc.createColors>;
  readonly print: (line?: string) => void;
}

export function openTerminal(): Terminal {
  return {
    interactive: process.stdout.isTTY && process.env['CI'] === undefined,
    // picocolors' own rule: a terminal, NO_COLOR, FORCE_COLOR.
    colours: pc.createColors(),
    print: (line = '') => process.stdout.write(`${line}\n`),
  };
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `3,000,000 records, 196 MB of keys and values in 25.1 s: 119,522 records/s, 7.8 MB/s` */
export function throughput(records: number, bytes: number, ms: number): string {
  const perSecond = 1000 / ms;
  return (
    `${count(records)} records, ${(bytes / 1e6).toFixed(1)} MB of keys and values in ${seconds(ms)}: ` +
    `${count(records * perSecond)} records/s, ${((bytes / 1e6) * perSecond).toFixed(1)} MB/s`
  );
}
