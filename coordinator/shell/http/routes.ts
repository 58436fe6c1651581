/** Every route there is: dispatch, the scopes asked for and openapi.json follow from it. */
import { activity, drain, load, models, whoami, workers } from './fleet-routes.ts';
import { generateImages } from './image-routes.ts';
import { cancel, events, job, jobs, plan, submit } from './job-routes.ts';
import { asset, description, favicon, healthz, metrics, page, readyz } from './page-routes.ts';
import { picture, report, request, samples, trace } from './result-routes.ts';
import { generateSamples } from './sample-routes.ts';
import type { Route } from './route.ts';

export const routes: readonly Route[] = [
  healthz,
  readyz,
  metrics,
  description,
  page,
  asset,
  favicon,
  whoami,
  load,
  workers,
  models,
  drain,
  activity,
  submit,
  plan,
  jobs,
  job,
  cancel,
  events,
  report,
  trace,
  samples,
  picture,
  request,
  generateSamples,
  generateImages,
];
