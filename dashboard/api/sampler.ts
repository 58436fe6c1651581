/** The coordinator's calls by name. */
import { call, download } from './http.ts';
import { readCaller, readJob, readJobs, readLoad, readModels, readPlan } from './replies.ts';
import { readReport, readWorkers } from './replies.ts';
import { isRecord } from './read-as.ts';

const at = (job: string): string => `v1/jobs/${encodeURIComponent(job)}`;

export const whoami = async () => readCaller(await call('v1/whoami'));
export const load = async () => readLoad(await call('v1/load'));
export const workers = async () => readWorkers(await call('v1/workers'));
export const models = async () => readModels(await call('v1/models'));
export const jobs = async (limit: number, before = '') =>
  readJobs(await call(`v1/jobs?limit=${limit}&before=${encodeURIComponent(before)}`));
export const job = async (id: string) => readJob(await call(at(id)));
export const cancel = async (id: string) => readJob(await call(`${at(id)}/cancel`, { body: {} }));
export const report = async (id: string) => readReport(await call(`${at(id)}/result`));
export const trace = (id: string) => call(`${at(id)}/trace`);
export const plan = async (request: object) => readPlan(await call('v1/plan', { body: request }));
export const drain = (worker: string) =>
  call(`v1/workers/${encodeURIComponent(worker)}/drain`, { body: {} });

/** The stored request. */
export async function request(id: string): Promise<Record<string, unknown>> {
  const found = await call(`${at(id)}/request`);
  return isRecord(found) ? found : {};
}

export async function submit(body: object): Promise<string> {
  const found = await call('v1/jobs', { body });
  return isRecord(found) ? String(found['job']) : '';
}

export const samplesPath = (id: string): string => `${at(id)}/samples.npy`;
export const resultPath = (id: string): string => `${at(id)}/result`;
export const picturePath = (id: string, sample: number): string =>
  `${at(id)}/pictures/${sample}.png`;
export const eventsPath = (id: string): string => `${at(id)}/events?previews=1&trace=1`;
export const activityPath = 'v1/activity';

/** Saves a file under a name: links cannot carry the token. */
export async function save(path: string, name: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([await download(path)]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
