/**
 * Who shares the cluster with others: a client of the default tenant, or another tenant as a whole,
 * which gains nothing by naming clients. No client's name has a slash.
 */
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';

/** It appears in logs and labels. */
const clientName = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,${limits.nameMax - 1}}$`);
const atMost = `at most ${limits.nameMax}`;
export const clientNameExpected = `letters, digits, ".", "_", "@" and "-", ${atMost}`;

export function isClientName(name: string): boolean {
  return clientName.test(name);
}

/** As he says himself. */
export function clientOf({ client }: Pick<SubmitRequest__Output, 'client'>): string {
  return client === '' ? 'anonymous' : client;
}

/** What the fair queue calls who pays for the request. */
export function shareOf(request: Pick<SubmitRequest__Output, 'client' | 'tenant'>): string {
  return request.tenant === '' ? clientOf(request) : shareOfTenant(request.tenant);
}

/** @param tenant other than the default one */
export function shareOfTenant(tenant: string): string {
  return `${tenant}/*`;
}

export function tenantOfShare(share: string): string {
  return share.endsWith('/*') ? share.slice(0, -2) : '';
}
