/**
 * `node scripts/frames.mjs`: makes the corpus of frames (test/corpus/frames) from recordings of the interop suites.
 *
 *   cd test/interop
 *   node run.mjs kcat --record ../../.cache/frames/kcat-millrace.jsonl
 *   node run.mjs kcat --broker 4.3.1 --record ../../.cache/frames/kcat-kafka.jsonl
 *   node ../../scripts/frames.mjs
 *
 * A suite without a recording keeps the file that it has.
 */
import { runBundled } from './bundle.mjs';
import { entry } from './steps.mjs';

await entry(() => runBundled('scripts/frames.ts'));
