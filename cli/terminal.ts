import { plainText, terminalWidth } from './output/table.ts';

/** Where a command writes; an argument everywhere, so that tests read what a user would. */
export interface Terminal {
  /** Results: standard output. */
  out(text: string): void;
  /** Everything said on the side: standard error. */
  err(text: string): void;
  /** Somebody looks at standard output: tables and strips instead of JSON. */
  readonly interactive: boolean;
  readonly colour: boolean;
  /** Columns, as they are now: a window may be resized while a job runs. */
  width(): number;
}

const WIDTH_WITHOUT_TERMINAL = 80;

export function processTerminal(): Terminal {
  // A reader that has seen enough, such as `head`, is no failure of ours.
  process.stdout.on('error', leaveQuietlyWithoutReader);
  process.stderr.on('error', leaveQuietlyWithoutReader);
  const interactive = process.stdout.isTTY;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive,
    colour: interactive && wantsColour(process.env),
    width: () => process.stdout.columns ?? WIDTH_WITHOUT_TERMINAL,
  };
}

/** One line for people: texts come from other machines and must not act on the terminal. */
export function oneLine(text: string): string {
  return plainText(text.trim().replace(/\s*[\r\n]+\s*/g, '; '));
}

/** Broken between words into lines of at most `width` columns. */
export function wrap(text: string, width: number): string {
  let line = '';
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (terminalWidth(longer) <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].join('\n');
}

/** https://no-color.org, and terminals that cannot. */
function wantsColour(environment: NodeJS.ProcessEnv): boolean {
  return (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}

function leaveQuietlyWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
