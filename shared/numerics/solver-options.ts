/** What each solver may be told, as data: unknown fields and values out of range are refused. */
import { outOfRange } from '../kernel/limits.ts';
import type { Solver, SolverKind } from './solver-kinds.ts';

type Check = { readonly expected: string; readonly fits: (value: unknown) => boolean };

function oneOf(...choices: readonly string[]): Check {
  return {
    expected: `one of ${choices.join(', ')}`,
    fits: (value) => typeof value === 'string' && choices.includes(value),
  };
}

function integer(least: number, most: number): Check {
  return {
    expected: `an integer from ${least} to ${most}`,
    fits: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  };
}

function number(least: number, most: number): Check {
  return {
    expected: most === Infinity ? `a number of at least ${least}` : `from ${least} to ${most}`,
    fits: (value) => typeof value === 'number' && value >= least && value <= most,
  };
}

/** An object of numbers; names ending in ? may be absent. */
function numbers(...names: readonly string[]): Check {
  const all = names.map((name) => name.replace('?', ''));
  return {
    expected: `an object of numbers of at least 0: ${names.join(', ')}`,
    fits: (value) => {
      if (typeof value !== 'object' || value === null) return false;
      const found = Object.entries(value).filter(([, entry]) => entry !== undefined);
      return (
        found.every(
          ([name, entry]) => all.includes(name) && typeof entry === 'number' && entry >= 0,
        ) && names.every((name) => name.endsWith('?') || found.some(([own]) => own === name))
      );
    },
  };
}

const flag: Check = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const share = number(0, 1);
const target = oneOf('next', 'stride');
const correction = oneOf('midpoint', 'heun');
const churn = numbers('amount', 'from?', 'to?', 'noiseFactor?');
const originalSteps = integer(1, 1000);

type Fields = Readonly<Record<string, Check>>;

const fieldsOf: Readonly<Record<SolverKind, Fields>> = {
  ddim: { eta: share, epsilonFromBound: flag, target },
  ddpm: { variance: oneOf('small', 'large') },
  euler: {},
  'euler-ancestral': { eta: share },
  heun: {},
  lms: { order: integer(1, 4) },
  pndm: { target },
  dpmpp: {
    order: integer(1, 3),
    noisy: flag,
    correction,
    thirdOrder: oneOf('consistent', 'compat'),
    lowerOrderFinal: flag,
    eulerAtFinal: flag,
  },
  'dpmpp-single': { order: integer(1, 3), correction, lowerOrderFinal: flag },
  unipc: {
    order: integer(1, 3),
    variant: oneOf('bh1', 'bh2'),
    lowerOrderFinal: flag,
    corrector: flag,
  },
  deis: { order: integer(1, 3), lowerOrderFinal: flag },
  'sa-solver': {
    predictorOrder: integer(1, 4),
    correctorOrder: integer(0, 4),
    tau: numbers('value', 'from', 'to'),
    lowerOrderFinal: flag,
  },
  'flow-euler': {},
  'flow-heun': {},
  'edm-euler': { churn },
  'edm-heun': { churn },
  lcm: { originalSteps, timestepScaling: number(0, Infinity) },
  tcd: { gamma: share, originalSteps },
};

/** @throws RangeError naming the field, what was found and what was expected */
export function requireSolver(solver: Solver): void {
  const { kind, ...told } = solver;
  const fields = fieldsOf[kind];
  for (const [name, value] of Object.entries(told)) {
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!check) {
      const known = Object.keys(fields).join(', ') || 'no options';
      throw outOfRange(`solver.${name}`, value, `${known} with the solver ${kind}`);
    }
    if (value === undefined || check.fits(value)) continue;
    throw outOfRange(`solver.${name}`, value, check.expected);
  }
}
