import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { runProgram } from '../../cli/program.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { startFakeCoordinator } from './fake-coordinator.ts';
import type { FakeCoordinator, Script } from './fake-coordinator.ts';

export interface Captured extends Terminal {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export function capturingTerminal(options: { readonly interactive?: boolean } = {}): Captured {
  const written = { out: '', err: '' };
  return {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    interactive: options.interactive ?? false,
    colour: false,
    width: () => 100,
    stdout: () => written.out,
    stderr: () => written.err,
  };
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON lines. */
  readonly lines: () => Record<string, unknown>[];
}

/** One command line, as a user would type it. */
export async function run(
  argv: readonly string[],
  options: { readonly interactive?: boolean } = {},
): Promise<Run> {
  const terminal = capturingTerminal(options);
  const code = await runProgram(argv, terminal);
  const stdout = terminal.stdout();
  const lines = (): Record<string, unknown>[] =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, stdout, stderr: terminal.stderr(), lines };
}

export async function fakeCoordinator(script?: Script): Promise<FakeCoordinator> {
  const fake = await startFakeCoordinator(script);
  onTestFinished(() => fake.close());
  return fake;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'isochron-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
