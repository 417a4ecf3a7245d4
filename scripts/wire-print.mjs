/** `npm run wire -- Fetch 12`: bundles scripts/wire.ts, which prints the codec generated for that API and version, and runs it. */
import { runBundled } from './bundle.mjs';
import { entry } from './steps.mjs';

await entry(() => runBundled('scripts/wire.ts', process.argv.slice(2)));
