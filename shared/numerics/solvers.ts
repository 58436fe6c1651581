/**
 * The samplers there are: what users call them, where they come from, how many rows they have.
 */
import { outOfRange } from '../kernel/limits.ts';
import { requireSolver } from './solver-options.ts';
import type { Solver, SolverKind } from './solver-kinds.ts';

type Named = { readonly family: string; readonly paper: string; readonly solver: Solver };

const song = 'Song, Meng, Ermon, ICLR 2021';
const karras = 'Karras, Aittala, Aila, Laine, NeurIPS 2022';
const lu = 'Lu, Zhou, Bao, Chen, Li, Zhu, DPM-Solver++, 2022';
const esser = 'Lipman et al., ICLR 2023; Esser et al., ICML 2024';

const named = {
  ddim: { family: 'one-step', paper: song, solver: { kind: 'ddim', eta: 0 } },
  ddpm: { family: 'ancestral', paper: 'Ho, Jain, Abbeel, NeurIPS 2020', solver: { kind: 'ddpm' } },
  euler: { family: 'one-step', paper: karras, solver: { kind: 'euler' } },
  'euler-ancestral': {
    family: 'ancestral',
    paper: 'Crowson, k-diffusion, 2022',
    solver: { kind: 'euler-ancestral' },
  },
  heun: { family: 'two stages', paper: karras, solver: { kind: 'heun' } },
  lms: { family: 'multistep', paper: 'Crowson, k-diffusion, 2022', solver: { kind: 'lms' } },
  pndm: {
    family: 'multistep',
    paper: 'Liu, Ren, Lin, Zhao, ICLR 2022',
    solver: { kind: 'pndm' },
  },
  'dpmpp-1': { family: 'one-step', paper: lu, solver: { kind: 'dpmpp', order: 1 } },
  'dpmpp-2m': { family: 'multistep', paper: lu, solver: { kind: 'dpmpp', order: 2 } },
  'dpmpp-3m': { family: 'multistep', paper: lu, solver: { kind: 'dpmpp', order: 3 } },
  'dpmpp-2s': { family: 'two stages', paper: lu, solver: { kind: 'dpmpp-single', order: 2 } },
  'sde-dpmpp-1': {
    family: 'ancestral',
    paper: lu,
    solver: { kind: 'dpmpp', order: 1, noisy: true },
  },
  'sde-dpmpp-2m': {
    family: 'noisy multistep',
    paper: lu,
    solver: { kind: 'dpmpp', order: 2, noisy: true },
  },
  'sde-dpmpp-3m': {
    family: 'noisy multistep',
    paper: lu,
    solver: { kind: 'dpmpp', order: 3, noisy: true },
  },
  unipc: {
    family: 'predictor-corrector',
    paper: 'Zhao, Bai, Rao, Zhou, Lu, NeurIPS 2023',
    solver: { kind: 'unipc', order: 2 },
  },
  deis: {
    family: 'multistep',
    paper: 'Zhang, Chen, ICLR 2023',
    solver: { kind: 'deis', order: 2 },
  },
  'sa-solver': {
    family: 'noisy predictor-corrector',
    paper: 'Xue et al., NeurIPS 2023',
    solver: { kind: 'sa-solver', predictorOrder: 2, correctorOrder: 2 },
  },
  'flow-euler': { family: 'one-step', paper: esser, solver: { kind: 'flow-euler' } },
  'flow-heun': { family: 'two stages', paper: esser, solver: { kind: 'flow-heun' } },
  'edm-euler': { family: 'one-step', paper: karras, solver: { kind: 'edm-euler' } },
  'edm-heun': { family: 'two stages', paper: karras, solver: { kind: 'edm-heun' } },
  lcm: {
    family: 'distilled',
    paper: 'Luo, Tan, Huang, Li, Zhao, 2023',
    solver: { kind: 'lcm' },
  },
  tcd: { family: 'distilled', paper: 'Zheng et al., 2024', solver: { kind: 'tcd', gamma: 0.3 } },
} as const satisfies Record<string, Named>;

export type SolverName = keyof typeof named;

/** What users may type. */
export const solverNames = Object.keys(named) as readonly SolverName[];

/** Name, family and paper of every sampler, for tables in documents. */
export const samplers = solverNames.map((name) => {
  const { family, paper } = named[name];
  return { name, family, paper };
});

function isSolverName(name: string): name is SolverName {
  return Object.hasOwn(named, name);
}

/** Options that a name stands for. */
const inTheName: Partial<Record<SolverKind, readonly string[]>> = {
  dpmpp: ['order', 'noisy'],
  'dpmpp-single': ['order'],
};

/**
 * The solver of a name, told more than the name says.
 *
 * @throws RangeError for a name, an option or a value that does not exist
 */
export function solverOf(name: string, options: Readonly<Record<string, unknown>> = {}): Solver {
  if (!isSolverName(name)) throw outOfRange('solver', name, `one of ${solverNames.join(', ')}`);
  const { solver } = named[name];
  const said = ['kind', ...(inTheName[solver.kind] ?? [])];
  const fixed = Object.keys(options).find((field) => said.includes(field));
  if (fixed !== undefined) {
    throw outOfRange(`solver.${fixed}`, options[fixed], `none: ${name} says it`);
  }
  const told: Solver = Object.assign({}, solver, options);
  requireSolver(told);
  return told;
}

const withStages: readonly SolverKind[] = ['heun', 'flow-heun', 'edm-heun'];

/** Evaluations of the model for a number of steps: the rows of the grid. */
export function evaluations({ kind }: Solver, steps: number): number {
  if (withStages.includes(kind)) return 2 * steps - 1;
  return kind === 'pndm' && steps > 1 ? steps + 1 : steps;
}
