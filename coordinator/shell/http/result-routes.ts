/** What a job that is done has left: figures, trace, samples, pictures. */
import { z } from 'zod';
import type { Principal } from '../auth/principal.ts';
import { npyHeader } from '../../../shared/protocol/npy.ts';
import { messageJson } from './message-json.ts';
import { messageSchema } from './message-schema.ts';
import { readResult } from './read-result.ts';
import { pngOf } from './png-file.ts';
import { route, type Piece, type Reply, type Site } from './route.ts';

const json = 'application/json';
export const npy = 'application/x-npy';
const params = { job: 'id of the job' };

export const report = route({
  method: 'GET',
  path: '/v1/jobs/{job}/result',
  scope: 'read',
  name: 'result',
  description: 'The figures of a job that is done.',
  params,
  replies: [{ type: json, description: 'its report', schema: messageSchema('Report') }],
  async handle({ site, caller, params: { job = '' } }): Promise<Reply> {
    const { report: found } = await readResult(site, caller, job);
    return { kind: 'json', body: messageJson('Report', found) };
  },
});

const traceReply = z
  .strictObject({ rounds: z.array(messageSchema('TraceRound')) })
  .meta({ id: 'Trace' });

export const trace = route({
  method: 'GET',
  path: '/v1/jobs/{job}/trace',
  scope: 'read',
  name: 'trace',
  description: 'The residuals of every round of a job that is done.',
  params,
  replies: [{ type: json, description: 'its trace', schema: traceReply }],
  async handle({ site, caller, params: { job = '' } }): Promise<Reply> {
    const { rounds } = await readResult(site, caller, job);
    const found = [];
    for await (const round of rounds()) found.push(messageJson('TraceRound', round));
    return { kind: 'json', body: { rounds: found } };
  },
});

export const samples = route({
  method: 'GET',
  path: '/v1/jobs/{job}/samples.npy',
  scope: 'read',
  name: 'samples',
  description: 'The samples of a job that is done: float32, [samples, ...sample shape].',
  params,
  replies: [{ type: npy, description: 'a file of NumPy' }],
  handle: ({ site, caller, params: { job = '' } }) => ({
    kind: 'stream',
    type: npy,
    pieces: samplesFile(site, caller, job),
  }),
});

/** A file of NumPy, in pieces. */
export async function* samplesFile(
  site: Site,
  caller: Principal,
  job: string,
): AsyncGenerator<Piece> {
  const result = await readResult(site, caller, job);
  yield npyHeader('float32', [result.report.samples, ...result.report.sampleShape]);
  yield* result.samples();
}

export const picture = route({
  method: 'GET',
  path: '/v1/jobs/{job}/pictures/{sample}.png',
  scope: 'read',
  name: 'picture',
  description: 'One sample as a picture; of a model of latents a worker makes it.',
  params: { ...params, sample: 'number of the sample, from 0' },
  replies: [{ type: 'image/png', description: 'the picture' }],
  async handle({ site, caller, params: { job = '', sample = '' } }): Promise<Reply> {
    const number = /^\d{1,5}$/.test(sample) ? Number(sample) : Number.NaN;
    const found = await site.service.picture(caller, job, number);
    return { kind: 'bytes', type: 'image/png', bytes: await pngOf(found) };
  },
});

export const request = route({
  method: 'GET',
  path: '/v1/jobs/{job}/request',
  scope: 'read',
  name: 'request',
  description: 'What was submitted, without the bytes of its larger tensors.',
  params,
  replies: [{ type: json, description: 'the request', schema: messageSchema('SubmitRequest') }],
  handle({ site, caller, params: { job = '' } }): Reply {
    const found = site.service.request(caller, job);
    return { kind: 'json', body: withoutBytes(messageJson('SubmitRequest', found)) };
  },
});

/** Room in base64 for a few labels or points; encoded texts and pictures are larger. */
const TOLD_CHARACTERS_MAX = 256;

function withoutBytes(value: Record<string, unknown>): Record<string, unknown> {
  const bare = (one: unknown): unknown =>
    typeof one === 'object' && one !== null && 'data' in one && isLarge(one.data)
      ? { ...one, data: '' }
      : one;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      Array.isArray(one) ? one.map(bare) : bare(one),
    ]),
  );
}

function isLarge(data: unknown): boolean {
  return typeof data === 'string' && data.length > TOLD_CHARACTERS_MAX;
}
