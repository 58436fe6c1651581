/** One sample of a result as a picture: drawn here, or, of latents, made by a worker. */
import type { Report__Output } from '../../proto/generated/isochron/v1/Report.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import { drawPicture } from '../../shared/protocol/picture.ts';
import type { Picture } from '../../shared/protocol/pipeline-wire.ts';
import { invalid } from './invalid.ts';
import type { StoredJob } from './job-store.ts';
import type { ResultSource } from './result-stream.ts';
import { decodeReport } from './stored-job.ts';

/** @throws SamplerError INVALID_REQUEST where there is no such sample, or it is no picture */
export async function samplePicture(
  source: ResultSource,
  { id, report: bytes }: StoredJob,
  sample: number,
): Promise<Picture> {
  const { report } = decodeReport(bytes ?? new Uint8Array());
  if (!report) throw new SamplerError('INTERNAL', `job ${id} is done without a report`);
  if (!Number.isInteger(sample) || sample < 0 || sample >= report.samples) {
    throw invalid('picture', sample, `a number from 0 to ${report.samples - 1}`);
  }
  const values = await sampleOf(source, id, { report, sample });
  const { model, modelSha256, sampleShape, valueMinimum, valueMaximum } = report;
  if (report.latents) return source.pipelines.decode({ name: model, sha256: modelSha256 }, values);
  const drawn = drawPicture(values, sampleShape, [valueMinimum, valueMaximum]);
  if (drawn) return drawn;
  throw invalid('picture', `samples of shape [${sampleShape.join(', ')}]`, 'those of pictures');
}

async function sampleOf(
  { store }: ResultSource,
  id: string,
  { report, sample }: { readonly report: Report__Output; readonly sample: number },
): Promise<Float32Array> {
  const blob = store.blobsOf(id).find(({ name }) => name === `${id}.samples`);
  const dim = elementsOf(report.sampleShape);
  const own = new Uint8Array(dim * Float32Array.BYTES_PER_ELEMENT);
  const begin = sample * own.length;
  let at = 0;
  // to the end, so that what is damaged is found
  for await (const piece of blob ? store.readBlob(blob) : []) {
    const from = Math.max(0, begin - at);
    const to = Math.min(piece.length, begin + own.length - at);
    if (from < to) own.set(piece.subarray(from, to), at + from - begin);
    at += piece.length;
  }
  return new Float32Array(own.buffer);
}
