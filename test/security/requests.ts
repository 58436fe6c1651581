/** A request of every method, of the job that it is about: a new method without one fails. */
import type { FleetHandlers } from '../../proto/generated/isochron/v1/Fleet.ts';
import type { SamplerHandlers } from '../../proto/generated/isochron/v1/Sampler.ts';

type RequestOf = (job: string) => object;

const plain = { model: 'mixture6', solver: 'ddim', steps: 20 };
const nothing: RequestOf = () => ({});
const ofJob: RequestOf = (job) => ({ job });

const sampler = {
  Submit: () => plain,
  SubmitTrajectory: () => ({ head: { request: plain, source: plain, byteLength: 64 } }),
  Plan: () => plain,
  Watch: ofJob,
  GetJob: ofJob,
  ListJobs: nothing,
  GetLoad: nothing,
  Cancel: ofJob,
  Result: ofJob,
  ListWorkers: nothing,
  ListModels: nothing,
  Drain: () => ({ worker: 'nobody' }),
} satisfies Record<keyof SamplerHandlers, RequestOf>;

/** Those whose request names a job. */
export const jobRpcs: readonly string[] = Object.entries(sampler)
  .filter(([, request]) => request === ofJob)
  .map(([rpc]) => `/isochron.v1.Sampler/${rpc}`);

const fleet = {
  Control: () => ({ register: { name: 'stranger', protocolVersion: 0 } }),
  Data: () => ({ attach: { worker: 'w1' } }),
} satisfies Record<keyof FleetHandlers, RequestOf>;

const list = { listServices: '' };

export const requests: ReadonlyMap<string, RequestOf> = new Map<string, RequestOf>([
  ...Object.entries(sampler).map(([rpc, of]) => [`/isochron.v1.Sampler/${rpc}`, of] as const),
  ...Object.entries(fleet).map(([rpc, of]) => [`/isochron.v1.Fleet/${rpc}`, of] as const),
  ['/grpc.health.v1.Health/Check', nothing],
  ['/grpc.health.v1.Health/List', nothing],
  ['/grpc.health.v1.Health/Watch', nothing],
  ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', () => list],
  ['/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo', () => list],
]);
