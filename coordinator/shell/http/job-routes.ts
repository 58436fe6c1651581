/** Jobs: submitted, planned, looked at, watched, cancelled. */
import { z } from 'zod';
import type { Principal } from '../auth/principal.ts';
import { limits } from '../../../shared/kernel/limits.ts';
import { decodeModel } from '../../../shared/protocol/model-wire.ts';
import { messageJson, received } from './message-json.ts';
import { messageSchema } from './message-schema.ts';
import { eventsOfJob, previewEvent, roundsEvent, statusEvent } from './job-events.ts';
import { route, type Site } from './route.ts';
import { submitBody, submitRequest, type ConditionsOf } from './submit-body.ts';

const json = 'application/json';
const jobParam = { job: 'id of the job' };
const status = { type: json, description: 'the job', schema: messageSchema('JobStatus') };
const jobBody = { schema: submitBody, bytesMax: limits.httpTensorBodyBytesMax };

/** What labels and numbers of a request are read by. */
export function conditionsKnown({ service }: Site, caller: Principal): ConditionsOf {
  return (name) => {
    const { models = [] } = service.models(caller);
    const found = models.find(({ model }) => model?.name === name)?.model;
    return found ? decodeModel(received('Model', found)).conditions : undefined;
  };
}

export const submit = route({
  method: 'POST',
  path: '/v1/jobs',
  scope: 'submit',
  name: 'submit',
  description: 'Queues a job. The answer means that it is on disk.',
  body: jobBody,
  status: 202,
  replies: [{ type: json, description: 'the job', schema: messageSchema('SubmitReply') }],
  async handle({ site, caller, body }) {
    const request = submitRequest(body, conditionsKnown(site, caller));
    return {
      kind: 'json',
      body: messageJson('SubmitReply', await site.service.submit(caller, request)),
    };
  },
});

export const plan = route({
  method: 'POST',
  path: '/v1/plan',
  scope: 'submit',
  name: 'plan',
  description: 'What submitting the job would run, and what else was thought of. Nothing runs.',
  body: jobBody,
  replies: [{ type: json, description: 'the plan', schema: messageSchema('PlanReply') }],
  async handle({ site, caller, body }) {
    const request = submitRequest(body, conditionsKnown(site, caller));
    return {
      kind: 'json',
      body: messageJson('PlanReply', await site.service.plan(caller, request)),
    };
  },
});

const jobsQuery = z.strictObject({
  limit: z.coerce.number().int().min(0).max(limits.jobsListedMax).optional(),
  before: z.string().max(128).optional(),
  client: z.string().max(128).optional(),
});

export const jobs = route({
  method: 'GET',
  path: '/v1/jobs',
  scope: 'read',
  name: 'jobs',
  description: 'Jobs that the coordinator remembers, oldest first: the newest so many.',
  query: jobsQuery,
  replies: [{ type: json, description: 'jobs', schema: messageSchema('ListJobsReply') }],
  handle({ site, caller, query }) {
    const { limit = 0, before = '', client = '' } = query;
    const page = site.service.jobs(caller, { limit, before, client });
    return { kind: 'json', body: messageJson('ListJobsReply', page) };
  },
});

export const job = route({
  method: 'GET',
  path: '/v1/jobs/{job}',
  scope: 'read',
  name: 'job',
  description: 'One job as it stands.',
  params: jobParam,
  replies: [status],
  handle: ({ site, caller, params }) => ({
    kind: 'json',
    body: messageJson('JobStatus', site.service.job(caller, params['job'] ?? '')),
  }),
});

export const cancel = route({
  method: 'POST',
  path: '/v1/jobs/{job}/cancel',
  scope: 'submit',
  name: 'cancel',
  description: 'Stops a job, within one model call. The answer comes when it has ended.',
  params: jobParam,
  replies: [status],
  async handle({ site, caller, params }) {
    const ended = await site.service.cancel(caller, params['job'] ?? '');
    return { kind: 'json', body: messageJson('JobStatus', ended) };
  },
});

const flag = z.enum(['0', '1']).optional();

export const events = route({
  method: 'GET',
  path: '/v1/jobs/{job}/events',
  scope: 'read',
  name: 'events',
  description: 'Progress of one job, from its current state to its end.',
  params: jobParam,
  query: z.strictObject({
    previews: flag.describe('1: the current estimate of the samples as well'),
    trace: flag.describe('1: the convergence trace and the blocks as well'),
  }),
  replies: [
    {
      type: 'text/event-stream',
      description: 'events',
      events: { status: statusEvent, rounds: roundsEvent, preview: previewEvent },
    },
  ],
  handle({ site, caller, params, query, left: signal }) {
    const watching = { previews: query.previews === '1', trace: query.trace === '1', signal };
    const watched = site.service.watch(caller, params['job'] ?? '', watching);
    return { kind: 'events', events: eventsOfJob(watched) };
  },
});
