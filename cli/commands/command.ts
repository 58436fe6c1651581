/** What every command that talks to a coordinator does around its own work. */
import { readFileSync } from 'node:fs';

import { CommanderError } from 'commander';

import { readToken } from '../../shared/protocol/access/local-access.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { Client } from '../client.ts';
import { exitCode, exitCodeOf } from '../exit-codes.ts';
import { oneLine } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

export interface Context {
  readonly terminal: Terminal;
  /** Says how the process will end. */
  readonly exit: (code: number) => void;
}

export interface CoordinatorOptions {
  readonly coordinator: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly json?: boolean;
  /** The command prints JSON lines when nobody looks: its last line then names the error. */
  readonly lines?: boolean;
}

/** A coordinator that is started anew, by hand or by a supervisor, is back by then. */
const OUTAGE_MS = 60_000;

/** Runs `work` with a client and turns whatever goes wrong into one line and an exit code. */
export async function withClient(
  context: Context,
  options: CoordinatorOptions,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  await guarded(context, errorForm(context, options), async () => {
    const access = accessOf(options);
    const { coordinator } = options;
    const client = new Client({ coordinator, ...access, outageMs: OUTAGE_MS });
    try {
      await work(client);
    } finally {
      client.close();
    }
  });
}

/** @throws SamplerError INVALID_REQUEST where a file cannot be used */
export function accessOf({ tokenFile, ca }: Pick<CoordinatorOptions, 'tokenFile' | 'ca'>) {
  const token = tokenFile === undefined ? process.env['ISOCHRON_TOKEN'] : readToken(tokenFile);
  return { token: token || undefined, ca: ca === undefined ? undefined : readCa(ca) };
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { message } = SamplerError.from(error);
    throw new SamplerError('INVALID_REQUEST', `--ca: cannot read ${path}: ${message}`);
  }
}

/**
 * Where an error is said beside the line on standard error: nowhere, as the one JSON document, or
 * as the last of the JSON lines.
 */
export type ErrorForm = 'text' | 'document' | 'line';

function errorForm({ terminal }: Context, { json, lines }: CoordinatorOptions): ErrorForm {
  if (json === true) return 'document';
  return lines === true && !terminal.interactive ? 'line' : 'text';
}

export async function guarded(
  context: Context,
  form: ErrorForm,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    // A bad command line has been said already, by the parser that found it.
    if (thrown instanceof CommanderError) throw thrown;
    reportError(context, thrown, form);
  }
}

export function reportError({ terminal, exit }: Context, thrown: unknown, form: ErrorForm): void {
  const error = SamplerError.from(thrown);
  const message = oneLine(error.message);
  terminal.err(`isochron: ${message}\n`);
  const document = { code: error.code, message, context: error.context };
  if (form === 'document') terminal.out(`${JSON.stringify({ error: document })}\n`);
  if (form === 'line') terminal.out(`${JSON.stringify({ event: 'error', ...document })}\n`);
  exit(exitCodeOf(error.code));
}

/** A list: a table for people, one JSON array for programs. */
export function printList(
  { terminal, exit }: Context,
  json: boolean,
  items: readonly object[],
  table: () => string,
): void {
  const machine = json || !terminal.interactive;
  terminal.out(`${machine ? JSON.stringify(items) : table()}\n`);
  exit(exitCode.done);
}
