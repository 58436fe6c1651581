/**
 * The tables of a grid, once for all jobs that have the same: they are the only thing of a job that
 * grows with its steps before it runs (1 MB for 10 000), and a busy cluster samples the same grid
 * again and again.
 */
import { limits } from '../../shared/kernel/limits.ts';
import type { NoiseSchedule } from '../../shared/numerics/schedule.ts';
import { freezeScales, type FreezeScales } from '../../shared/numerics/solver/freeze.ts';
import { buildGrid, type GridOptions } from '../../shared/numerics/grid.ts';
import { stepTable, type Grid, type StepTable } from '../../shared/numerics/step-table.ts';

export interface GridTables {
  readonly grid: Grid;
  readonly table: StepTable;
  readonly scales: FreezeScales;
}

/** By the schedule of a registered model, in the order of their last use. */
const bySchedule = new WeakMap<NoiseSchedule, Map<string, GridTables>>();

/** Nobody may change what it returns. @throws RangeError as `buildGrid` and `stepTable`. */
export function gridTables(options: GridOptions): GridTables {
  const { schedule, ...others } = options;
  const known = bySchedule.get(schedule) ?? new Map<string, GridTables>();
  bySchedule.set(schedule, known);
  const key = JSON.stringify(others);
  const tables = known.get(key) ?? makeTables(options);
  known.delete(key);
  known.set(key, tables);
  const [oldest] = known.keys();
  if (known.size > limits.gridsKeptMax && oldest !== undefined) known.delete(oldest);
  return tables;
}

function makeTables(options: GridOptions): GridTables {
  const grid = buildGrid(options);
  const table = stepTable(grid);
  return { grid, table, scales: freezeScales(table) };
}
