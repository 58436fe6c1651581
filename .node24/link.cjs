/**
 * Runs after `npm ci` and `npm install` in a checkout (as the `prepare` script, which npm runs for
 * nobody who installs the published package) and makes sure that npm scripts run on Node 24:
 *
 * - npm 10, which comes with Node 18 to 22, links the bin of the right package and then deletes the
 *   link again while it throws out the packages for other machines, which have a bin of that name;
 * - a Node that does not start here, such as a glibc one on musl, must not shadow one that does;
 * - where neither npm nor the machine has a Node 24, one sentence says so.
 *
 * CommonJS without anything new in it: the machine's own Node runs this.
 */
'use strict';
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { join, relative } = require('node:path');

const windows = process.platform === 'win32';
const modules = join(__dirname, '..', 'node_modules');
const bin = join(modules, '.bin');
const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
const carried = join(modules, name, 'bin', windows ? 'node.exe' : 'node');

function majorOf(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? Number(/^v(\d+)\./.exec(stdout)?.[1] ?? 0) : 0;
}

for (const file of ['node', 'node.cmd', 'node.ps1']) rmSync(join(bin, file), { force: true });

if (existsSync(carried) && majorOf(carried) >= 24) {
  mkdirSync(bin, { recursive: true });
  if (windows) writeFileSync(join(bin, 'node.cmd'), `@"%~dp0\\${relative(bin, carried)}" %*\r\n`);
  else symlinkSync(relative(bin, carried), join(bin, 'node'));
} else if (majorOf('node') < 24) {
  process.stderr.write(
    `isochron needs Node 24: this is ${process.version}, and npm installed none for ` +
      `${process.platform} ${process.arch}; please install it.\n`,
  );
  process.exitCode = 1;
}
