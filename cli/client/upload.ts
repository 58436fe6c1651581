/** A trajectory on its way to the coordinator: its head, then its states in pieces. */
import { crc32 } from 'node:zlib';

import type { SubmitReply__Output } from '../../proto/generated/isochron/v1/SubmitReply.ts';
import type { TrajectoryPiece } from '../../proto/generated/isochron/v1/TrajectoryPiece.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';
import { unary } from './connection.ts';
import type { Connection } from './connection.ts';
import { toSubmitMessage } from './messages.ts';
import type { StartTrajectory, SubmitRequest } from './types.ts';

/** A slower network than this is no network: an upload must end some time. */
const BYTES_PER_MS_MIN = 1024;

export interface Upload {
  readonly request: SubmitRequest;
  readonly trajectory: StartTrajectory;
  /** Nothing is sampled. */
  readonly verify: boolean;
}

export async function submitTrajectory(
  connection: Connection,
  upload: Upload,
): Promise<SubmitReply__Output> {
  const { states } = upload.trajectory;
  const bytes = Buffer.from(states.buffer, states.byteOffset, states.byteLength);
  const timeoutMs = connection.timeoutMs + bytes.length / BYTES_PER_MS_MIN;
  return unary<SubmitReply__Output>({ ...connection, timeoutMs }, (stub, options, done) => {
    const call = stub.submitTrajectory(options, done);
    void new OrderedWriter<TrajectoryPiece>(call).write([...piecesOf(upload, bytes)]).then(() => {
      if (call.writable) call.end();
    });
    return call;
  });
}

function* piecesOf({ request, trajectory, verify }: Upload, bytes: Buffer) {
  yield {
    head: {
      request: toSubmitMessage(request),
      source: toSubmitMessage(trajectory.source),
      byteLength: bytes.length,
      crc32: crc32(bytes),
      verify,
    },
  };
  for (let at = 0; at < bytes.length; at += limits.tensorPartBytes) {
    yield { states: bytes.subarray(at, at + limits.tensorPartBytes) };
  }
}
