/**
 * Every route against a real coordinator with two workers: a valid request is answered as
 * openapi.json says, an invalid one with the error that it should be. A route without an example
 * fails here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from '../../../coordinator/shell/http/openapi.ts';
import type { Route } from '../../../coordinator/shell/http/route.ts';
import { routes } from '../../../coordinator/shell/http/routes.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { decodeNpy } from '../../../shared/protocol/npy.ts';
import { httpCluster, type Asked, type HttpCluster } from '../../support/http-cluster.ts';

const request = {
  model: 'mixture6',
  solver: 'ddim',
  steps: 12,
  inputs: [{ name: 'class', value: 2 }],
};

interface Example {
  readonly path?: (job: string) => string;
  readonly asked?: Asked;
  readonly status?: number;
}

interface Examples {
  /** What differs from asking the path of the route, with a job that is done. */
  readonly valid?: Example;
  /** Undefined where nothing can be asked wrongly but the method. */
  readonly invalid?: Example & { readonly code: string };
}

const unknown = { path: () => '/v1/jobs/none', code: 'UNKNOWN_JOB', status: 404 };
const ofJob = (tail: string): Examples => ({
  invalid: { ...unknown, path: () => `/v1/jobs/none/${tail}` },
});

const examples: Record<string, Examples> = {
  health: {},
  readiness: {},
  // the figures themselves have tests of their own: this coordinator was given none
  metrics: { valid: { status: 404 } },
  description: {},
  dashboard: { valid: { status: 503 } },
  asset: {
    valid: { path: () => '/assets/none.js', status: 404 },
    invalid: { path: () => '/assets/..%2f..%2fpackage.json', code: 'NOT_FOUND', status: 404 },
  },
  favicon: { valid: { path: () => '/favicon.ico', status: 404 } },
  whoami: { invalid: { path: () => '/v1/whoami?x=1', code: 'INVALID_REQUEST', status: 400 } },
  load: {},
  workers: {},
  models: {},
  drain: {
    valid: { path: () => '/v1/workers/w2/drain' },
    invalid: { path: () => '/v1/workers/none/drain', code: 'INVALID_REQUEST', status: 400 },
  },
  activity: {},
  submit: {
    valid: { asked: { body: request }, status: 202 },
    invalid: { asked: { body: { ...request, steps: 0 } }, code: 'INVALID_REQUEST', status: 400 },
  },
  plan: {
    valid: { asked: { body: request } },
    invalid: {
      asked: { body: { ...request, model: 'none' } },
      code: 'UNKNOWN_MODEL',
      status: 404,
    },
  },
  jobs: {
    valid: { path: (job) => `/v1/jobs?limit=1&before=${job}` },
    invalid: { path: () => '/v1/jobs?limit=x', code: 'INVALID_REQUEST', status: 400 },
  },
  job: { invalid: unknown },
  cancel: ofJob('cancel'),
  events: ofJob('events'),
  result: ofJob('result'),
  trace: ofJob('trace'),
  samples: ofJob('samples.npy'),
  picture: {
    valid: { path: (job) => `/v1/jobs/${job}/pictures/0.png` },
    invalid: { path: () => '/v1/jobs/none/pictures/0.png', code: 'UNKNOWN_JOB', status: 404 },
  },
  request: ofJob('request'),
  generateSamples: {
    valid: { asked: { body: { ...request, samples: 2 } } },
    invalid: { asked: { body: { ...request, foo: 1 } }, code: 'INVALID_REQUEST', status: 400 },
  },
  generateImages: {
    // a model without prompts: test/e2e/images.test.ts has one with
    valid: { asked: { body: { model: 'mixture6', prompt: 'a' } }, status: 400 },
    invalid: { asked: { body: { prompt: 'a' } }, code: 'INVALID_REQUEST', status: 400 },
  },
};

let http: HttpCluster;
let job: string;
beforeAll(async () => {
  http = await httpCluster(2);
  ({ job } = await http.cluster.client.submit({
    model: 'mixture6',
    solver: 'ddpm',
    steps: 30,
    samples: 2,
    blocks: 2,
    method: 'secant',
  }));
  for await (const _ of http.cluster.client.watch(job));
});
afterAll(() => http.cluster.close());

