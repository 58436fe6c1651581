import { defineConfig } from 'vitest/config';

// `.ci/run` runs the same `npm test` as everyone and names a file here to count the results from.
const report = process.env['ISOCHRON_TEST_REPORT'];

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    // Forks, because a native model call cannot be interrupted inside a thread.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    allowOnly: false,
    passWithNoTests: false,
    reporters: report === undefined ? ['default'] : ['default', 'json'],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
