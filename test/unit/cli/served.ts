/** Commands against a real broker in this process, on a loopback port; what they print as JSON is held against its schema. */
import { readFileSync } from 'node:fs';
import { readBrokerSettings } from '../../../src/broker/settings/broker-settings.js';
import { runProgram } from '../../../src/cli/program.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { nodeClock } from '../../../src/ports/node/clock.js';
import { nodeEntropy } from '../../../src/ports/node/entropy.js';
import { nodeNet } from '../../../src/ports/node/net.js';
import { startServer } from '../../../src/server/start-server.js';
import { KIT_SETTINGS } from '../../../src/testing/start-broker.js';
import { type Schema, schemaProblems } from './json-schema.js';
import { type TestWorldOptions, testWorld } from './test-world.js';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Served {
  readonly bootstrap: string;
  /** Words between blanks; a quoted word may have some. */
  run(line: string, options?: TestWorldOptions): Promise<Ran>;
  /** With --format json: the lines, each of which fits the command's schema. @throws Error where one does not, or the code is another */
  json(line: string, options?: TestWorldOptions & { readonly code?: number }): Promise<Json[]>;
  stop(): Promise<void>;
}

// oxlint-disable-next-line typescript/no-explicit-any
export type Json = Record<string, any>;

export async function serve(settings: Readonly<Record<string, string>> = {}): Promise<Served> {
  const running = await startServer({
    ports: { clock: nodeClock(), disk: memoryDisk(), net: nodeNet(), entropy: nodeEntropy() },
    logger: SILENT_LOGGER,
    settings: readBrokerSettings(new Map(Object.entries({ ...KIT_SETTINGS, ...settings }))),
    directories: ['/millrace'],
  });
  const bootstrap = `127.0.0.1:${running.address.port}`;
  const run = (line: string, options?: TestWorldOptions): Promise<Ran> =>
    runLine(`${line} -b ${bootstrap}`, options);
  return {
    bootstrap,
    run,
    json: async (line, { code = 0, ...options } = {}) => {
      const ran = await run(`${line} --format json`, options);
      if (ran.code !== code) throw new Error(`${line} ended with ${ran.code}:\n${ran.stderr}${ran.stdout}`);
      return jsonLines(line, ran.stdout);
    },
    stop: () => running.stop(),
  };
}

export async function runLine(line: string, options?: TestWorldOptions): Promise<Ran> {
  const { world, stdout, stderr } = testWorld(options);
  const words = [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
  const code = await runProgram(words, world);
  return { code, stdout: stdout(), stderr: stderr() };
}

/** @throws Error where a line does not fit the schema of the command that `line` begins with */
export function jsonLines(line: string, stdout: string): Json[] {
  const schema = schemaOf(line);
  return stdout
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => {
      const value = JSON.parse(each) as Json;
      const problems = schemaProblems(schema, value);
      if (problems.length > 0) throw new Error(`${line}:\n${problems.join('\n')}\n${each}`);
      return value;
    });
}

export function schemaOf(line: string): Schema {
  const [first, second] = line.split(' ');
  for (const name of [`${first}-${second}`, first!]) {
    try {
      return JSON.parse(readFileSync(schemaPath(name), 'utf8')) as Schema;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`docs/schemas has no schema for ${line}`);
}

export function schemaPath(name: string): URL {
  return new URL(`../../../docs/schemas/${name}.json`, import.meta.url);
}
