import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defineConfig } from 'vitest/config';

// `.ci/run` runs the same `npm test` as everyone and names a file here to count the results from.
// What coordinators leave for clients of the same user: that of the tests is not the user's.
const config = join(tmpdir(), `isochron-test-config-${process.pid}`);

const report = process.env['ISOCHRON_TEST_REPORT'];

export default defineConfig({
  test: {
    environment: 'node',
    env: { ISOCHRON_CONFIG: config },
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
