import { join } from 'node:path';

import { defineConfig } from 'vite';

const root = join(import.meta.dirname, 'dashboard');

// The page is served under a policy that allows no inline script and no inline style, from the
// coordinator's own address: everything it needs is a file next to it.
export default defineConfig({
  root,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(import.meta.dirname, 'dist', 'dashboard'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
