/**
 * The production core with real solvers and a scheduler of its own: messages are delivered in a
 * seeded order, workers die and come back. What the coordinator sees is what it sees in production;
 * only the wire is missing.
 */
import { assert } from '../../shared/kernel/assert.ts';
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';
import { residualCodes } from '../../shared/kernel/residual-code.ts';
import { advanceFrontier, composeBoundary, windowEndOf } from '../../shared/numerics/compose.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import type { BlockSolver, Edge } from '../../shared/numerics/solver/block-solver.ts';
import { createSolver } from '../../shared/numerics/solver/create-solver.ts';
import { rollOutBoundary } from '../../shared/numerics/solver/roll-out.ts';
import type { Command, Instruction } from '../../coordinator/core/command.ts';
import type { Event, Reply } from '../../coordinator/core/event.ts';
import { checkInvariants, checkProgress } from '../../coordinator/core/invariants.ts';
import {
  initialState,
  type EdgeHandle,
  type JobPlan,
  type LatentHandle,
} from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';

type Untimed = Event extends infer E ? (E extends Event ? Omit<E, 'atMs'> : never) : never;
type SendOf = Extract<Command, { kind: 'send' }>;

export interface ClusterOptions {
  readonly problem: DriveProblem;
  readonly workers: number;
  readonly blocks: number;
  readonly seed: number;
  /** After how many delivered messages which worker dies; it comes back after the next ones. */
  readonly deaths?: readonly { readonly after: number; readonly worker: string }[];
}

export interface ClusterResult {
  readonly samples: Float32Array;
  readonly rounds: number;
  readonly modelCalls: number;
  readonly stale: number;
}

/** Runs one job to its end. */
export async function runCoreCluster(options: ClusterOptions): Promise<ClusterResult> {
  const { problem } = options;
  const model = { name: 'mixture', sha256: 'digest' };
  const latents = new Map<LatentHandle, Float32Array>();
  const solvers = new Map<string, BlockSolver>();
  const mail: SendOf[] = [];
  const alive = new Set<string>();
  let state = initialState({ epoch: 1, leaseMs: 1e9, jobsRunningMax: 4 });
  let atMs = 0;
  let result: LatentHandle | undefined;
  let ended = false;
  let delivered = 0;
  const pick = lcg(options.seed);

  function dispatch(event: Untimed): void {
    const before = state;
    const next = transition(state, { ...event, atMs: ++atMs });
    state = next.state;
    checkInvariants(state);
    checkProgress(before, state);
    for (const command of next.commands) execute(command);
  }

  function execute(command: Command): void {
    if (command.kind === 'send') mail.push(command);
    if (command.kind === 'compose') {
      const [offset, to, from] = [command.offset, command.leftNew, command.leftOld].map(get);
      assert(offset && to && from, 'composition of unknown latents');
      latents.set(command.out, composeBoundary({ offset, slope: command.slope }, to, from));
    }
    if (command.kind === 'initial') latents.set(command.out, problem.initial);
    if (command.kind === 'rollOut') {
      latents.set(command.out, rollOutBoundary(problem, edgeOf(command.edge), command.to));
    }
    if (command.kind === 'jobEnded') {
      ended = true;
      result = command.samples;
    }
  }

  function get(handle: LatentHandle): Float32Array {
    const found = latents.get(handle);
    assert(found, `no latents for ${handle.id}`);
    return found;
  }

  function edgeOf({ row, state: at, denoised }: EdgeHandle): Edge {
    return { row, state: get(at), ...(denoised && { denoised: get(denoised) }) };
  }

  function put(values: Float32Array): LatentHandle {
    const handle = { id: `reply-${latents.size}` };
    latents.set(handle, values);
    return handle;
  }

  function attach(worker: string): void {
    alive.add(worker);
    dispatch({ kind: 'workerAttached', worker, models: [model] });
  }

  function kill(worker: string): void {
    if (!alive.delete(worker)) return;
    for (const key of [...solvers.keys()]) if (key.startsWith(`${worker}/`)) solvers.delete(key);
    dispatch({ kind: 'workerLost', worker });
  }

  for (let w = 1; w <= options.workers; w++) attach(`w${w}`);
  const { method, table, samples, window } = problem;
  const plan: JobPlan = {
    model: model.name,
    modelSha256: model.sha256,
    method: method.name,
    initialization: method.initialization,
    steps: table.steps,
    samples,
    window,
    blocks: options.blocks,
    roundsMax: table.steps,
  };
  dispatch({ kind: 'jobSubmitted', job: 'j', model: model.name, plan, after: undefined });

  const deaths = [...(options.deaths ?? [])];
  const revivals: string[] = [];
  while (!ended) {
    const death = deaths[0];
    if (death && delivered >= death.after) {
      deaths.shift();
      kill(death.worker);
      revivals.push(death.worker);
    } else if (revivals.length > 0 && (mail.length === 0 || pick(7) === 0)) {
      attach(revivals.shift() ?? 'w1');
    }
    const message = takeDeliverable(mail, pick);
    if (!message) continue;
    delivered++;
    if (!alive.has(message.worker)) continue;
    const reply = await answer(message, { problem, solvers, get, put });
    if (reply) dispatch({ kind: 'blockReplied', worker: message.worker, reply });
  }
  const job = state.jobs.get('j');
  assert(job && result, `the job ended without a result: ${job?.failure?.message}`);
  const { rounds, modelCalls } = job.tally;
  return { samples: get(result), rounds, modelCalls, stale: 0 };
}

