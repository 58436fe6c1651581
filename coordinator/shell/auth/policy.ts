/** What each call needs. A new RPC without a line here does not compile. */
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
