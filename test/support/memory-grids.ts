/** Samplers with a memory in a few lines each, for tests of what carries it. */
import type { StepRule } from '../../shared/kernel/step-rule.ts';
import type { Grid } from '../../shared/numerics/step-table.ts';

function stepsOf(grid: Grid) {
  return Array.from(grid.timestep, (_, i) => {
    const [al = 0, alNext = 0] = grid.signal.slice(i, i + 2);
    const [sg = 0, sgNext = 0] = grid.sigma.slice(i, i + 2);
    return { i, al, alNext, sg, sgNext };
  });
}

/**
 * x' = rho x + (al' - rho al) (M_i + (M_i - M_{i-1}) / 2) + c xi: DPM-Solver++ 2M for steps that
 * are even in ln(al/sg), of second order nearly so otherwise; with noise its SDE form. The last
 * step is of first order.
 */
export function secondOrder(grid: Grid): Grid {
  const depth = 2;
  const steps = grid.timestep.length;
  const stateScale = new Float64Array(steps);
  const valueScale = new Float64Array(steps * depth);
  for (const { i, al, alNext, sg, sgNext } of stepsOf(grid)) {
    const c = grid.noiseScale[i] ?? 0;
    const keep = Math.sqrt(Math.max(0, sgNext ** 2 - c ** 2)) / sg;
    const pull = alNext - keep * al;
    const back = i === 0 || i === steps - 1 ? 0 : pull / 2;
    stateScale[i] = keep;
    valueScale[i * depth] = pull + back;
    valueScale[i * depth + 1] = -back;
  }
  const outputScale = new Float64Array(steps);
  const rule: StepRule = { value: 'denoised', depth, stateScale, outputScale, valueScale };
  return { ...grid, rule };
}

/** Adams-Bashforth of up to four values of eps: what PLMS is after its first steps. */
export function adamsBashforth(grid: Grid): Grid {
  const depth = 4;
  const weights = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55, -59, 37, -9]];
  const steps = grid.timestep.length;
  const stateScale = new Float64Array(steps);
  const valueScale = new Float64Array(steps * depth);
  for (const { i, al, alNext, sg, sgNext } of stepsOf(grid)) {
    const pull = sgNext - (sg * alNext) / al;
    stateScale[i] = alNext / al;
    const order = Math.min(i, 3);
    for (const [k, weight] of (weights[order] ?? []).entries()) {
      valueScale[i * depth + k] = (pull * weight) / (order === 3 ? 24 : 1);
    }
  }
  const outputScale = new Float64Array(steps);
  const rule: StepRule = { value: 'epsilon', depth, stateScale, outputScale, valueScale };
  return { ...grid, noiseScale: new Float64Array(steps), rule };
}

/**
 * Heun in z = x / al: every other row is a stage at the next row's level, whose value corrects the
 * step that led to it.
 */
export function heun(grid: Grid): Grid {
  const steps = grid.timestep.length;
  const rows = 2 * steps - 1;
  const depth = 2;
  const at = (values: Float64Array, count: number) =>
    Float64Array.from({ length: count }, (_, row) => values[Math.ceil(row / 2)] ?? 0);
  const [signal, sigma] = [at(grid.signal, rows + 1), at(grid.sigma, rows + 1)];
  signal[rows] = grid.signal[steps] ?? 0;
  sigma[rows] = grid.sigma[steps] ?? 0;
  const stateScale = new Float64Array(rows);
  const valueScale = new Float64Array(rows * depth);
  for (const { i, al, alNext, sg, sgNext } of stepsOf(grid)) {
    const [first, stage] = [2 * i, 2 * i + 1];
    const pull = sgNext - (sg * alNext) / al;
    stateScale[first] = alNext / al;
    valueScale[first * depth] = pull;
    if (stage >= rows) continue;
    stateScale[stage] = 1;
    valueScale[stage * depth] = pull / 2;
    valueScale[stage * depth + 1] = -pull / 2;
  }
  const outputScale = new Float64Array(rows);
  const rule: StepRule = { value: 'epsilon', depth, stateScale, outputScale, valueScale };
  const timestep = at(grid.timestep, rows);
  return { ...grid, timestep, signal, sigma, noiseScale: new Float64Array(rows), rule };
}

/** DDIM whose x0-hat is clipped and whose eps is not, as diffusers has it. */
export function clipped(grid: Grid): Grid {
  const steps = grid.timestep.length;
  const stateScale = new Float64Array(steps);
  const outputScale = new Float64Array(steps);
  const valueScale = new Float64Array(steps);
  for (const { i, alNext, sgNext } of stepsOf(grid)) {
    const c = grid.noiseScale[i] ?? 0;
    outputScale[i] = Math.sqrt(Math.max(0, sgNext ** 2 - c ** 2));
    valueScale[i] = alNext;
  }
  const bound = { kind: 'clip', range: 1 } as const;
  const rule: StepRule = {
    value: 'denoised',
    depth: 1,
    stateScale,
    outputScale,
    valueScale,
    bound,
  };
  return { ...grid, rule };
}
