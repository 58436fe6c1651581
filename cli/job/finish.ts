import type { Client, JobStatus } from '../client.ts';
import type { Context } from '../commands/command.ts';
import { exitCode } from '../exit-codes.ts';
import { resultOf } from './follow.ts';
import { resultDocument } from './result-document.ts';
import type { ResultDocument } from './result-document.ts';
import { writeResult } from './result-folder.ts';
import { oneLine } from '../terminal.ts';
import { summarize } from './summary.ts';

export interface FinishOptions {
  readonly out?: string;
  readonly images: boolean;
  readonly json: boolean;
  readonly labels?: readonly string[] | undefined;
}

/** Fetches the result of an ended job, writes and prints it, and decides how the command ends. */
export async function finish(
  context: Context,
  client: Client,
  status: JobStatus,
  options: FinishOptions,
): Promise<void> {
  const { terminal, exit } = context;
  const { out, json } = options;
  const written = out !== undefined;
  const wanted = { trajectory: written, pictures: written && options.images };
  const result = await resultOf(client, status, wanted);
  const document =
    out === undefined
      ? resultDocument(result, { samplesFile: null, images: [] })
      : await writeResult(out, result, options);
  terminal.out(printed(document, out, json, terminal.interactive));
  const { job, converged, outcome, certificate } = document;
  if (result.noPictures !== '') {
    const later = `make them later: isochron result ${job} --out ${out}`;
    terminal.err(`isochron: job ${job}: no pictures: ${oneLine(result.noPictures)}; ${later}\n`);
  }
  if (!converged) {
    terminal.err(`isochron: job ${job} ended without converging: ${outcome}\n`);
    return exit(exitCode.jobFailed);
  }
  if (certificate === null || certificate.passed) return exit(exitCode.done);
  terminal.err(`isochron: job ${job}: ${oneLine(certificate.reason)}\n`);
  exit(exitCode.checkFailed);
}

function printed(
  document: ResultDocument,
  out: string | undefined,
  json: boolean,
  interactive: boolean,
): string {
  if (json) return `${JSON.stringify(document)}\n`;
  if (!interactive) return `${JSON.stringify({ event: 'result', ...document })}\n`;
  return summarize(document, out);
}
