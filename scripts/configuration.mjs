/** `node scripts/configuration.mjs`: bundles scripts/configuration.ts, which writes docs/configuration.md, and runs it. */
import { join } from 'node:path';
import { runBundled } from './bundle.mjs';
import { ROOT, entry } from './steps.mjs';

await entry(() => runBundled('scripts/configuration.ts', [join(ROOT, 'docs', 'configuration.md')]));
