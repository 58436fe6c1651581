/** Pictures of prompts, in the form that clients of OpenAI's images endpoint have. */
import pLimit from 'p-limit';
import { z } from 'zod';
import type { Model__Output } from '../../../proto/generated/isochron/v1/Model.ts';
import type { SubmitRequest__Output } from '../../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../../shared/kernel/limits.ts';
import type { Principal } from '../auth/principal.ts';
import { invalid } from '../invalid.ts';
import { messageJson, received } from './message-json.ts';
import { messageSchema } from './message-schema.ts';
import { readResult } from './read-result.ts';
import { pngOf } from './png-file.ts';
import { route, type Reply, type Site } from './route.ts';
import { runJob } from './run-job.ts';

/** What the endpoint has no word for, where the request does not say it. */
const STEPS = 50;
const SOLVER = 'ddim';
/** Pictures of one answer that are being made at a time. */
const PICTURES_AT_ONCE = 2;

const short = z.string().max(1_024);
const text = z.string().max(limits.promptCharactersMax);

const imagesBody = z
  .strictObject({
    model: short.describe('name of a model that takes prompts'),
    prompt: text,
    n: z.int().min(1).max(limits.imagesMax).optional().describe('pictures; default 1'),
    size: z
      .string()
      .regex(/^(auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/, 'WIDTHxHEIGHT or auto')
      .optional()
      .describe('WIDTHxHEIGHT, which is the model’s to say: another one is refused; default auto'),
    response_format: z.enum(['b64_json']).optional().describe('the only one; PNG'),
    seed: z.int().optional().describe('default 0'),
    steps: z.int().optional().describe(`default ${STEPS}`),
    solver: short.optional().describe(`default the model’s own, else ${SOLVER}`),
    guidance: z.number().optional().describe('default the model’s'),
    negative_prompt: text.optional().describe('what the picture is guided away from'),
    tolerance: z.number().optional().describe('RMS deviation from the sequential sample'),
    method: short.optional().describe('default auto'),
  })
  .meta({ id: 'ImagesRequest' });

type ImagesBody = z.infer<typeof imagesBody>;

const imagesReply = z
  .strictObject({
    created: z.int().describe('seconds since 1970'),
    data: z.array(z.strictObject({ b64_json: z.base64().describe('PNG') })),
    isochron: z.strictObject({ job: z.string(), report: messageSchema('Report') }),
  })
  .meta({ id: 'Images' });

export const generateImages = route({
  method: 'POST',
  path: '/v1/images/generations',
  scope: 'submit',
  name: 'generateImages',
  description: 'Pictures of a prompt. The job is cancelled where the caller leaves.',
  body: { schema: imagesBody, bytesMax: limits.httpImagesBodyBytesMax },
  openAi: true,
  replies: [{ type: 'application/json', description: 'the pictures', schema: imagesReply }],
  async handle({ site, caller, body, left }): Promise<Reply> {
    const model = modelNamed(site, caller, body.model);
    if (model) checkModel(model, body);
    const job = await runJob(site, caller, imagesRequest(body, model), left);
    const { report } = await readResult(site, caller, job);
    const limit = pLimit(PICTURES_AT_ONCE);
    const made = Array.from({ length: report.samples }, (_, k) =>
      limit(async () => {
        const picture = await site.service.picture(caller, job, k);
        checkSize(body, `${picture.width}x${picture.height}`);
        return { b64_json: (await pngOf(picture)).toString('base64') };
      }),
    );
    const data = await Promise.all(made);
    const isochron = { job, report: messageJson('Report', report) };
    return { kind: 'json', body: { created: Math.floor(Date.now() / 1000), data, isochron } };
  },
});

/** Undefined where no worker has it: submitting says what that means. */
function modelNamed({ service }: Site, caller: Principal, name: string): Model__Output | undefined {
  const found = service.models(caller).models?.find(({ model }) => model?.name === name)?.model;
  return found ? received('Model', found) : undefined;
}

/** What would otherwise be found out after the job. */
function checkModel(model: Model__Output, body: ImagesBody): void {
  const { name, takesPrompts, decodesLatents, sampleShape } = model;
  if (!takesPrompts) {
    const expected = 'a model that takes prompts: of others, POST /v1/samples draws samples';
    throw invalid('model', name, expected);
  }
  const [height = 0, width = 0] = sampleShape.slice(-2);
  if (!decodesLatents) return checkSize(body, `${width}x${height}`);
  const { size = 'auto' } = body;
  if (size === 'auto') return;
  const [wide = 0, high = 0] = size.split('x').map(Number);
  // a decoder enlarges a latent by the same whole number both ways
  const fits = wide % width === 0 && wide / width === high / height;
  if (!fits) throw invalid('size', size, `a multiple of the latent's ${width}x${height}, or auto`);
}

function checkSize({ size = 'auto' }: ImagesBody, own: string): void {
  if (size !== 'auto' && size !== own) throw invalid('size', size, `${own}, the model's, or auto`);
}

function imagesRequest(body: ImagesBody, model: Model__Output | undefined): SubmitRequest__Output {
  const { prompt, n = 1, seed, guidance, tolerance, method = '' } = body;
  const own = model?.solver !== undefined && model.solver !== '';
  return received('SubmitRequest', {
    model: body.model,
    prompts: [prompt],
    negativePrompts: body.negative_prompt === undefined ? [] : [body.negative_prompt],
    solver: body.solver ?? (own ? '' : SOLVER),
    steps: body.steps ?? STEPS,
    samples: n,
    method,
    ...(seed !== undefined && { seed }),
    ...(guidance !== undefined && { guidance }),
    ...(tolerance !== undefined && { tolerance }),
  });
}
