/** What a benchmark leaves behind: one JSON document, and every plot as SVG and as PNG. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { prepareFolder } from '../folder.ts';
import type { Plot } from '../output/line-plot.ts';

export interface Picture {
  /** Without ending. */
  readonly name: string;
  readonly plot: Plot;
}

export interface OutputOptions {
  readonly json?: string;
  readonly plots?: string;
}

/** Tried before anything is measured: hours must not end at a folder that takes no file. */
export async function prepareOutput({ json, plots }: OutputOptions): Promise<void> {
  if (json !== undefined) await prepareFolder('--json', dirname(json));
  if (plots !== undefined) await prepareFolder('--plots', plots);
}

export async function writeOutput(
  { json, plots }: OutputOptions,
  document: object,
  pictures: () => readonly Picture[],
): Promise<void> {
  if (json !== undefined) await writeJson(json, document);
  if (plots === undefined) return;
  for (const { name, plot } of pictures()) {
    await writeFile(join(plots, `${name}.svg`), plot.svg);
    await writeFile(join(plots, `${name}.png`), plot.png);
  }
}

async function writeJson(file: string, document: object): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SamplerError('INVALID_REQUEST', `--json: cannot write ${file}: ${reason}`);
  }
}
