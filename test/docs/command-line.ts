/** Reads command lines with the parsers of the program itself, and runs nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError, type Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { workerCommand } from '../../worker/main.ts';

const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** npm's own, and what needs no script. */
const ofNpm = new Set(['ci', 'install', 'pack', 'audit', 'init', 'start', 'uninstall', 'exec']);

/** The arguments of isochron in a command, however it is called; undefined in any other command. */
export function isochronArguments(words: readonly string[]): readonly string[] | undefined {
  const [first = '', second = '', ...rest] = words;
  if (first === 'isochron' || first.endsWith('/isochron')) return words.slice(1);
  if (first === 'npx' && /^isochron(@\S+)?$/.test(second)) return rest;
  if (first === 'node' && second === 'cli/main.ts') return rest;
  const at = words.indexOf('isochron');
  const isScript = first === 'npm' && second === 'run' && at > 0 && words[at + 1] === '--';
  return isScript ? words.slice(at + 2) : undefined;
}

/** What is wrong with a command, or undefined; `partial` is for command lines in prose. */
export function commandProblem(words: readonly string[], partial = false): string | undefined {
  const argv = isochronArguments(words);
  if (argv !== undefined) return argumentsProblem(argv, partial);
  const [first, second = '', ...rest] = words;
  if (first !== 'npm') return undefined;
  if (second === 'test') return undefined;
  if (second === 'run') {
    const script = rest.find((word) => !word.startsWith('-')) ?? '';
    return script in manifest.scripts ? undefined : `package.json has no script "${script}"`;
  }
  return ofNpm.has(second) ? undefined : `npm ${second}: not known to the test`;
}

/** What stands in prose for anything, such as COMMAND. */
export const standIn = '1';

/** What a command line in prose may leave out. */
const missing = [
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
  'commander.optionMissingArgument',
  'commander.help',
];

function argumentsProblem(argv: readonly string[], partial: boolean): string | undefined {
  // In prose `isochron submit` alone is a name, and `...` stands for more.
  const given = partial ? argv.filter((word) => word !== '...') : argv;
  if (partial && given[0] === standIn) return undefined;
  try {
    if (given[0] === 'worker') quiet(workerCommand()).parse(given.slice(1), { from: 'user' });
    else idleProgram().parse(given, { from: 'user' });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return undefined;
    if (partial && missing.includes(thrown.code)) return undefined;
    return thrown.message;
  }
}

/** Whether this version has a command and options, such as `certs init` or `up --http-listen`. */
export function isKnown(words: readonly string[]): boolean {
  return argumentsProblem(words, true) === undefined;
}

/** The program with nothing behind its commands. */
function idleProgram(): Command {
  const nothing = (): void => undefined;
  const terminal = { out: nothing, err: nothing, interactive: false, colour: false };
  const context = { terminal: { ...terminal, width: () => 100 }, exit: nothing };
  return idle(createProgram(context));
}

function idle(command: Command): Command {
  quiet(command);
  if (command.parent !== null) command.action(() => undefined);
  for (const child of command.commands) idle(child);
  return command;
}

function quiet(command: Command): Command {
  const nothing = (): void => undefined;
  return command
    .exitOverride()
    .configureOutput({ writeOut: nothing, writeErr: nothing, outputError: nothing });
}
