/** `npm run sim -- SEED`: bundles test/sim/main.ts with the sources as they are, and runs it. */
import { runBundled } from '../../scripts/bundle.mjs';
import { entry } from '../../scripts/steps.mjs';

await entry(() => runBundled('test/sim/main.ts', process.argv.slice(2)));
