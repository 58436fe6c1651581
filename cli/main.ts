#!/usr/bin/env node
import { nodeProblem } from './node-version.ts';

// Everything else is imported only now: on an old Node its very syntax or built-ins may be missing,
// and the user would read a stack trace instead of the one sentence that helps.
const problem = nodeProblem(process.versions.node, `${process.platform}-${process.arch}`);
if (problem === undefined) {
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv.slice(2));
} else {
  process.stderr.write(`isochron: ${problem}\n`);
  process.exitCode = 2;
}
