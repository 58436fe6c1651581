/** Jobs as bytes: what the store keeps of them, in the messages that clients read anyway. */
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { JobStatus__Output } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { Report } from '../../proto/generated/isochron/v1/Report.ts';
import type { ResultChunk__Output } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';

const service = () => loadPackage().Sampler.service;

/** A copy that owns its memory: what goes to another thread takes its whole buffer along. */
function own(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

function buffer({ buffer: memory, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(memory, byteOffset, byteLength);
}

export function encodeRequest(request: SubmitRequest__Output): Uint8Array {
  return own(service().Submit.requestSerialize(request));
}

export function decodeRequest(bytes: Uint8Array): SubmitRequest__Output {
  return service().Submit.requestDeserialize(buffer(bytes));
}

/** Of the same request, whichever version wrote the bytes, and whoever encoded its prompts. */
export function sameRequest(stored: Uint8Array, request: SubmitRequest__Output): boolean {
  const asked = { ...decodeRequest(stored), encoded: [], encodedImage: null };
  return buffer(encodeRequest(asked)).equals(encodeRequest(request));
}

export function encodeStatus(status: JobStatus): Uint8Array {
  return own(service().GetJob.responseSerialize(status));
}

export function decodeStatus(bytes: Uint8Array): JobStatus__Output {
  return service().GetJob.responseDeserialize(buffer(bytes));
}

export function encodeReport(report: Report): Uint8Array {
  return own(service().Result.responseSerialize({ report }));
}

export function decodeReport(bytes: Uint8Array): ResultChunk__Output {
  return service().Result.responseDeserialize(buffer(bytes));
}

const HEAD_BYTES = 16;

/** Per round four 32-bit numbers, then its codes. */
export function encodeTrace(rounds: readonly RoundResiduals[]): Uint8Array {
  const length = rounds.reduce((sum, { codes }) => sum + HEAD_BYTES + codes.length, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { round, firstStep, frontier, codes } of rounds) {
    for (const [k, value] of [round, firstStep, frontier, codes.length].entries()) {
      view.setUint32(at + 4 * k, value, true);
    }
    bytes.set(codes, at + HEAD_BYTES);
    at += HEAD_BYTES + codes.length;
  }
  return bytes;
}

export function decodeTrace(bytes: Uint8Array): RoundResiduals[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rounds: RoundResiduals[] = [];
  for (let at = 0; at < bytes.length;) {
    const number = (k: number): number => view.getUint32(at + 4 * k, true);
    const end = at + HEAD_BYTES + number(3);
    const codes = bytes.slice(at + HEAD_BYTES, end);
    rounds.push({ round: number(0), firstStep: number(1), frontier: number(2), codes });
    at = end;
  }
  return rounds;
}
