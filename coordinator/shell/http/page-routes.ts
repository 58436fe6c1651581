/** What browsers, probes and scrapers ask for. */
import { z } from 'zod';
import { HttpError } from './http-status.ts';
import { route, type Reply } from './route.ts';
import { dashboardFile } from './static-files.ts';

const health = z.strictObject({ status: z.string() }).meta({ id: 'Health' });
const json = 'application/json';

export const healthz = route({
  method: 'GET',
  path: '/healthz',
  scope: 'none',
  name: 'health',
  description: 'Answers as long as the process lives.',
  replies: [{ type: json, description: 'it lives', schema: health }],
  handle: () => ({ kind: 'json', body: { status: 'alive' } }),
});

export const readyz = route({
  method: 'GET',
  path: '/readyz',
  scope: 'none',
  name: 'readiness',
  description: 'The job store is open and jobs are taken; 503 before and after that.',
  replies: [{ type: json, description: 'jobs are taken', schema: health }],
  handle({ site }): Reply {
    const ready = site.ready();
    const body = { status: ready ? 'ready' : 'not ready' };
    return { kind: 'json', status: ready ? 200 : 503, body };
  },
});

export const metrics = route({
  method: 'GET',
  path: '/metrics',
  scope: 'metrics',
  name: 'metrics',
  description: 'Figures of the coordinator and its workers, for Prometheus.',
  replies: [{ type: 'text/plain', description: 'the text format of Prometheus' }],
  async handle({ site }): Promise<Reply> {
    if (!site.metrics) throw new HttpError('NOT_FOUND', 'metrics: this coordinator counts none');
    const { contentType: type, text } = site.metrics;
    return { kind: 'bytes', type, bytes: await text() };
  },
});

export const description = route({
  method: 'GET',
  path: '/openapi.json',
  scope: 'none',
  name: 'description',
  description: 'This interface in OpenAPI 3.1.',
  replies: [
    { type: json, description: 'the description', schema: z.looseObject({ openapi: z.string() }) },
  ],
  handle: ({ site }) => ({ kind: 'json', body: site.describe() }),
});

export const page = route({
  method: 'GET',
  path: '/',
  scope: 'none',
  name: 'dashboard',
  description: 'The dashboard. It asks for the token, or takes it from #token= of the address.',
  replies: [{ type: 'text/html', description: 'the page' }],
  handle: ({ site }) => dashboardFile(site.dashboardDir, 'index.html'),
});

export const asset = route({
  method: 'GET',
  path: '/assets/{*file}',
  scope: 'none',
  name: 'asset',
  description: 'A file of the dashboard.',
  params: { file: 'path of the file' },
  replies: [{ type: '*/*', description: 'the file' }],
  handle: ({ site, params }) => dashboardFile(site.dashboardDir, `assets/${params['file'] ?? ''}`),
});

export const favicon = route({
  method: 'GET',
  path: '/favicon.{type}',
  scope: 'none',
  name: 'favicon',
  description: 'The icon of the dashboard.',
  params: { type: 'svg or ico' },
  replies: [{ type: '*/*', description: 'the file' }],
  handle: ({ site, params }) => dashboardFile(site.dashboardDir, `favicon.${params['type'] ?? ''}`),
});
