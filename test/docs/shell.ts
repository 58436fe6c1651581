/**
 * The commands of a shell script, so that those of isochron can be read by its own parser without
 * running anything. Variables and substitutions become a 1, which is a number and a name.
 */

const keywords = new Set(['do', 'then', 'else', 'if', 'while', 'until', '!', 'time', 'exec']);
const standIn = '1';

interface Scan {
  readonly text: string;
  readonly commands: string[][];
  words: string[];
  word: string | undefined;
  /** The next word is where output goes. */
  redirected: boolean;
}

/** Words of every command, also of those in `$(...)`; assignments and redirections are left out. */
export function shellCommands(script: string): string[][] {
  const text = withoutHereDocuments(script);
  const scan: Scan = { text, commands: [], words: [], word: undefined, redirected: false };
  for (let i = 0; i < text.length;) i = step(scan, i);
  endCommand(scan);
  return scan.commands.map(withoutKeywords).filter((words) => words.length > 0);
}

/** Only what a reader types: the lines behind `$ `, with those that continue them. */
export function consoleScript(text: string): string {
  const kept: string[] = [];
  let continues = false;
  for (const line of text.split('\n')) {
    const typed: string | false = continues
      ? line.replace(/^> /, '')
      : line.startsWith('$ ') && line.slice(2);
    if (typed === false) continue;
    kept.push(typed);
    continues = typed.endsWith('\\');
  }
  return kept.join('\n');
}

function step(scan: Scan, i: number): number {
  const { text } = scan;
  const at = text.charAt(i);
  if (at === '\\') return escape(scan, i);
  if (at === "'" || at === '"') return quoted(scan, i, at);
  if (at === '$') return expansion(scan, i);
  if (at === '#' && scan.word === undefined) return endOr(text.indexOf('\n', i), text);
  if (at === '>' || at === '<') return redirection(scan, i);
  if (at === ' ' || at === '\t') endWord(scan);
  else if (';&|\n(){}'.includes(at) && !insideBraces(scan, at)) endCommand(scan);
  else scan.word = (scan.word ?? '') + at;
  return i + 1;
}

/** A brace is a word of its own only where a command begins or ends: `{a,b}` is text. */
function insideBraces({ words, word }: Scan, at: string): boolean {
  return (at === '{' || at === '}') && (words.length > 0 || word !== undefined);
}

function escape(scan: Scan, i: number): number {
  const next = scan.text.charAt(i + 1);
  if (next !== '\n') scan.word = (scan.word ?? '') + next;
  return i + 2;
}

function quoted(scan: Scan, start: number, mark: string): number {
  scan.word ??= '';
  let i = start + 1;
  while (i < scan.text.length && scan.text.charAt(i) !== mark) {
    const at = scan.text.charAt(i);
    if (mark === '"' && at === '$') {
      i = expansion(scan, i);
    } else if (mark === '"' && at === '\\') {
      i = escape(scan, i);
    } else {
      scan.word += at;
      i += 1;
    }
  }
  return i + 1;
}

function expansion(scan: Scan, i: number): number {
  const { text } = scan;
  scan.word = (scan.word ?? '') + standIn;
  if (text.charAt(i + 1) === '(') {
    const end = closing(text, i + 1);
    scan.commands.push(...shellCommands(text.slice(i + 2, end)));
    return end + 1;
  }
  if (text.charAt(i + 1) === '{') return endOr(text.indexOf('}', i), text) + 1;
  const [name = ''] = /^(\w+|[?!@*#$])/.exec(text.slice(i + 1)) ?? [];
  return i + 1 + name.length;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i += 1) {
    if (text.charAt(i) === '(') depth += 1;
    if (text.charAt(i) === ')') depth -= 1;
    if (depth === 0) return i;
  }
  return text.length;
}

function redirection(scan: Scan, i: number): number {
  // `2>file`: the digit is no word of the command.
  if (/^\d$/.test(scan.word ?? '')) scan.word = undefined;
  endWord(scan);
  const [marks = '>'] = /^[<>]+&?\d?/.exec(scan.text.slice(i)) ?? [];
  scan.redirected = !/&\d$/.test(marks);
  return i + marks.length;
}

function endWord(scan: Scan): void {
  if (scan.word === undefined) return;
  if (!scan.redirected) scan.words.push(scan.word);
  scan.redirected = false;
  scan.word = undefined;
}

function endCommand(scan: Scan): void {
  endWord(scan);
  if (scan.words.length > 0) scan.commands.push(scan.words);
  scan.words = [];
}

function endOr(found: number, text: string): number {
  return found < 0 ? text.length : found;
}

function withoutKeywords(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !keywords.has(word) && !/^[A-Za-z_]\w*=/.test(word));
  return first < 0 ? [] : words.slice(first);
}

function withoutHereDocuments(script: string): string {
  return script.replaceAll(/<<-?\s*(['"]?)(\w+)\1([^\n]*)\n[\s\S]*?\n\s*\2(?=\n|$)/g, '$3');
}
