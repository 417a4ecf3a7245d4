import { defineConfig } from 'vitest/config';

/** Needs strace: `npm run test:all`. */
export default defineConfig({
  test: {
    include: ['test/system/strace/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
