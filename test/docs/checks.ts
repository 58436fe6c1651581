/** What can be said of a block without running it. */
import { spawnSync } from 'node:child_process';
import ts from 'typescript';
import { parseDocument } from 'yaml';
import type { Violation } from '../tidy/source.ts';
import { commandProblem, isKnown, isochronArguments, standIn } from './command-line.ts';
import type { Block, Document } from './markdown.ts';
import { markerOf, MarkerError } from './marker.ts';
import { consoleScript, shellCommands } from './shell.ts';

const languages = new Set(['sh', 'console', 'ts', 'python', 'yaml']);
const aliases = new Map([
  ['bash', 'sh'],
  ['shell', 'sh'],
  ['zsh', 'sh'],
  ['typescript', 'ts'],
  ['py', 'python'],
  ['yml', 'yaml'],
]);
const typed = /^\s*(?:\$ )?(?:npm (?:ci|run|install|test)|npx|isochron|curl|kubectl|helm|sbatch) /m;

/** Blocks that somebody may execute: all that is shell, a program or configuration. */
export function isExecutable({ language }: Block): boolean {
  return languages.has(language);
}

/** The shell script of a `sh` or `console` block; undefined for other languages. */
export function scriptOf({ language, text }: Block): string | undefined {
  if (language === 'console') return consoleScript(text);
  return language === 'sh' ? text : undefined;
}

/** Everything that is wrong with one block. */
export function blockProblems(block: Block): Violation[] {
  const at = (what: string, instead: string): Violation => ({ ...place(block), what, instead });
  const alias = aliases.get(block.language);
  if (alias !== undefined) return [at(`the language ${block.language}`, `write ${alias}`)];
  if (!isExecutable(block)) {
    const isText = block.language === 'text' || !typed.test(block.text);
    return isText ? [] : [at('commands in a block without language', 'write ```sh and a marker')];
  }
  const instead = 'see test/docs/README.md';
  return [...markerProblems(block), ...syntaxProblems(block), ...commandProblems(block)].map(
    (what) => at(what, instead),
  );
}

function markerProblems(block: Block): string[] {
  try {
    const marker = markerOf(block);
    if (marker.kind === 'not run') return [];
    if (block.language === 'yaml' && marker.save === undefined)
      return ['yaml: save=FILE is missing'];
    return [];
  } catch (thrown) {
    if (thrown instanceof MarkerError) return [thrown.message];
    throw thrown;
  }
}

function syntaxProblems(block: Block): string[] {
  if (block.language === 'yaml') {
    return parseDocument(block.text).errors.map(({ message }) => message.split('\n')[0] ?? '');
  }
  if (block.language === 'ts') return typescriptProblems(block.text);
  if (block.language === 'python') return pythonProblems(block.text);
  const script = scriptOf(block);
  if (script === undefined) return [];
  if (script.trim() === '') return ['no command in the block'];
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  return status === 0 ? [] : [stderr.trim().split('\n')[0] ?? ''];
}

function typescriptProblems(text: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2024 },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** Nothing on a machine without Python: the blocks are run where there is one. */
function pythonProblems(text: string): string[] {
  const program = 'import ast, sys; ast.parse(sys.stdin.read())';
  const { status, stderr } = spawnSync('python3', ['-c', program], {
    input: text,
    encoding: 'utf8',
  });
  return status === 1 ? [stderr.trim().split('\n').at(-1) ?? ''] : [];
}

function commandProblems(block: Block): string[] {
  if (isAhead(block)) return [];
  return shellCommands(scriptOf(block) ?? '').flatMap((words) => {
    const problem = commandProblem(words);
    return problem === undefined ? [] : [`${words.join(' ')}: ${problem}`];
  });
}

/** Whether the block waits for a command that this version does not have (`when=`). */
export function isAhead(block: Block): boolean {
  try {
    const marker = markerOf(block);
    return marker.when !== undefined && !hasAll(marker.when);
  } catch {
    return false;
  }
}

function hasAll(commands: string): boolean {
  return commands.split(',').every((command) => isKnown(command.trim().split(/\s+/)));
}

/** How many command lines of isochron the parser has read in a block. */
export function isochronCommands(block: Block): number {
  const words = shellCommands(scriptOf(block) ?? '');
  return words.filter((command) => isochronArguments(command) !== undefined).length;
}

/** Command lines in the text, in code font: options that do not exist are found there too. */
export function proseProblems(document: Document): Violation[] {
  const indented = document.indented.map(({ path, line, text }) => ({
    path,
    line,
    what: `an indented command: ${text}`,
    instead: 'write ```sh and a marker',
  }));
  const inText = document.codeSpans.flatMap(({ path, line, text }) => {
    if (!/^(?:isochron|npm run) \S/.test(text)) return [];
    return shellCommands(text).flatMap((words) => {
      const what = commandProblem(words.map(stand), true);
      return what === undefined
        ? []
        : [{ path, line, what: `${text}: ${what}`, instead: 'mend it' }];
    });
  });
  return [...indented, ...inText];
}

/** Capitals stand for what the reader puts there: a number is accepted wherever a text is. */
function stand(word: string): string {
  return /^[A-Z]{1,8}$/.test(word) ? standIn : word;
}

function place({ path, line }: Block) {
  return { path, line };
}
