import { defineConfig } from 'vitest/config';

// Apart from `npm test`: they need a chromium, which a machine may not have.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/browser/*.browser.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 90_000,
    hookTimeout: 150_000,
    allowOnly: false,
  },
});
