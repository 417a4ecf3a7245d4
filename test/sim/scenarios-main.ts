/** Runs the named scenarios outside of the test runner, for the list of planted errors: one line each, exit 1 if one fails. */
import { SCENARIOS } from './scenarios.js';

async function main(): Promise<void> {
  for (const { name, run } of SCENARIOS) {
    try {
      await run();
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`not ok ${name}: ${(error as Error).message.split('\n')[0]}`);
      process.exitCode = 1;
    }
  }
}

void main();
