/** What clients and tenants count for in the fair queue, as an operator says it. */
import { limits } from '../../shared/kernel/limits.ts';
import { invalid } from './invalid.ts';
import { clientNameExpected, isClientName, shareOfTenant } from './share.ts';

export const weightExpected = `a number from ${limits.weightMin} to ${limits.weightMax}`;

/** Of a share that nobody has given another one. */
export const weightDefault = 1;

export function isWeight(found: number): boolean {
  return found >= limits.weightMin && found <= limits.weightMax;
}

/** @throws SamplerError INVALID_REQUEST */
export function parseWeight(field: string, text: string): number {
  const found = text.trim() === '' ? NaN : Number(text);
  if (isWeight(found)) return found;
  throw invalid(field, text, weightExpected);
}

/**
 * Of clients of the default tenant; every other tenant is one share.
 *
 * @param texts NAME=W each
 * @throws SamplerError INVALID_REQUEST
 */
export function clientWeights(texts: readonly string[]): ReadonlyMap<string, number> {
  const field = '--client-weight';
  const weights = new Map<string, number>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const name = text.slice(0, Math.max(0, at));
    if (!isClientName(name)) {
      throw invalid(field, text, `NAME=W, NAME of ${clientNameExpected}`);
    }
    if (weights.has(name)) throw invalid(field, text, `one weight of ${name}`);
    weights.set(name, parseWeight(field, text.slice(at + 1)));
  }
  if (weights.size <= limits.weightsMax) return weights;
  throw invalid(field, `${weights.size} of them`, `at most ${limits.weightsMax}`);
}

export interface Weights {
  /** By the name of a client of the default tenant. */
  readonly clients: ReadonlyMap<string, number>;
  /** By the name of any other tenant. */
  readonly tenants: ReadonlyMap<string, number>;
}

/** By the share that each of them has in the queue. */
export function weightsOfShares({ clients, tenants }: Weights): ReadonlyMap<string, number> {
  const ofTenants = [...tenants].map(
    ([tenant, weight]) => [shareOfTenant(tenant), weight] as const,
  );
  return new Map([...clients, ...ofTenants]);
}
