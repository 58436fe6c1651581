/** Samples in one call: for programs that would wait for the job anyway. */
import { z } from 'zod';
import type { Report__Output } from '../../../proto/generated/isochron/v1/Report.ts';
import { limits } from '../../../shared/kernel/limits.ts';
import type { Principal } from '../auth/principal.ts';
import { conditionsKnown } from './job-routes.ts';
import { messageJson } from './message-json.ts';
import { messageSchema } from './message-schema.ts';
import { readResult } from './read-result.ts';
import { npy, samplesFile } from './result-routes.ts';
import { route, type Piece, type Reply, type Site } from './route.ts';
import { runJob } from './run-job.ts';
import { submitBody, submitRequest } from './submit-body.ts';

const samplesReply = z
  .strictObject({
    report: messageSchema('Report'),
    shape: z.array(z.int()).describe('[samples, ...sample shape]'),
    samples: z.base64().describe('float32, little-endian'),
  })
  .meta({ id: 'Samples' });

const json = 'application/json';

export const generateSamples = route({
  method: 'POST',
  path: '/v1/samples',
  scope: 'submit',
  name: 'generateSamples',
  description:
    'As submitting a job, waiting for it and reading its samples. The job is cancelled where the ' +
    'caller leaves, unless he gave it an idempotencyKey to ask for it again.',
  body: { schema: submitBody, bytesMax: limits.httpTensorBodyBytesMax },
  replies: [
    { type: json, description: 'report and samples', schema: samplesReply },
    { type: npy, description: 'a file of NumPy, where that is what Accept names' },
  ],
  async handle({ site, caller, body, accept, left }): Promise<Reply> {
    const request = submitRequest(body, conditionsKnown(site, caller));
    const job = await runJob(site, caller, request, left);
    if (accept.includes(npy)) {
      return { kind: 'stream', type: npy, pieces: samplesFile(site, caller, job) };
    }
    return { kind: 'stream', type: json, pieces: samplesJson(site, caller, job) };
  },
});

/** Written as it is read: the samples of a job may be larger than a text can be. */
async function* samplesJson(site: Site, caller: Principal, job: string): AsyncGenerator<Piece> {
  const { report, samples } = await readResult(site, caller, job);
  const head = { report: messageJson('Report', report), shape: shapeOf(report) };
  yield `${JSON.stringify(head).slice(0, -1)},"samples":"`;
  yield* inBase64(samples());
  yield '"}';
}

function shapeOf({ samples, sampleShape }: Report__Output): number[] {
  return [samples, ...sampleShape];
}

/** Of three bytes four characters: what is left over waits for the next piece. */
async function* inBase64(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const whole = bytes.length - (bytes.length % 3);
    yield bytes.toString('base64', 0, whole);
    rest = bytes.subarray(whole);
  }
  yield rest.toString('base64');
}
