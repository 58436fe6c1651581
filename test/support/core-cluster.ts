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
import type { BlockSolver } from '../../shared/numerics/solver/block-solver.ts';
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
  type State,
} from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';

type Untimed = Event extends infer E ? (E extends Event ? Omit<E, 'atMs'> : never) : never;
type SendOf = Extract<Command, { kind: 'send' }>;

interface Death {
  readonly after: number;
  readonly worker: string;
}

export interface ClusterOptions {
  readonly problem: DriveProblem;
  readonly workers: number;
  readonly blocks: number;
  readonly seed: number;
  /** After how many delivered messages which worker dies; it comes back after the next ones. */
  readonly deaths?: readonly Death[];
}

export interface ClusterResult {
  readonly samples: Float32Array;
  readonly rounds: number;
  readonly modelCalls: number;
}

const model = { name: 'mixture', sha256: 'digest' };

interface Simulation {
  readonly problem: DriveProblem;
  readonly latents: Map<LatentHandle, Float32Array>;
  readonly solvers: Map<string, BlockSolver>;
  readonly mail: SendOf[];
  readonly alive: Set<string>;
  readonly pick: (below: number) => number;
  state: State;
  atMs: number;
  result: LatentHandle | undefined;
  ended: boolean;
}

/** Runs one job to its end. */
export async function runCoreCluster(options: ClusterOptions): Promise<ClusterResult> {
  const sim: Simulation = {
    problem: options.problem,
    latents: new Map(),
    solvers: new Map(),
    mail: [],
    alive: new Set(),
    pick: lcg(options.seed),
    state: initialState({ epoch: 1, leaseMs: 1e9, jobsRunningMax: 4 }),
    atMs: 0,
    result: undefined,
    ended: false,
  };
  for (let w = 1; w <= options.workers; w++) attach(sim, `w${w}`);
  const plan = planOf(options);
  dispatch(sim, { kind: 'jobSubmitted', job: 'j', model: model.name, plan, after: undefined });
  await deliverAll(sim, [...(options.deaths ?? [])]);
  const job = sim.state.jobs.get('j');
  assert(job && sim.result, `the job ended without a result: ${job?.failure?.message}`);
  const { rounds, modelCalls } = job.tally;
  return { samples: latentsOf(sim, sim.result), rounds, modelCalls };
}

function planOf({ problem, blocks }: ClusterOptions): JobPlan {
  const { method, table, samples, window } = problem;
  return {
    model: model.name,
    modelSha256: model.sha256,
    method: method.name,
    initialization: method.initialization,
    steps: table.steps,
    samples,
    window,
    blocks,
    roundsMax: table.steps,
    guess: problem.guess !== undefined,
  };
}

/** Delivers messages in a random order, and lets workers die and come back in between. */
async function deliverAll(sim: Simulation, deaths: Death[]): Promise<void> {
  const { mail, alive, pick } = sim;
  const revivals: string[] = [];
  for (let delivered = 0; !sim.ended;) {
    const death = deaths[0];
    if (death && delivered >= death.after) {
      deaths.shift();
      kill(sim, death.worker);
      revivals.push(death.worker);
    } else if (revivals.length > 0 && (mail.length === 0 || pick(7) === 0)) {
      attach(sim, revivals.shift() ?? 'w1');
    }
    const message = takeDeliverable(mail, pick);
    if (!message) continue;
    delivered++;
    if (!alive.has(message.worker)) continue;
    const reply = await answer(sim, message);
    if (reply) dispatch(sim, { kind: 'blockReplied', worker: message.worker, reply });
  }
}

function dispatch(sim: Simulation, event: Untimed): void {
  const before = sim.state;
  const { state, commands } = transition(before, { ...event, atMs: ++sim.atMs });
  sim.state = state;
  checkInvariants(state);
  checkProgress(before, state);
  for (const command of commands) execute(sim, command);
}

