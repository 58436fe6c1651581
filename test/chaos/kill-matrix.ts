/**
 * `npm run chaos -- kill-matrix`, or a part of it with `--workers 2,4`, `--models maze-planner`,
 * `--faults kill,stop`, `--rounds 1,5,9`; `--tolerance 0` for exact mode.
 *
 * Real worker processes are killed, stopped and told to leave in every round of a DDPM-100 job, in
 * the middle of a model call and right after an answer. What must hold: the job finishes within
 * the tolerance of the sequential sampler, nobody but the owner of a lost block repeats anything,
 * and every call is accounted for.
 */
import { drawEnds, readMaze, toModel } from '../../bench/support/maze.ts';
import type { SubmitRequest } from '../../cli/client.ts';
import { join } from 'node:path';

import { packageRoot } from '../../shared/protocol/package-root.ts';
import { startFleet, type Fleet } from './fleet.ts';
import {
  faultNames,
  runCell,
  type Cell,
  type FaultName,
  type Moment,
  type Outcome,
} from './kill-cell.ts';
import { timesOf } from './ledger.ts';
import type { Scenario, ScenarioOptions, ScenarioReport } from './scenario.ts';

export interface MatrixOptions {
  readonly workers: readonly number[];
  readonly models: readonly string[];
  readonly faults: readonly FaultName[];
  /** Empty for every round. */
  readonly rounds: readonly number[];
  readonly seed: number;
  readonly tolerance: number;
  readonly steps: number;
  readonly say: (line: string) => void;
}

/** Shorter than in production, so that a run waits less; the rule is the same. */
const LEASE_MS = 1_500;
/** Of the moments, those at which rows of a live block must have been hit. */
const HITS_MIN = 0.95;
const DETECT_MS_MAX = 250;

export const killMatrix: Scenario = {
  name: 'kill-matrix',
  about: 'workers killed, stopped and drained in every round of a DDPM-100 job',
  run: async (options) => {
    const { outcomes, baselines } = await runMatrix(matrixOptions(options));
    return reportOf(outcomes, baselines);
  },
};

function matrixOptions({ seed, say, filters }: ScenarioOptions): MatrixOptions {
  const list = (name: string, all: string) => (filters[name] ?? all).split(',').filter(Boolean);
  return {
    workers: list('workers', '2,4,8').map(Number),
    models: list('models', 'fashion-unet,maze-planner'),
    faults: list('faults', faultNames.join(',')).map(faultOf),
    rounds: list('rounds', '').map(Number),
    tolerance: Number(filters['tolerance'] ?? '0.01'),
    steps: 100,
    seed,
    say,
  };
}

function faultOf(text: string): FaultName {
  const found = faultNames.find((name) => name === text);
  if (found) return found;
  throw new Error(`--faults: found "${text}", expected some of ${faultNames.join(', ')}`);
}

export async function runMatrix(options: MatrixOptions) {
  const runs: Runs = { outcomes: [], baselines: [] };
  for (const model of options.models) {
    for (const workers of options.workers) {
      for (const deaf of [false, true]) {
        const faults = options.faults.filter((fault) => (fault === 'stopDeaf') === deaf);
        const environment = deaf ? deafness : {};
        if (faults.length === 0) continue;
        const fleet = await startFleet({ workers, model, leaseMs: LEASE_MS, environment });
        try {
          await runFleet({ ...options, faults }, fleet, { model, workers }, runs);
        } finally {
          await fleet.close();
        }
      }
    }
  }
  return runs;
}

interface Runs {
  readonly outcomes: Outcome[];
  readonly baselines: string[];
}

const deafness = { NODE_ENV: 'test', ISOCHRON_FAILPOINTS: 'worker.lost=ignore' };

async function runFleet(
  options: MatrixOptions,
  fleet: Fleet,
  { model, workers }: { readonly model: string; readonly workers: number },
  { outcomes, baselines }: Runs,
): Promise<void> {
  const request = requestOf(model, workers, options);
  const measured = await measure(fleet, request);
  const { rounds, modelCalls, sweepMs, aloneMs } = measured;
  const name = `${model}, ${workers} workers`;
  const undisturbed = `${name}: ${rounds} rounds, ${modelCalls} calls undisturbed`;
  if (!baselines.includes(undisturbed)) baselines.push(undisturbed);
  const took = `${sweepMs.toFixed(0)} ms a sweep, ${aloneMs.toFixed(0)} ms a round alone`;
  options.say(`${undisturbed}, ${took}`);
  const { tolerance } = options;
  for (const cell of cellsOf(options, rounds)) {
    const given = { fleet, request, measured, tolerance, leaseMs: LEASE_MS };
    const outcome = await runCell(given, cell);
    outcomes.push(outcome);
    options.say(`${name}: ${lineOf(outcome)}`);
  }
}

function requestOf(model: string, workers: number, options: MatrixOptions): SubmitRequest {
  const { seed, tolerance, steps } = options;
  const shape = { model, solver: 'ddpm', steps, seed, tolerance } as const;
  // as many blocks as workers, all live from the first round on: everybody has something to lose
  const rounds = { method: 'secant', window: steps, blocks: workers } as const;
  if (model === 'mixture6') return { ...shape, ...rounds };
  if (model === 'fashion-unet') {
    const label = { name: 'class', dtype: 'int64', shape: [], data: BigInt64Array.of(7n) } as const;
    return { ...shape, ...rounds, inputs: [label] };
  }
  const maze = readMaze(join(packageRoot(), 'models', model));
  const ends = drawEnds(maze, seed, 0);
  const inputs = ([0, 1] as const).map((end) => ({
    name: end === 0 ? 'start' : 'goal',
    dtype: 'float32' as const,
    shape: [1, 2],
    data: Float32Array.from(toModel(maze, ends[end])),
  }));
  return { ...shape, ...rounds, inputs };
}

