/** A result to whoever asks for it, from the store, whichever process ran the job. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { JobRequest__Output } from '../../proto/generated/isochron/v1/JobRequest.ts';
import type { ResultChunk } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';
import type { Blob, JobStore, StoredJob } from './job-store.ts';
import { decodeReport, decodeRequest, decodeTrace } from './stored-job.ts';

export async function sendResult(
  call: ServerWritableStream<JobRequest__Output, ResultChunk>,
  store: JobStore,
  stored: StoredJob,
): Promise<void> {
  const writer = new OrderedWriter<ResultChunk>(call);
  for await (const chunk of chunksOf(store, stored, call.request.trajectory)) {
    if (!(await writer.write([chunk]))) return;
  }
  call.end();
}

async function* chunksOf(
  store: JobStore,
  { id, report, request }: StoredJob,
  wantsTrajectory: boolean,
): AsyncIterable<ResultChunk> {
  const blobs = new Map(store.blobsOf(id).map((blob) => [blob.name.slice(id.length + 1), blob]));
  yield decodeReport(report ?? new Uint8Array());
  yield* pieces(store, blobs.get('samples'), (samples) => ({ samples }));
  yield* traceOf(store, blobs.get('trace'));
  if (!blobs.has('residuals')) return;
  yield* pieces(store, blobs.get('residuals'), (residuals) => ({ residuals }));
  for (const input of decodeRequest(request).inputs) yield { input };
  if (!wantsTrajectory) return;
  yield* pieces(store, blobs.get('trajectory'), (trajectory) => ({ trajectory }));
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
  if (!blob) return;
  const read: Uint8Array[] = [];
  for await (const piece of store.readBlob(blob)) read.push(piece);
  for (const { round, frontier, firstStep, codes } of decodeTrace(Buffer.concat(read))) {
    yield { round: { round, frontier, firstStep, residualCodes: Buffer.from(codes) } };
  }
}
