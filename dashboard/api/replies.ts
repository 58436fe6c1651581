/** What the coordinator says, as far as pages show it; an example is what its fields default to. */
import { isRecord, readAs, readList } from './read-as.ts';

export type JobState = 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';

const job = {
  job: '',
  state: 'QUEUED' as JobState,
  model: '',
  solver: '',
  method: '',
  steps: 0,
  rows: 0,
  samples: 1,
  rounds: 0,
  frontier: 0,
  windowEnd: 0,
  modelCalls: 0,
  residual: 0,
  elapsedMs: 0,
  message: '',
  errorCode: '',
  baselineRounds: 0,
  client: '',
  priority: 0,
  errorEstimate: 0,
};
export type JobStatus = Readonly<typeof job>;

const condition = {
  name: '',
  dtype: '',
  shape: [] as number[],
  minimum: 0,
  maximum: 0,
  labels: [] as string[],
  unconditional: undefined as number | undefined,
};
export type Condition = Readonly<typeof condition>;

const point = { batch: 0, ms: 0 };
export type LatencyPoint = Readonly<typeof point>;

const model = {
  name: '',
  sha256: '',
  backend: '',
  sampleShape: [] as number[],
  prediction: '',
  valueMinimum: -1,
  valueMaximum: 1,
  guidance: 0,
  maxBatch: 0,
  license: '',
  solver: '',
  takesPrompts: false,
  decodesLatents: false,
};
export type Model = Readonly<typeof model> & {
  readonly conditions: readonly Condition[];
  readonly latencyCurve: readonly LatencyPoint[];
  readonly workers: number;
};

const worker = {
  id: '',
  name: '',
  backend: '',
  state: '',
  blocks: 0,
  modelCalls: 0,
  progressAgeMs: 0,
  lastError: '',
  emulated: false,
  heldBlocks: 0,
};
export type Worker = Readonly<typeof worker> & { readonly models: readonly Model[] };

const client = { client: '', waiting: 0, running: 0, standingMs: 0, weight: 1 };
const load = {
  waiting: 0,
  running: 0,
  submitted: 0,
  done: 0,
  failed: 0,
  cancelled: 0,
  blocks: 0,
  latents: 0,
};
export type Load = Readonly<typeof load> & { readonly clients: readonly (typeof client)[] };

const plan = {
  method: '',
  window: 0,
  blocks: 0,
  groups: 0,
  workers: 0,
  predictedMs: undefined as number | undefined,
  predictedSequentialMs: 0,
  reason: '',
  mode: '',
};
export type Plan = Readonly<typeof plan>;

const setting = {
  method: '',
  window: 0,
  blocks: 0,
  groups: 0,
  workers: 0,
  rounds: 0,
  modelCalls: 0,
  predictedMs: 0,
  speedup: 0,
  chosen: false,
};
export type Setting = Readonly<typeof setting>;

const time = { model: 0, queue: 0, network: 0, coordinator: 0, scan: 0 };
export type TimeSplit = Readonly<typeof time>;

const sequential = { wallMs: 0, rmsError: 0, maxAbsError: 0 };

const report = {
  job: '',
  model: '',
  modelSha256: '',
  method: '',
  solver: '',
  steps: 0,
  rows: 0,
  samples: 1,
  seed: 0,
  tolerance: 0,
  window: 0,
  blocks: 0,
  workers: 0,
  rounds: 0,
  modelCalls: 0,
  sequentialCalls: 0,
  wallMs: 0,
  bytesToWorkers: 0,
  bytesFromWorkers: 0,
  residualMax: 0,
  errorEstimate: 0,
  emulated: false,
  guidance: 0,
  outcome: '',
  sampleShape: [] as number[],
  valueMinimum: -1,
  valueMaximum: 1,
  stop: '',
  wire: '',
  latents: false,
};
export type Report = Readonly<typeof report> & {
  readonly timeMs: TimeSplit;
  readonly plan: Plan;
  readonly sequential: Readonly<typeof sequential> | undefined;
};

const principal = { name: '', tenant: '', scopes: [] as string[] };
export type Caller = Readonly<typeof principal>;

const part = (found: unknown, name: string): unknown => (isRecord(found) ? found[name] : undefined);

export const readJob = (found: unknown): JobStatus => readAs(job, found);

export const readJobs = (found: unknown): { jobs: JobStatus[]; more: boolean } => ({
  jobs: readList(job, part(found, 'jobs')),
  more: part(found, 'more') === true,
});

function readModel(found: unknown, workers = 0): Model {
  return {
    ...readAs(model, found),
    conditions: readList(condition, part(found, 'conditions')),
    latencyCurve: readList(point, part(found, 'latencyCurve')),
    workers,
  };
}

export function readModels(found: unknown): Model[] {
  const models = part(found, 'models');
  if (!Array.isArray(models)) return [];
  return models.map((one: unknown) => readModel(part(one, 'model'), Number(part(one, 'workers'))));
}

export function readWorkers(found: unknown): Worker[] {
  const workers = part(found, 'workers');
  if (!Array.isArray(workers)) return [];
  return workers.map((one: unknown) => {
    const models = part(one, 'models');
    const own = Array.isArray(models) ? models.map((each: unknown) => readModel(each)) : [];
    return { ...readAs(worker, one), models: own };
  });
}

export const readLoad = (found: unknown): Load => ({
  ...readAs(load, found),
  clients: readList(client, part(found, 'clients')),
});

export const readPlan = (found: unknown): { settings: Setting[]; plan: Plan } => ({
  settings: readList(setting, part(found, 'settings')),
  plan: readAs(plan, part(found, 'plan')),
});

export function readReport(found: unknown): Report {
  const baseline = part(found, 'sequential');
  return {
    ...readAs(report, found),
    timeMs: readAs(time, part(found, 'timeMs')),
    plan: readAs(plan, part(found, 'plan')),
    sequential: isRecord(baseline) ? readAs(sequential, baseline) : undefined,
  };
}

export const readCaller = (found: unknown): Caller => readAs(principal, found);
