/** Who calls, and what he may do. */

/**
 * `read`: states, results, workers and models. `submit`: what costs model calls, and cancelling.
 * `metrics`: figures of the whole cluster. `admin`: everything, of every tenant.
 */
export const scopes = ['read', 'submit', 'metrics', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export interface Principal {
  /** Of the token or certificate: for logs, never a secret. */
  readonly name: string;
  /** Whose jobs it sees and makes; `admin` sees those of all. */
  readonly tenant: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Of jobs and tokens that name none. */
export const defaultTenant = 'default';