/** The same job undisturbed, and the sequential sampler's sample. */
async function measure(fleet: Fleet, request: SubmitRequest) {
  await fleet.fill();
  const { blocks: _blocks, window: _window, ...plain } = request;
  const run = async (given: SubmitRequest) => {
    const { job } = await fleet.client.submit(given);
    for await (const { status } of fleet.client.watch(job)) {
      if (status.state === 'failed') throw new Error(status.message);
    }
    return fleet.client.result(job);
  };
  const sequential = await run({ ...plain, method: 'sequential', tolerance: 0 });
  const { report } = await run(request);
  const { rounds, modelCalls, job } = report;
  const times = timesOf(fleet.ledger.entries, job, rounds);
  return { rounds, modelCalls, ...times, sequential: sequential.samples };
}

function cellsOf({ faults, rounds }: MatrixOptions, last: number): Cell[] {
  const every = Array.from({ length: last }, (_, k) => k + 1);
  const wanted = rounds.length === 0 ? every : rounds.filter((round) => round <= last);
  return faults.flatMap((fault) =>
    wanted.flatMap((round) => momentsOf(fault, round).map((moment) => ({ fault, ...moment }))),
  );
}

/** Of stops only those inside a call leave a late reply behind. */
function momentsOf(fault: FaultName, round: number): Moment[] {
  const inCall = { round, phase: 'call' } as const;
  return fault === 'kill' ? [inCall, { round, phase: 'reply' }] : [inCall];
}

function lineOf({ cell, hit, wrong, ...found }: Outcome): string {
  const { error, rounds, moved, wastedCalls, staleReplies, reassignedMs } = found;
  const what = `${cell.fault} in round ${cell.round} (${cell.phase})`;
  const cost = `${rounds} rounds, ${moved} moved, ${wastedCalls} calls wasted`;
  const times = reassignedMs === undefined ? '' : `, reassigned in ${reassignedMs.toFixed(0)} ms`;
  const late = staleReplies === 0 ? '' : `, ${staleReplies} late replies dropped`;
  const verdict = wrong.length > 0 ? `WRONG: ${wrong.join('; ')}` : hit ? 'ok' : 'MISSED';
  return `${what}: ${verdict}, error ${error.toExponential(1)}, ${cost}${times}${late}`;
}

export function reportOf(
  outcomes: readonly Outcome[],
  baselines: readonly string[],
): ScenarioReport {
  const of = (fault: FaultName) => outcomes.filter(({ cell }) => cell.fault === fault);
  const wrong = outcomes.filter((outcome) => outcome.wrong.length > 0);
  const hits = outcomes.filter(({ hit }) => hit).length;
  const killed = [...of('kill'), ...of('killAllButOne')];
  const stopped = [...of('stop'), ...of('stopAllButOne'), ...of('stopDeaf')];
  const detected = killed.flatMap(({ detectedMs }) => detectedMs);
  const late = stopped.reduce((sum, { staleReplies }) => sum + staleReplies, 0);
  const reasons = wrong.map(lineOf);
  const slow = detected.length > 0 && quantile(detected, 0.99) > DETECT_MS_MAX;
  if (slow) reasons.push(`p99 of detecting a kill is above ${DETECT_MS_MAX} ms`);
  const untested: string[] = [];
  if (hits < HITS_MIN * outcomes.length) untested.push(`${hits} of ${outcomes.length} faults hit`);
  // rare, since who was given up is told to forget the block before it has answered
  if (stopped.length > 0 && late === 0) untested.push('no stopped worker answered late');
  const moments = (values: readonly (number | undefined)[]) => {
    const known = values.filter((value) => value !== undefined);
    if (known.length === 0) return '-';
    return `${quantile(known, 0.5).toFixed(0)} / ${quantile(known, 0.99).toFixed(0)}`;
  };
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const figures: Record<string, number | string> = {
    runs: outcomes.length,
    hits,
    wrong: wrong.length,
    ...Object.fromEntries(faultNames.map((fault) => [`runs ${fault}`, of(fault).length])),
    'largest error': Math.max(0, ...outcomes.map(({ error }) => error)),
    'blocks moved': sum(outcomes.map(({ moved }) => moved)),
    'model calls': sum(outcomes.map(({ modelCalls }) => modelCalls)),
    'calls wasted': sum(outcomes.map(({ wastedCalls }) => wastedCalls)),
    'calls wasted, drain': sum(of('drain').map(({ wastedCalls }) => wastedCalls)),
    'kill detected ms p50 / p99': moments(detected),
    'kill reassigned ms p50 / p99': moments(killed.map(({ reassignedMs }) => reassignedMs)),
    'stop detected ms p50 / p99': moments(stopped.flatMap(({ detectedMs }) => detectedMs)),
    'lease ms': LEASE_MS,
    'late replies dropped': late,
    baselines: baselines.join('; '),
  };
  if (reasons.length > 0) return { verdict: 'fail', reasons, figures };
  return { verdict: untested.length > 0 ? 'invalid' : 'pass', reasons: untested, figures };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
