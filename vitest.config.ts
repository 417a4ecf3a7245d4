import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need more than npm: `npm run test:all`.
    exclude: ['test/interop/**', 'test/system/strace/**'],
    pool: 'forks',
    // Generous: a slow machine is no failure, and nothing here asserts a time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/**/generated/**'] },
  },
});