/** Any message that has no earlier one for the same block and worker. */
function takeDeliverable(mail: SendOf[], pick: (n: number) => number): SendOf | undefined {
  const key = ({ worker, message }: SendOf) => `${worker}/${message.fence.block}`;
  const seen = new Set<string>();
  const first = mail.filter((item) => !seen.has(key(item)) && seen.add(key(item)));
  const chosen = first[pick(Math.max(1, first.length))];
  if (chosen) mail.splice(mail.indexOf(chosen), 1);
  return chosen;
}

interface Tools {
  readonly problem: DriveProblem;
  readonly solvers: Map<string, BlockSolver>;
  readonly get: (handle: LatentHandle) => Float32Array;
  readonly put: (values: Float32Array) => LatentHandle;
}

async function answer({ worker, message }: SendOf, tools: Tools): Promise<Reply | undefined> {
  const key = `${worker}/${message.fence.block}`;
  if (message.kind === 'assignBlock') {
    tools.solvers.set(key, assigned(message, tools));
    return undefined;
  }
  const solver = tools.solvers.get(key);
  if (message.kind === 'releaseBlock' || !solver) {
    tools.solvers.delete(key);
    return undefined;
  }
  return reply(message, solver, tools);
}

function assigned(
  message: Extract<Instruction, { kind: 'assignBlock' }>,
  { problem, get }: Tools,
): BlockSolver {
  const { begin, end, left, denoised } = message;
  const state = left ? get(left) : problem.initial;
  const edge = { row: begin, state, ...(denoised && { denoised: get(denoised) }) };
  return createSolver({ ...problem, begin, end }, edge);
}

type Asking = Exclude<Instruction, { kind: 'assignBlock' } | { kind: 'releaseBlock' }>;

async function reply(message: Asking, solver: BlockSolver, tools: Tools): Promise<Reply> {
  const { fence } = message;
  const put = (values: Float32Array | undefined) => values && tools.put(values);
  if (message.kind === 'sweep') {
    const swept = await solver.sweep(message);
    const codes = residualCodes(swept.residualNorms);
    const residuals = { round: fence.round + 1, firstStep: swept.firstStep, codes, frontier: 0 };
    const offset = message.rightmost ? undefined : put(swept.offset);
    const cost = { ...swept.cost, scanMs: 0 };
    return { ...swept, kind: 'swept', fence, offset, residuals, cost };
  }
  if (message.kind === 'advance') return advance(message, solver, tools);
  const absorption =
    message.kind === 'correct'
      ? solver.correct(message.prefix)
      : await solver.absorb(message.left && tools.get(message.left), message.weight);
  const edge = message.rightmost && !absorption.moments ? edgeHandle(solver, tools) : undefined;
  const cost = { ...absorption.cost, scanMs: 0 };
  return { ...absorption, kind: 'absorbed', fence, right: put(absorption.right), edge, cost };
}

function edgeHandle(solver: BlockSolver, { put }: Tools): EdgeHandle {
  const { row, state, denoised } = solver.edge();
  return { row, state: put(state), denoised: denoised && put(denoised) };
}

async function advance(
  message: Extract<Instruction, { kind: 'advance' }>,
  solver: BlockSolver,
  tools: Tools,
): Promise<Reply> {
  const { table, window, samples } = tools.problem;
  let { frontier } = message;
  let modelCalls = 0;
  const rounds: RoundResiduals[] = [];
  const inside = () => solver.end === table.steps || Math.min(...frontier) + window <= solver.end;
  while (Math.min(...frontier) < solver.end && inside()) {
    const windowEnd = Math.min(solver.end, windowEndOf(frontier, window, table.steps));
    const swept = await solver.sweep({ frontier, windowEnd });
    modelCalls += swept.cost.modelCalls;
    let absorption = await solver.absorb(undefined, new Float64Array(samples).fill(1));
    const { moments } = absorption;
    if (moments) absorption = solver.correct(new Float64Array(moments.length));
    frontier = advanceFrontier(frontier, [{ ...solver, passing: absorption.passing }]);
    const codes = residualCodes(swept.residualNorms);
    const round: number = message.fence.round + rounds.length + 1;
    const after = Math.min(...frontier);
    rounds.push({ round, firstStep: swept.firstStep, codes, frontier: after });
  }
  const cost = { ...zero, modelCalls };
  return {
    kind: 'advanced',
    fence: message.fence,
    progress: { rounds, frontier, cost, updateNorm: 0 },
    rounds: rounds.length,
    weightedUpdateSum: 0,
    edge: edgeHandle(solver, tools),
  };
}

const zero = {
  modelCalls: 0,
  forwardPasses: 0,
  microBatches: 0,
  modelMs: 0,
  queueMs: 0,
  scanMs: 0,
};

/** A small generator of its own, so that a seed replays the same order everywhere. */
export function lcg(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
