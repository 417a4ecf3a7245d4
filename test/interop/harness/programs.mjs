/**
 * Checks that are carried out by a program of ours in another language, around a client of that language. It prints one
 * JSON object a line on its standard output for each check it has done:
 *
 *   {"check": "produce: acks=1", "features": ["acks"], "ms": 12}
 *   {"check": "…", "features": […], "ms": 12, "problem": "what went wrong"}
 *
 * and `{"please": "restart"}` when it needs the broker restarted; one line on its standard input says that this is done. What
 * else it prints is shown when it fails.
 */
import assert from 'node:assert/strict';
import { Running } from './processes.mjs';

/**
 * @param {import('./checks.mjs').Checks} checks
 * @param {string} label of the client, for the check that its program ran to its end
 * @param {{ command: string, args: string[], env?: Record<string, string> }} program
 * @param {() => Promise<void>} restart
 */
export async function runProgram(checks, label, { command, args, env }, restart) {
  await checks.always(`${label}: all its checks were run`, async () => {
    let count = 0;
    let restarting = Promise.resolve();
    const program = new Running(
      command,
      args,
      (line, stream) => {
        if (stream !== 'stdout' || !line.startsWith('{')) return;
        const { check, features, ms, problem, please } = JSON.parse(line);
        if (please === 'restart') {
          restarting = restart().then(
            () => program.write('done\n'),
            (error) => program.end('SIGKILL').then(() => Promise.reject(error)),
          );
          return;
        }
        checks.record(check, problem, ms, features);
        count++;
      },
      { env: { ...env, ...(checks.only === undefined ? {} : { ONLY: checks.only }) } },
    );
    const { code, signal } = await program.ended;
    await restarting;
    assert.equal(signal ?? code, 0, program.tail);
    if (checks.only === undefined) assert.ok(count > 0, 'no check was run');
  });
}
