import { dirname } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../coordinator/shell/http/routes.ts';
import { httpCluster, type HttpCluster } from '../support/http-cluster.ts';
import { promptedFolder } from '../worker/backend/diffusers/prompted-folder.ts';

const reply = routes.find(({ name }) => name === 'generateImages')?.replies[0]?.schema;

interface Images {
  readonly data: readonly { readonly b64_json: string }[];
  readonly isochron: { readonly job: string; readonly report: { readonly seed: number } };
}

describe('pictures of a prompt, as OpenAI clients ask for them', () => {
  let http: HttpCluster;
  beforeAll(async () => {
    http = await httpCluster(1, ['--backend', 'onnx', '--models', dirname(await promptedFolder())]);
  });
  afterAll(() => http.cluster.close());

  const images = (body: object) =>
    http.ask('/v1/images/generations', { body: { model: 'prompted', prompt: 'ab c', ...body } });

  it('are PNG files of the job that gRPC would run', async () => {
    const asked = { n: 2, size: '8x8', seed: 3, steps: 10, solver: 'ddim', negative_prompt: 'x' };
    const { status, json } = await images(asked);
    expect(status).toBe(200);
    reply?.parse(json);
    const { data, isochron } = json as Images;
    expect(isochron.report.seed).toBe(3);
    const same = await http.cluster.client.result(isochron.job, { pictures: true });
    expect(data).toHaveLength(2);
    for (const [k, { b64_json: png }] of data.entries()) {
      const { width, height, data: pixels } = decode(Buffer.from(png, 'base64'));
      expect([width, height]).toEqual([8, 8]);
      expect(Uint8Array.from(pixels)).toEqual(same.pictures[k]?.data);
    }
    const one = await http.ask(`/v1/jobs/${isochron.job}/pictures/1.png`);
    expect(one.bytes.toString('base64')).toBe(data[1]?.b64_json);
  });

  it.each([
    [{ size: '12x8' }, 400, 'size', /multiple of the latent/],
    [{ size: 'large' }, 400, 'size', /WIDTHxHEIGHT/],
    [{ n: 100 }, 400, 'n', /100/],
    [{ response_format: 'url' }, 400, 'response_format', /b64_json/],
    [{ quality: 'hd' }, 400, 'quality', /unknown field "quality"/],
    [{ model: 'none' }, 404, 'model', /expected one that a worker has/],
  ])('%j is refused in the form that they know', async (body, status, param, message) => {
    const answer = await images(body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { type: 'invalid_request_error', param } });
    const { error } = answer.json as { error: { message: string } };
    expect(error.message).toMatch(message);
  });
});
