/** What each call needs. A new RPC without a line here does not compile. */
import type { FleetHandlers } from '../../../proto/generated/isochron/v1/Fleet.ts';
import type { SamplerHandlers } from '../../../proto/generated/isochron/v1/Sampler.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { defaultTenant, type Principal, type Scope } from './principal.ts';

export const rpcScopes = {
  Submit: 'submit',
  SubmitTrajectory: 'submit',
  Plan: 'submit',
  Watch: 'read',
  GetJob: 'read',
  ListJobs: 'read',
  GetLoad: 'read',
  Cancel: 'submit',
  Result: 'read',
  ListWorkers: 'read',
  ListModels: 'read',
  Drain: 'admin',
} as const satisfies Record<keyof SamplerHandlers, Scope>;

export type Rpc = keyof typeof rpcScopes;

/** On the worker port: a worker's certificate, or the token of workers where there is no TLS. */
export const fleetRules = {
  Control: 'worker',
  Data: 'worker',
} as const satisfies Record<keyof FleetHandlers, 'worker'>;

/** `open`: no token; probes of orchestrators have none, and learn only that the process serves. */
export type ClientRule = Scope | 'open';

const besideSampler: readonly (readonly [path: string, rule: ClientRule])[] = [
  ['/grpc.health.v1.Health/Check', 'open'],
  ['/grpc.health.v1.Health/List', 'read'],
  ['/grpc.health.v1.Health/Watch', 'read'],
  ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', 'read'],
  ['/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo', 'read'],
];

/** By the path of the call, for all of the client port. */
export const clientRules: ReadonlyMap<string, ClientRule> = new Map([
  ...Object.entries(rpcScopes).map(
    ([rpc, scope]) => [`/isochron.v1.Sampler/${rpc}`, scope] as const,
  ),
  ...besideSampler,
]);

/** @throws SamplerError FORBIDDEN */
export function authorize({ name, scopes }: Principal, needed: Scope, what: string): void {
  if (scopes.has(needed) || scopes.has('admin')) return;
  const text = `${what}: found scopes ${[...scopes].join(', ') || 'none'} of ${name}`;
  throw new SamplerError('FORBIDDEN', `${text}, expected ${needed}`);
}

/** Whether the caller may know that something of this tenant exists. */
export function sees({ tenant, scopes }: Principal, owner: string): boolean {
  return scopes.has('admin') || tenant === (owner || defaultTenant);
}

/** Whether figures of all tenants together may be told to the caller. */
export function seesAll({ scopes }: Principal): boolean {
  return scopes.has('admin') || scopes.has('metrics');
}

/** How requests name the caller's tenant: not at all where it is the default one. */
export function ownerOf({ tenant }: Principal): string {
  return tenant === defaultTenant ? '' : tenant;
}
