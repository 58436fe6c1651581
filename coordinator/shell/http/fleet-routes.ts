/** Who asks, what the coordinator holds, its workers and what they do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { scopes } from '../auth/principal.ts';
import { messageJson } from './message-json.ts';
import { messageSchema } from './message-schema.ts';
import { route, type ServerEvent, type Site } from './route.ts';
import type { Principal } from '../auth/principal.ts';

const json = 'application/json';

const principal = z
  .strictObject({ name: z.string(), tenant: z.string(), scopes: z.array(z.enum(scopes)) })
  .meta({ id: 'Principal' });

export const whoami = route({
  method: 'GET',
  path: '/v1/whoami',
  scope: 'read',
  name: 'whoami',
  description: 'Whose token it is, and what it is for.',
  replies: [{ type: json, description: 'the caller', schema: principal }],
  handle({ caller: { name, tenant, scopes: held } }) {
    return { kind: 'json', body: { name, tenant, scopes: [...held] } };
  },
});

export const load = route({
  method: 'GET',
  path: '/v1/load',
  scope: 'read',
  name: 'load',
  description: 'What the coordinator holds right now.',
  replies: [{ type: json, description: 'its load', schema: messageSchema('LoadReply') }],
  handle: ({ site, caller }) => ({
    kind: 'json',
    body: messageJson('LoadReply', site.service.load(caller)),
  }),
});

export const workers = route({
  method: 'GET',
  path: '/v1/workers',
  scope: 'read',
  name: 'workers',
  description: 'Registered workers, and those that are out for a while.',
  replies: [{ type: json, description: 'workers', schema: messageSchema('ListWorkersReply') }],
  handle: ({ site, caller }) => ({
    kind: 'json',
    body: messageJson('ListWorkersReply', site.service.workers(caller)),
  }),
});

export const models = route({
  method: 'GET',
  path: '/v1/models',
  scope: 'read',
  name: 'models',
  description: 'Models that registered workers can run, by name.',
  replies: [{ type: json, description: 'models', schema: messageSchema('ListModelsReply') }],
  handle: ({ site, caller }) => ({
    kind: 'json',
    body: messageJson('ListModelsReply', site.service.models(caller)),
  }),
});

export const drain = route({
  method: 'POST',
  path: '/v1/workers/{worker}/drain',
  scope: 'admin',
  name: 'drain',
  description: 'Gives a worker no new blocks; it leaves when it holds none.',
  params: { worker: 'id or name of the worker' },
  replies: [{ type: json, description: 'what it holds', schema: messageSchema('DrainReply') }],
  handle: ({ site, caller, params }) => ({
    kind: 'json',
    body: messageJson('DrainReply', site.service.drain(caller, params['worker'] ?? '')),
  }),
});

const activityEvent = z
  .strictObject({
    nowMs: z.number().describe('now, on the clock of the intervals'),
    intervals: z.array(
      z.strictObject({
        worker: z.string(),
        name: z.string(),
        job: z.string().describe('empty of a job that is not the caller’s to see'),
        block: z.int(),
        rows: z.int(),
        startMs: z.number(),
        endMs: z.number(),
      }),
    ),
  })
  .meta({ id: 'ActivityEvent' });

export const activity = route({
  method: 'GET',
  path: '/v1/activity',
  scope: 'read',
  name: 'activity',
  description: 'What each worker does: the last minute at first, then what is new.',
  replies: [
    { type: 'text/event-stream', description: 'events', events: { activity: activityEvent } },
  ],
  handle: ({ site, caller, left }) => ({ kind: 'events', events: activityOf(site, caller, left) }),
});

/** Between two events: a timeline on a screen needs no more. */
const ACTIVITY_MS = 250;

async function* activityOf(
  { service }: Site,
  caller: Principal,
  left: AbortSignal,
): AsyncGenerator<ServerEvent> {
  let last = 0;
  for (let first = true; !left.aborted; first = false) {
    const { nowMs, intervals } = service.activity(caller, last);
    last = intervals.at(-1)?.number ?? last;
    if (first || intervals.length > 0) {
      const told = intervals.map(({ number: _number, ...interval }) => interval);
      yield { event: 'activity', data: { nowMs, intervals: told } };
    }
    await sleep(ACTIVITY_MS, undefined, { signal: left }).catch(() => undefined);
  }
}
