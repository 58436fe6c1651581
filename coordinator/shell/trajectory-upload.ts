/** A trajectory from a client: every length is checked before memory is taken for it. */
import type { ServerReadableStream } from '@grpc/grpc-js';
import { crc32 } from 'node:zlib';
import type { SubmitReply } from '../../proto/generated/isochron/v1/SubmitReply.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { TrajectoryHead__Output } from '../../proto/generated/isochron/v1/TrajectoryHead.ts';
import type { TrajectoryPiece__Output } from '../../proto/generated/isochron/v1/TrajectoryPiece.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { firstNonFinite } from '../../shared/numerics/vector.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { invalid } from './invalid.ts';
import type { JobDesk, Submitted } from './job-desk.ts';
import type { GivenTrajectory } from './job-record.ts';

export type UploadCall = ServerReadableStream<TrajectoryPiece__Output, SubmitReply>;

export interface UploadOptions {
  /** Whose job it becomes, as requests name it. */
  readonly tenant?: string;
  readonly silenceMs?: number;
}

interface Upload {
  readonly head: TrajectoryHead__Output;
  readonly request: SubmitRequest__Output;
  readonly source: SubmitRequest__Output;
  readonly bytes: Buffer;
  at: number;
}

/**
 * Reads the upload and submits its job. Rejects with what is wrong, as soon as it is known: what
 * the client still sends is then dropped.
 */
export function receiveTrajectory(
  call: UploadCall,
  desk: Pick<JobDesk, 'submit' | 'checkTrajectory' | 'reserve'>,
  { tenant = '', silenceMs = limits.uploadSilenceMs }: UploadOptions = {},
): Promise<Submitted> {
  return new Promise((resolve, reject) => {
    let upload: Upload | undefined;
    let over = false;
    let held: (() => void) | undefined;
    const release = (): void => {
      held?.();
      held = undefined;
    };
    const silence = setTimeout(late, silenceMs);
    const end = (settle: () => void): void => {
      if (over) return;
      over = true;
      clearTimeout(silence);
      release();
      upload = undefined;
      settle();
    };
    function late(): void {
      const text = `the upload said nothing for ${silenceMs} ms`;
      end(() => reject(new SamplerError('DEADLINE_MISSED', text)));
    }
    const guarded = (work: () => void): void => {
      // what still comes after an error is read and dropped
      if (over) return;
      try {
        work();
      } catch (error) {
        end(() => reject(SamplerError.from(error)));
      }
    };
    call.on('data', (piece: TrajectoryPiece__Output) => {
      silence.refresh();
      guarded(() => {
        if (upload) append(upload, piece);
        else {
          const checked = checkHead(piece.head, desk, tenant);
          held = desk.reserve(checked.byteLength);
          upload = { ...checked, bytes: Buffer.alloc(checked.byteLength), at: 0 };
        }
      });
    });
    call.on('end', () =>
      guarded(() => {
        const { request, given, verify } = complete(upload);
        // from here on the job's record holds it
        release();
        const submitted = desk.submit(request, { given, verify });
        end(() => resolve(submitted));
      }),
    );
    const gone = (): void =>
      end(() => reject(new SamplerError('CANCELLED', 'the upload was broken off')));
    call.on('cancelled', gone);
    call.on('error', gone);
  });
}

interface CheckedHead extends Pick<Upload, 'head' | 'request' | 'source'> {
  readonly byteLength: number;
}

function checkHead(
  head: TrajectoryHead__Output | null | undefined,
  desk: Pick<JobDesk, 'checkTrajectory'>,
  tenant: string,
): CheckedHead {
  if (!head) throw invalid('trajectory', 'states', 'a head before them');
  const { source, byteLength } = head;
  if (!head.request) throw invalid('trajectory.request', 'nothing', 'the job');
  const request = { ...head.request, tenant };
  if (!source) throw invalid('trajectory.source', 'nothing', 'the job that the states came from');
  const expected = desk.checkTrajectory(request);
  if (byteLength !== expected) {
    const rows = `${request.steps + 1} rows of ${request.samples ?? 1} samples`;
    throw invalid('trajectory', `${byteLength} bytes`, `${expected} for ${rows}`);
  }
  const seed = source.seed ?? 0;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw invalid('trajectory.source.seed', seed, `an integer from 0 to ${limits.seedMax}`);
  }
  return { head, request, source, byteLength };
}

function append(upload: Upload, { states }: TrajectoryPiece__Output): void {
  if (!states || states.length === 0) throw invalid('trajectory', 'an empty piece', 'states');
  const { bytes, at } = upload;
  if (at + states.length > bytes.length) {
    throw invalid('trajectory', `more than ${bytes.length} bytes`, 'as many as its head says');
  }
  bytes.set(states, at);
  upload.at += states.length;
}

interface Complete {
  readonly request: SubmitRequest__Output;
  readonly given: GivenTrajectory;
  readonly verify: boolean;
}

function complete(upload: Upload | undefined): Complete {
  if (!upload) throw invalid('trajectory', 'nothing', 'a head and its states');
  const { head, request, source, bytes, at } = upload;
  if (at !== bytes.length) {
    throw invalid('trajectory', `${at} bytes`, `${bytes.length}, as its head says`);
  }
  if (crc32(bytes) !== head.crc32) {
    throw invalid('trajectory', 'another checksum', 'that of its head: it arrived damaged');
  }
  const states = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const bad = firstNonFinite(states, 0, states.length);
  if (bad >= 0) throw invalid('trajectory', `${states[bad]} at element ${bad}`, 'finite states');
  const seed = source.seed ?? 0;
  const sameConditions = sameInputs(request, source);
  return { request, given: { states, seed, sameConditions }, verify: head.verify };
}

/** By their bytes: whoever writes a value in another type only loses the better guess. */
function sameInputs(a: SubmitRequest__Output, b: SubmitRequest__Output): boolean {
  if (a.inputs.length !== b.inputs.length || a.prompts.length > 0) return false;
  return a.inputs.every(({ name, dtype, shape, data }) => {
    const other = b.inputs.find((candidate) => candidate.name === name);
    if (other?.dtype !== dtype || other.shape.join() !== shape.join()) return false;
    return data.equals(other.data);
  });
}
