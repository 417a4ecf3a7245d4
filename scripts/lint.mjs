/** `npm run lint`: oxlint with types, then biome's opinion of the format. Both run, whatever the first says; neither writes. */
import { StepFailed, entry, run } from './steps.mjs';

await entry(async () => {
  const failed = [];
  if ((await run('oxlint', ['--type-aware', '.'])) !== 0) failed.push('oxlint');
  if ((await run('biome', ['format', '.'])) !== 0) failed.push('biome format (npm run format mends it)');
  if (failed.length > 0) throw new StepFailed(`lint: ${failed.join(' and ')} found something`);
});