function execute(sim: Simulation, command: Command): void {
  const { latents, problem } = sim;
  const get = (handle: LatentHandle) => latentsOf(sim, handle);
  if (command.kind === 'send') sim.mail.push(command);
  if (command.kind === 'compose') {
    const summary = { offset: get(command.offset), slope: command.slope };
    const right = composeBoundary(summary, get(command.leftNew), get(command.leftOld));
    latents.set(command.out, right);
  }
  if (command.kind === 'initial') latents.set(command.out, problem.initial);
  if (command.kind === 'guess' && problem.guess) latents.set(command.out, problem.guess);
  if (command.kind === 'rollOut') {
    const { row, state, denoised } = command.edge;
    const edge = { row, state: get(state), ...(denoised && { denoised: get(denoised) }) };
    latents.set(command.out, rollOutBoundary(problem, edge, command.to));
  }
  if (command.kind === 'jobEnded') {
    sim.ended = true;
    sim.result = command.samples;
  }
}

function latentsOf({ latents }: Simulation, handle: LatentHandle): Float32Array {
  const found = latents.get(handle);
  assert(found, `no latents for ${handle.id}`);
  return found;
}

function put({ latents }: Simulation, values: Float32Array): LatentHandle {
  const handle = { id: `reply-${latents.size}` };
  latents.set(handle, values);
  return handle;
}

function attach(sim: Simulation, worker: string): void {
  sim.alive.add(worker);
  dispatch(sim, { kind: 'workerAttached', worker, models: [model] });
}

function kill(sim: Simulation, worker: string): void {
  if (!sim.alive.delete(worker)) return;
  const own = [...sim.solvers.keys()].filter((key) => key.startsWith(`${worker}/`));
  for (const key of own) sim.solvers.delete(key);
  dispatch(sim, { kind: 'workerLost', worker });
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

async function answer(sim: Simulation, { worker, message }: SendOf): Promise<Reply | undefined> {
  const key = `${worker}/${message.fence.block}`;
  const solver = sim.solvers.get(key);
  if (message.kind === 'assignBlock') sim.solvers.set(key, assigned(sim, message));
  else if (message.kind === 'releaseBlock') sim.solvers.delete(key);
  else if (solver) return reply(sim, message, solver);
  return undefined;
}

function assigned(
  sim: Simulation,
  { begin, end, left, denoised }: Extract<Instruction, { kind: 'assignBlock' }>,
): BlockSolver {
  const state = left ? latentsOf(sim, left) : sim.problem.initial;
  const edge = { row: begin, state, ...(denoised && { denoised: latentsOf(sim, denoised) }) };
  return createSolver({ ...sim.problem, begin, end }, edge);
}

type Asking = Exclude<Instruction, { kind: 'assignBlock' } | { kind: 'releaseBlock' }>;

async function reply(sim: Simulation, message: Asking, solver: BlockSolver): Promise<Reply> {
  const { fence } = message;
  const sent = (values: Float32Array | undefined) => values && put(sim, values);
  if (message.kind === 'sweep') {
    const swept = await solver.sweep(message);
    const codes = residualCodes(swept.residualNorms);
    const residuals = { round: fence.round, firstStep: swept.firstStep, codes, frontier: 0 };
    const offset = message.rightmost ? undefined : sent(swept.offset);
    const cost = { ...swept.cost, scanMs: 0 };
    return { ...swept, kind: 'swept', fence, offset, residuals, cost };
  }
  if (message.kind === 'advance') return advance(sim, message, solver);
  const absorption =
    message.kind === 'correct'
      ? solver.correct(message.prefix)
      : await solver.absorb(message.left && latentsOf(sim, message.left), message.weight);
  const edge = message.rightmost && !absorption.moments ? edgeHandle(sim, solver) : undefined;
  const cost = { ...absorption.cost, scanMs: 0 };
  return { ...absorption, kind: 'absorbed', fence, right: sent(absorption.right), edge, cost };
}

function edgeHandle(sim: Simulation, solver: BlockSolver): EdgeHandle {
  const { row, state, denoised } = solver.edge();
  return { row, state: put(sim, state), denoised: denoised && put(sim, denoised) };
}

async function advance(
  sim: Simulation,
  message: Extract<Instruction, { kind: 'advance' }>,
  solver: BlockSolver,
): Promise<Reply> {
  const { table, window, samples } = sim.problem;
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
    const round: number = message.fence.round + rounds.length;
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
    edge: edgeHandle(sim, solver),
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