const askedOf = ({ method }: Route, { asked = {} }: Example): Asked => ({ method, ...asked });
const pathOf = ({ path }: Route, { path: own }: Example): string =>
  own?.(job) ?? path.replace('{job}', job);

describe('every route', () => {
  it('has an example', () => {
    expect(Object.keys(examples).sort()).toEqual(routes.map(({ name }) => name).sort());
  });

  it.each(routes)('$method $path answers as it is described', async (route) => {
    const { valid = {} } = examples[route.name] ?? {};
    const [described] = route.replies;
    if (described?.events) {
      const found = await http.events(pathOf(route, valid), () => route.name === 'activity');
      expect(found.length).toBeGreaterThan(0);
      for (const { event, data } of found) described.events[event]?.parse(data);
      return;
    }
    const answer = await http.ask(pathOf(route, valid), askedOf(route, valid));
    const status = valid.status ?? route.status ?? 200;
    expect(answer, answer.bytes.toString().slice(0, 300)).toMatchObject({ status });
    if (status >= 400) return;
    expect(answer.headers['content-type']).toContain(described?.type ?? '');
    described?.schema?.parse(answer.json);
  });

  const wrong = routes.filter(({ name }) => examples[name]?.invalid);
  it.each(wrong)('$method $path says what is wrong', async (route) => {
    const invalid = examples[route.name]?.invalid ?? { code: '' };
    const answer = await http.ask(pathOf(route, invalid), askedOf(route, invalid));
    expect(answer.status).toBe(invalid.status);
    expect(answer.json).toMatchObject({ error: { code: invalid.code } });
    const { error } = answer.json as { error: object };
    const fields = route.openAi
      ? ['code', 'message', 'param', 'type']
      : ['code', 'message', 'retriable'];
    expect(Object.keys(error).sort()).toEqual(fields);
  });
});

describe('what a job has left', () => {
  it('is the same as over gRPC', async () => {
    const result = await http.cluster.client.result(job);
    const file = decodeNpy((await http.ask(`/v1/jobs/${job}/samples.npy`)).bytes);
    expect(file.shape).toEqual(result.shape);
    expect(file.data).toEqual(result.samples);
    const { rounds } = (await http.ask(`/v1/jobs/${job}/trace`)).json as { rounds: object[] };
    expect(rounds).toHaveLength(result.trace.length);
    const png = (await http.ask(`/v1/jobs/${job}/pictures/1.png`)).bytes;
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const missing = await http.ask(`/v1/jobs/${job}/pictures/2.png`);
    expect(missing.json).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
  });

  it('samples of one call are those of the job', async () => {
    const body = { ...request, samples: 3, seed: 7 };
    const answer = (await http.ask('/v1/samples', { body })).json as Record<string, unknown>;
    const bytes = Buffer.from(String(answer['samples']), 'base64');
    expect(answer['shape']).toEqual([3, 1, 8, 8]);
    expect(bytes).toHaveLength(4 * 3 * 64);
    const headers = { accept: 'application/x-npy' };
    const file = decodeNpy((await http.ask('/v1/samples', { body, headers })).bytes);
    expect(Buffer.from(file.data.buffer)).toEqual(bytes);
  });
});

describe('docs/openapi.json', () => {
  it('is what the routes say: npm run generate:openapi writes it', () => {
    const committed: unknown = JSON.parse(
      readFileSync(join(packageRoot(), 'docs', 'openapi.json'), 'utf8'),
    );
    expect(committed).toEqual(JSON.parse(JSON.stringify(openApi(routes))));
  });

  it('every reference in it leads somewhere', () => {
    const text = JSON.stringify(openApi(routes));
    const { components } = JSON.parse(text) as { components: { schemas: object } };
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(components.schemas)).toContain(name);
    }
    expect(text).not.toContain('$defs');
  });
});
