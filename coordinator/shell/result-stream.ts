/** A result to whoever asks for it, from the store, whichever process ran the job. */
import type { JobRequest__Output } from '../../proto/generated/isochron/v1/JobRequest.ts';
import type { ResultChunk } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import type { TraceRound } from '../../proto/generated/isochron/v1/TraceRound.ts';
import { floatsOf } from '../../shared/protocol/latents.ts';
import type { PipelineCalls } from './pipeline-calls.ts';
import { picturesOf } from './pictures.ts';
import { inputsOf } from './request-inputs.ts';
import type { Blob, JobStore, StoredJob } from './job-store.ts';
import { decodeReport, decodeRequest, decodeTrace } from './stored-job.ts';
import { traceRound } from './watch.ts';

export interface ResultSource {
  readonly store: JobStore;
  /** Makes pictures of latents. */
  readonly pipelines: PipelineCalls;
}

/** In the order of `ResultChunk`. */
export async function* resultChunks(
  { store, pipelines }: ResultSource,
  { id, report: bytes, request }: StoredJob,
  wants: JobRequest__Output,
): AsyncIterable<ResultChunk> {
  const blobs = new Map(store.blobsOf(id).map((blob) => [blob.name.slice(id.length + 1), blob]));
  const head = decodeReport(bytes ?? new Uint8Array());
  yield head;
  yield* pieces(store, blobs.get('samples'), (samples) => ({ samples }));
  yield* traceOf(store, blobs.get('trace'));
  if (blobs.has('residuals')) {
    yield* pieces(store, blobs.get('residuals'), (residuals) => ({ residuals }));
    for (const input of inputsOf(decodeRequest(request))) yield { input };
    const trajectory = wants.trajectory ? blobs.get('trajectory') : undefined;
    yield* pieces(store, trajectory, (states) => ({ trajectory: states }));
  }
  const { report } = head;
  if (!wants.pictures || !report?.latents) return;
  const samples = floatsOf(await whole(store, blobs.get('samples')));
  yield* picturesOf(report, samples, pipelines);
}

async function* pieces(
  store: JobStore,
  blob: Blob | undefined,
  chunk: (bytes: Buffer) => ResultChunk,
): AsyncIterable<ResultChunk> {
  if (!blob) return;
  for await (const { buffer, byteOffset, byteLength } of store.readBlob(blob)) {
    yield chunk(Buffer.from(buffer, byteOffset, byteLength));
  }
}

async function* traceOf(store: JobStore, blob: Blob | undefined): AsyncIterable<ResultChunk> {
  for (const round of await roundsIn(store, blob)) yield { round };
}

/** Of the stored trace of a job; none where it has none. */
export async function roundsIn(store: JobStore, blob: Blob | undefined): Promise<TraceRound[]> {
  if (!blob) return [];
  return decodeTrace(await whole(store, blob)).map(traceRound);
}

export async function whole(store: JobStore, blob: Blob | undefined): Promise<Buffer> {
  const read: Uint8Array[] = [];
  if (blob) for await (const piece of store.readBlob(blob)) read.push(piece);
  return Buffer.concat(read);
}
