/**
 * The stopping rules of the published methods, for fair comparisons with them. Ours is `final`
 * (`freeze.ts`): it bounds what the final sample still moves by. These do not, and say so in the
 * result. Each has its tolerance in the meaning and with the default of its publication.
 *
 *   j        a state, behind step j-1        u_j  RMS of its last movement
 *   g_i      DDPM posterior deviation of step i, whatever the solver
 *   r_i      RMS(x_{i+1} - step(x_i)), before this round's movement
 *
 * paradigms  state j settled:  u_j^2 / g_j^2 <= tolerance^2,  never for j = N
 *            Shih et al., arXiv 2305.16317 and AndyShih12/paradigms; tolerance 0.1
 * parataa    step i settled:   r_i <= tolerance  or  r_i <= tolerance g_i
 *            Tang et al., arXiv 2402.09970 and TZW1998/ParaTAA-Diffusion; tolerance 1e-3. With one
 *            tolerance for both, as in its examples, the second never decides, since g < 1
 * srds       all at once:      u_N <= tolerance
 *            Selvam et al., arXiv 2412.08292; tolerance 0.1 of 255 grey levels of [-1, 1], as in
 *            kevin-on/srds, which takes the mean absolute difference; ours is RMS, never smaller
 *
 * The codes of the first two move the window to the first state that is not settled: its inputs
 * are, so its new value is trusted. Hence one more row than those that passed.
 */

export const stopRules = ['final', 'paradigms', 'parataa', 'srds'] as const;

export type StopRule = (typeof stopRules)[number];

export function isStopRule(name: string): name is StopRule {
  return (stopRules as readonly string[]).includes(name);
}

const tolerances: Readonly<Record<StopRule, number>> = {
  final: 0.01,
  paradigms: 0.1,
  parataa: 1e-3,
  srds: (0.1 / 255) * 2,
};

/** What a job without a tolerance of its own gets. */
export function defaultTolerance(rule: StopRule): number {
  return tolerances[rule];
}

/** What a rule knows of a job. */
interface StopSettings {
  /** N */
  readonly steps: number;
  /** [N] g */
  readonly sigmaPosterior: Float64Array;
  readonly tolerance: number;
}

/** The live rows of one sample; entry k speaks of step first + k and the state behind it. */
interface TestedRows {
  readonly first: number;
  /** u; Infinity where no block knows it. */
  readonly update: Float64Array;
  /** r; Infinity likewise. */
  readonly residual: Float64Array;
}

/**
 * How many leading rows a published rule freezes. The first is exact whenever it is known, so one
 * row per round at least.
 */
export function publishedPassing(
  stop: Exclude<StopRule, 'final'>,
  settings: StopSettings,
  rows: TestedRows,
): number {
  const { first, update } = rows;
  const known = update.indexOf(Infinity);
  const count = known < 0 ? update.length : known;
  if (stop === 'srds') {
    const reached = first + count === settings.steps && count === update.length;
    const settled = reached && update[count - 1]! <= settings.tolerance;
    return settled ? count : Math.min(1, count);
  }
  let settled = 0;
  while (settled < count && isSettled(stop, settings, rows, settled)) settled++;
  return Math.min(count, settled + 1);
}

function isSettled(
  stop: 'paradigms' | 'parataa',
  { steps, sigmaPosterior, tolerance }: StopSettings,
  { first, update, residual }: TestedRows,
  k: number,
): boolean {
  const i = first + k;
  if (stop === 'parataa') return residualSettled(residual[k]!, sigmaPosterior[i]!, tolerance);
  const next = i + 1;
  return next < steps && update[k]! <= tolerance * sigmaPosterior[next]!;
}

/** ParaTAA's test of one step; its safeguard asks the same (`anderson.ts`). */
export function residualSettled(residual: number, posterior: number, tolerance: number): boolean {
  return residual <= tolerance || residual <= tolerance * posterior;
}

/**
 * SRDS on blocks: the right boundary of the last one has stopped moving, whatever the others do.
 *
 * @param end of the block, which has a fine result
 * @param update RMS of the movement of its right boundary, the worst sample
 */
export function endsJob(
  {
    stop,
    steps,
    tolerance,
  }: Omit<StopSettings, 'sigmaPosterior'> & { stop?: StopRule | undefined },
  end: number,
  update: number,
): boolean {
  return stop === 'srds' && end === steps && update <= tolerance;
}
