/**
 * The methods and their settings. All are block methods (docs/NUMERICS.md, "Methods"):
 *
 *   sequential   window 1: the baseline and the oracle, in the same code path
 *   picard       J = 1                      ParaDiGMS, Shih et al., arXiv 2305.16317
 *   picard-eps   J = al'/al                 the additive form in x/al
 *   secant       J = secant scalar per row, Gaussian prior before the first one (the default)
 *   parataa      J = al'/al and triangular Anderson acceleration, Tang et al., arXiv 2402.09970
 *   parareal     one x0-hat jump per block as coarse propagator: SRDS, arXiv 2412.08292
 */
export const methodNames = [
  'sequential',
  'picard',
  'picard-eps',
  'secant',
  'parataa',
  'parareal',
] as const;

export type MethodName = (typeof methodNames)[number];

/**
 * How a row that enters the window is filled: `denoised` rolls the newest x0-hat out
 * (ParaSolver, numerics 3.4), `constant` copies the state at the edge (ParaDiGMS, ParaTAA).
 */
export type Initialization = 'denoised' | 'constant';

export interface Method {
  readonly name: MethodName;
  readonly initialization: Initialization;
  /** Data standard deviation s of the Gaussian prior, in data units. */
  readonly priorStd: number;
  /** Anderson depth: number of differences (parataa only). */
  readonly memory: number;
  /** Newest residuals that a scan carries to a row (parataa only); 0 is all of them. */
  readonly order: number;
  /** Tikhonov term of the Anderson solve, relative to the Gram trace (parataa only). */
  readonly regularization: number;
}

/** ParaDiGMS and ParaTAA copy the edge; published methods start as they were published. */
const published: readonly MethodName[] = ['picard', 'picard-eps', 'parataa'];

export function defaultInitialization(name: MethodName): Initialization {
  return published.includes(name) ? 'constant' : 'denoised';
}

/** A method with its defaults; what is given overrides them. */
export function method(name: MethodName, settings: Partial<Omit<Method, 'name'>> = {}): Method {
  return {
    name,
    initialization: defaultInitialization(name),
    priorStd: 0.5,
    memory: 1,
    order: 0,
    regularization: 1e-6,
    ...settings,
  };
}

export function isMethodName(name: string): name is MethodName {
  return (methodNames as readonly string[]).includes(name);
}
