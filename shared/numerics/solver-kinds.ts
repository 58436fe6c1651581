/** What each solver is told: the part of a configuration that says how to walk. */
import type { DpmppOptions } from './samplers/dpmpp.ts';
import type { Churn } from './samplers/edm.ts';
import type { SaOptions } from './samplers/sa-solver.ts';
import type { SinglestepOptions } from './samplers/dpmpp-single.ts';
import type { UnipcOptions } from './samplers/unipc.ts';

/** Where steps lead: to the level of the next row, or floor(T/N) times on, as diffusers does. */
type Target = 'next' | 'stride';

/** What a solver is told besides x0's bound, which is the grid's. */
type Told<Options> = Omit<Options, 'bound'>;

export type Solver =
  | {
      readonly kind: 'ddim';
      readonly eta: number;
      /** eps from the clipped x0, not the network's own. */
      readonly epsilonFromBound?: boolean | undefined;
      readonly target?: Target | undefined;
    }
  | { readonly kind: 'ddpm'; readonly variance?: 'small' | 'large' | undefined }
  | { readonly kind: 'euler' | 'heun' | 'flow-euler' | 'flow-heun' }
  | { readonly kind: 'euler-ancestral'; readonly eta?: number | undefined }
  | { readonly kind: 'lms'; readonly order?: number | undefined }
  | { readonly kind: 'pndm'; readonly target?: Target | undefined }
  | ({ readonly kind: 'dpmpp' } & Told<DpmppOptions>)
  | ({ readonly kind: 'dpmpp-single' } & Told<SinglestepOptions>)
  | ({ readonly kind: 'unipc' } & Told<UnipcOptions>)
  | {
      readonly kind: 'deis';
      readonly order: number;
      readonly lowerOrderFinal?: boolean | undefined;
    }
  | ({ readonly kind: 'sa-solver' } & Told<SaOptions>)
  | { readonly kind: 'edm-euler' | 'edm-heun'; readonly churn?: Churn | undefined }
  | {
      readonly kind: 'lcm';
      readonly originalSteps?: number | undefined;
      readonly timestepScaling?: number | undefined;
    }
  | {
      readonly kind: 'tcd';
      readonly gamma: number;
      readonly originalSteps?: number | undefined;
    };

export type SolverKind = Solver['kind'];

/** Training steps of a distilled model's teacher. */
export const usualOriginalSteps = 50;
