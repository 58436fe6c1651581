/** Samples that are latents, as pictures: made by all workers that have the model, side by side. */
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Report__Output } from '../../proto/generated/isochron/v1/Report.ts';
import type { ResultChunk } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import type { Picture } from '../../shared/protocol/pipeline-wire.ts';
import type { ModelFile, PipelineCalls } from './pipeline-calls.ts';

/** Calls that wait at a worker while it makes a picture: its next one is there when it is done. */
const CALLS_PER_WORKER = 2;
/** Nobody takes a picture that is being made for a broken connection. */
const QUIET_MS = 2_000;

/** In the order of the samples. Where there are none comes why; the rest of a result is there. */
export async function* picturesOf(
  report: Report__Output,
  samples: Float32Array,
  calls: PipelineCalls,
): AsyncIterable<ResultChunk> {
  const model: ModelFile = { name: report.model, sha256: report.modelSha256 };
  const dim = elementsOf(report.sampleShape);
  const limit = pLimit(Math.max(1, CALLS_PER_WORKER * calls.workersOf(model)));
  const made = Array.from({ length: report.samples }, (_, k) =>
    limit(() => calls.decode(model, samples.subarray(k * dim, (k + 1) * dim))),
  );
  // those behind one that failed are nobody's to hear of
  for (const one of made) one.catch(() => undefined);
  try {
    for (const [sample, one] of made.entries()) yield* piecesOf(sample, one);
  } catch (error) {
    yield { noPictures: SamplerError.from(error).message };
  } finally {
    limit.clearQueue();
  }
}

async function* piecesOf(sample: number, made: Promise<Picture>): AsyncIterable<ResultChunk> {
  let picture = await Promise.race([made, sleep(QUIET_MS, undefined, { ref: false })]);
  while (!picture) {
    yield { picture: { sample } };
    picture = await Promise.race([made, sleep(QUIET_MS, undefined, { ref: false })]);
  }
  const { width, height, channels, data } = picture;
  for (let at = 0; at < data.length; at += limits.tensorPartBytes) {
    const { buffer, byteOffset, length } = data.subarray(at, at + limits.tensorPartBytes);
    const pixels = Buffer.from(buffer, byteOffset, length);
    yield { picture: { sample, width, height, channels, pixels } };
  }
}
