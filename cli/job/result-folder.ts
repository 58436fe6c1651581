import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { JobResult } from '../client/types.ts';
import { heatMap } from '../output/heat-map.ts';
import { imageGrid } from '../output/image-grid.ts';
import { encodePicture, encodePng } from '../output/raster.ts';
import { writeArray } from './array-file.ts';
import { certifiedFiles } from './certificate-document.ts';
import { writeCertified } from './certified-folder.ts';
import { resultDocument } from './result-document.ts';
import type { ResultDocument } from './result-document.ts';
import { heatMapRounds, traceCsv } from './trace.ts';

export interface PictureOptions {
  /** False: numbers only. */
  readonly images: boolean;
  /** One per sample, such as its class, under its picture. */
  readonly labels?: readonly string[] | undefined;
}

/** Samples, certificate, trace and pictures; last result.json: where it is, all the others are. */
export async function writeResult(
  folder: string,
  result: JobResult,
  options: PictureOptions,
): Promise<ResultDocument> {
  const { samples: samplesFile } = certifiedFiles;
  // of a job before this one: it would speak of other samples
  await rm(join(folder, certifiedFiles.certificate), { force: true });
  const samplesHash = await writeArray(join(folder, samplesFile), result.samples, result.shape);
  const certified = await writeCertified(folder, result, samplesHash);
  await writeFile(join(folder, 'trace.csv'), traceCsv(result.trace));
  const pictures = options.images ? picturesOf(result, options.labels) : new Map<string, never>();
  for (const [name, png] of pictures) await writeFile(join(folder, name), png);
  const document = resultDocument(result, { samplesFile, images: [...pictures.keys()], certified });
  await writeFile(join(folder, 'result.json'), `${JSON.stringify(document, null, 2)}\n`);
  return document;
}

function picturesOf(
  result: JobResult,
  labels: readonly string[] | undefined,
): Map<string, Uint8Array> {
  const pictures = new Map<string, Uint8Array>();
  const grid = samplesPicture(result, labels);
  if (grid !== undefined) pictures.set('samples.png', grid);
  const digits = String(result.pictures.length - 1).length;
  for (const [sample, picture] of result.pictures.entries()) {
    pictures.set(`picture-${String(sample).padStart(digits, '0')}.png`, encodePicture(picture));
  }
  const map = convergencePicture(result);
  if (map !== undefined) pictures.set('convergence.png', map);
  return pictures;
}

/** Undefined where one sample is no picture. */
export function samplesPicture(
  { report, samples }: JobResult,
  labels?: readonly string[],
): Uint8Array | undefined {
  const [low, high] = report.valueRange;
  if (report.latents || !(high > low)) return undefined;
  const raster = imageGrid({
    samples,
    count: report.samples,
    shape: report.sampleShape,
    range: [low, high],
    columns: gridColumns(report.samples),
    ...(labels === undefined ? {} : { labels }),
  });
  return raster === undefined ? undefined : encodePng(raster);
}

/** Full rows where the number allows it, and about square otherwise: ten are two rows of five. */
export function gridColumns(count: number): number {
  const square = Math.ceil(Math.sqrt(count));
  for (let columns = square; columns <= 2 * square; columns++) {
    if (count % columns === 0) return columns;
  }
  return square;
}

/** Undefined where the job has no trace. */
export function convergencePicture({ report, trace }: JobResult): Uint8Array | undefined {
  const { model, method, solver, steps, rows, window } = report;
  const rounds = heatMapRounds(trace, rows);
  if (rounds.length === 0) return undefined;
  const title = `${model}: ${method}, ${solver} ${steps} steps, window ${window}`;
  return encodePng(heatMap({ rounds, steps: rows, title }));
}
