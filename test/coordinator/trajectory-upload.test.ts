import { EventEmitter } from 'node:events';
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { receiveTrajectory } from '../../coordinator/shell/trajectory-upload.ts';
import type { UploadCall } from '../../coordinator/shell/trajectory-upload.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { submitRequest } from '../../cli/bench/local-job.ts';

const request = submitRequest('mixture6', { steps: 3, samples: 1, seed: 5, solver: 'ddim' });
const states = Float32Array.from({ length: 16 }, (_, k) => k);
const bytes = Buffer.from(states.buffer);

/** A desk that expects 64 bytes, and notes what it was told. */
function fakeDesk() {
  const told: { given: unknown; verify: boolean }[] = [];
  const desk = {
    held: 0,
    checkTrajectory: () => 64,
    reserve(size: number) {
      desk.held += size;
      return () => void (desk.held -= size);
    },
    async submit(_: SubmitRequest__Output, start?: { given: unknown; verify: boolean }) {
      if (start) told.push(start);
      return { job: 'j', waitingFor: '' };
    },
  };
  return { desk, told };
}

function upload(pieces: readonly object[], how: 'end' | 'nothing' = 'end') {
  const { desk, told } = fakeDesk();
  const call = new EventEmitter();
  const reply = receiveTrajectory(call as unknown as UploadCall, desk, { silenceMs: 30 });
  for (const piece of pieces) call.emit('data', piece);
  if (how === 'end') call.emit('end');
  return { reply, told, desk, call };
}

function head(changes: object = {}): object {
  const source = { ...request, seed: 6 };
  const sums = { byteLength: 64, crc32: crc32(bytes) };
  return { head: { request, source, ...sums, verify: false, ...changes } };
}

describe('a trajectory that is uploaded', () => {
  it('starts its job, and takes memory no longer than it must', async () => {
    const pieces = [{ states: bytes.subarray(0, 24) }, { states: bytes.subarray(24) }];
    const { reply, told, desk } = upload([head({ verify: true }), ...pieces]);
    expect((await reply).job).toBe('j');
    expect(told).toEqual([{ given: { states, seed: 6, sameConditions: true }, verify: true }]);
    expect(desk.held).toBe(0);
  });

  it('is of other conditions where an input differs', async () => {
    const input = { name: 'class', dtype: 'int64', shape: [], data: Buffer.alloc(8, 1) };
    const inputs = [input];
    const others = [[], [{ ...input, data: Buffer.alloc(8, 2) }], [{ ...input, name: 'other' }]];
    for (const different of others) {
      const change = { request: { ...request, inputs }, source: { ...request, inputs: different } };
      const { reply, told } = upload([head(change), { states: bytes }]);
      await reply;
      expect(told).toMatchObject([{ given: { sameConditions: false } }]);
    }
    const same = { request: { ...request, inputs }, source: { ...request, inputs } };
    const { reply, told } = upload([head(same), { states: bytes }]);
    await reply;
    expect(told).toMatchObject([{ given: { sameConditions: true } }]);
  });

  const notFinite = Float32Array.from(states);
  notFinite[7] = NaN;
  const damaged = Buffer.from(notFinite.buffer);

  it.each([
    ['that does not begin with its head', [{ states: bytes }], 'expected a head before them'],
    ['without a job', [head({ request: null })], 'expected the job'],
    ['without a source', [head({ source: null })], 'the job that the states came from'],
    ['of a bad seed', [head({ source: { ...request, seed: -1 } })], 'trajectory.source.seed'],
    ['of another size', [head({ byteLength: 60 })], 'expected 64 for 4 rows of 1 samples'],
    ['that is too long', [head(), { states: Buffer.alloc(68) }], 'more than 64 bytes'],
    ['that is too short', [head(), { states: bytes.subarray(4) }], 'found "60 bytes"'],
    ['with an empty piece', [head(), { states: Buffer.alloc(0) }], 'an empty piece'],
    ['with a wrong checksum', [head({ crc32: 1 }), { states: bytes }], 'checksum'],
    [
      'with a state that is no number',
      [head({ crc32: crc32(damaged) }), { states: damaged }],
      'NaN at element 7',
    ],
    ['of nothing', [], 'a head and its states'],
  ])('%s is refused', async (_what, pieces, says) => {
    const { reply, told, desk } = upload(pieces);
    await expect(reply).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(reply).rejects.toThrow(says);
    expect(told).toEqual([]);
    expect(desk.held).toBe(0);
  });

  it.each([
    ['cancelled', 'CANCELLED'],
    ['silence', 'DEADLINE_MISSED'],
  ] as const)('ends with %s and frees its memory', async (how, code) => {
    const pieces = [head(), { states: bytes.subarray(0, 4) }];
    const { reply, desk, call } = upload(pieces, 'nothing');
    expect(desk.held).toBe(64);
    if (how === 'cancelled') call.emit('cancelled');
    await expect(reply).rejects.toMatchObject({ code });
    expect(desk.held).toBe(0);
  });
});
