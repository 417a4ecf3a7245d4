/** Our broker as a user starts it: the built command, a data directory of its own, a port that the system gives. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Running } from './processes.mjs';
import { until } from './until.mjs';

const CLI = join(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))), 'dist', 'cli.js');

/**
 * @param {Record<string, string>} settings for `-o name=value`
 * @param {{ advertise?: string }} options
 * @returns {Promise<import('./brokers.mjs').RunningBroker>}
 */
export async function startMillrace(settings = {}, { advertise } = {}) {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'interop-millrace-'));
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  if (advertise !== undefined) options.push('--advertise', advertise);
  const spawnedAtMs = performance.now();
  let server;

  /** @returns {Promise<string>} where it listens */
  const start = async (port) => {
    let bootstrap;
    server = new Running(
      process.execPath,
      [CLI, 'start', '--port', port, '--data', dataDirectory, ...options],
      (line) => {
        bootstrap ??= /(?:127\.0\.0\.1|localhost):[1-9]\d*/.exec(line)?.[0];
      },
    );
    return until('millrace start to print its address', () => {
      if (!server.isRunning) throw new Error(`millrace start ended\n${server.tail}`);
      return bootstrap;
    });
  };
  const remove = () => rm(dataDirectory, { recursive: true, force: true });
  const end = async () => {
    const { code, signal } = await server.end('SIGTERM');
    if (code !== 0)
      throw new Error(`millrace start ended with ${signal ?? code} after SIGTERM\n${server.tail}`);
  };

  try {
    const bootstrap = await start('0');
    const restart = async () => {
      await end();
      await start(bootstrap.split(':')[1]);
    };
    return { bootstrap, pid: server.pid, spawnedAtMs, dataDirectory, end, restart, remove };
  } catch (error) {
    await server.end('SIGKILL');
    await remove();
    throw error;
  }
}
