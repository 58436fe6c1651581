/**
 * Runs after `npm ci` and `npm install` in a checkout and builds the dashboard, so that a coordinator
 * has it to serve. Without development dependencies there is nothing to build it with, and a coordinator
 * says so on its page; that is no reason to fail an installation.
 *
 * CommonJS without anything new in it: it must run, and give way, on any Node.
 */
'use strict';
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
const windows = process.platform === 'win32';
const bin = join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');

if (existsSync(vite)) {
  const node = existsSync(bin) ? bin : 'node';
  const built = spawnSync(node, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    shell: windows,
    encoding: 'utf8',
  });
  // npm pack prints JSON on standard output: what goes wrong here goes elsewhere
  if (built.status !== 0) process.stderr.write(`${built.stdout}${built.stderr}`);
  process.exitCode = built.status === null ? 1 : built.status;
}
