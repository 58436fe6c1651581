/**
 * The production core with real solvers and a scheduler of its own: messages are delivered in a
 * seeded order, workers die and come back. What the coordinator sees is what it sees in production;
 * only the wire is missing.
 */
import { bundlesOf, statesOf } from '../../shared/numerics/bundle.ts';
import { assert } from '../../shared/kernel/assert.ts';
import type { BlockFailure, Fence } from '../../shared/kernel/block-messages.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import type { BlockSolver } from '../../shared/numerics/solver/block-solver.ts';
import type { Command, Instruction } from '../../coordinator/core/command.ts';
import type { Reply, UntimedEvent } from '../../coordinator/core/event.ts';
import { checkTransition } from '../../coordinator/core/invariants.ts';
import {
  initialState,
  type Checkpoint,
  type JobPlan,
  type LatentHandle,
  type State,
} from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';
import { composeBlocks, rollOutBlock, takeRow } from '../../coordinator/shell/latent-commands.ts';
import { createLatentStore, type LatentStore } from '../../coordinator/shell/latent-store.ts';
import { assigned, liveRowsOf, rowsOf } from './cluster-blocks.ts';
import { takeDeliverable } from './cluster-mail.ts';
import { replyOf } from './cluster-rounds.ts';
import { mixtureModel as model, planOf } from './job-spec.ts';
import { lcg } from './lcg.ts';

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
  /** Replies come again, much later: none of them may count. */
  readonly echoes?: boolean;
  /** After how many delivered messages the coordinator starts anew from what it has kept. */
  readonly restarts?: readonly number[];
  /** Between checkpoints; an event takes a millisecond. */
  readonly checkpointMs?: number;
  readonly maxLag?: number;
  /** Answers when nobody else has anything to say. */
  readonly late?: string;
  /** Why a worker refuses this assignment, counted from 1. */
  readonly refuse?: (nth: number, worker: string) => BlockFailure | undefined;
}

export interface ClusterResult {
  readonly samples: Float32Array;
  readonly rounds: number;
  readonly staleRounds: number;
  readonly modelCalls: number;
  readonly errorEstimate: number;
  readonly restarts: number;
  /** Rows that the coordinator began at after each of its own restarts. */
  readonly resumedFrom: readonly number[];
  readonly sequentialCalls: number;
  readonly converged: boolean;
  /** Of every block that was assigned, in order. */
  readonly assigned: readonly Fence[];
  /** Messages to blocks, by kind. */
  readonly sent: Readonly<Record<string, number>>;
  /** Sweeps that began while another block was still in the round before. */
  readonly ahead: number;
  /** x[0] .. x[N] with `keepRows`, and why some of it may be missing. */
  readonly trajectory: Float32Array;
  readonly rowsLost: string;
}

type HeardReply = Extract<UntimedEvent, { kind: 'blockReplied' }>;

interface Simulation {
  readonly refuse: NonNullable<ClusterOptions['refuse']>;
  readonly problem: DriveProblem;
  readonly latents: LatentStore;
  readonly solvers: Map<string, BlockSolver>;
  readonly mail: SendOf[];
  readonly sent: Record<string, number>;
  readonly assigned: Fence[];
  readonly heard: HeardReply[];
  readonly alive: Set<string>;
  readonly pick: (below: number) => number;
  readonly trajectory: Float32Array;
  state: State;
  atMs: number;
  /** When the core wants to look again. */
  lookMs: number;
  ahead: number;
  /** What a store would have kept of the job. */
  kept: Checkpoint | undefined;
  readonly resumedFrom: number[];
  result: LatentHandle | undefined;
  ended: boolean;
}

/** Runs one job to its end. */
export async function runCoreCluster(options: ClusterOptions): Promise<ClusterResult> {
  const sim: Simulation = {
    refuse: options.refuse ?? (() => undefined),
    problem: options.problem,
    latents: createLatentStore(),
    solvers: new Map(),
    mail: [],
    sent: {},
    assigned: [],
    heard: [],
    alive: new Set(),
    pick: lcg(options.seed),
    trajectory: trajectoryOf(options.problem),
    state: freshState(options, 1),
    atMs: 0,
    lookMs: Infinity,
    ahead: 0,
    kept: undefined,
    resumedFrom: [],
    result: undefined,
    ended: false,
  };
  for (let w = 1; w <= options.workers; w++) attach(sim, `w${w}`);
  const plan = planFor(options);
  dispatch(sim, { kind: 'jobSubmitted', job: 'j', model: model.name, plan, after: undefined });
  await deliverAll(sim, options);
  const job = sim.state.jobs.get('j');
  assert(job && sim.result, `the job ended without a result: ${job?.failure?.message}`);
  const { rounds, staleRounds, modelCalls, errorEstimate, sequentialCalls } = job.tally;
  const { restarts, rowsLost, outcome } = job;
  const { sent, ahead, assigned, trajectory } = sim;
  const tally = { rounds, staleRounds, modelCalls, errorEstimate, sequentialCalls, restarts };
  const { resumedFrom } = sim;
  const told = { ...tally, sent, ahead, assigned, trajectory, rowsLost, resumedFrom };
  const { samples: count, table } = options.problem;
  const samples = statesOf(sim.latents.get(sim.result), count, table.parts);
  return { samples, converged: outcome === 'converged', ...told };
}

function freshState({ checkpointMs = Infinity }: ClusterOptions, epoch: number): State {
  return initialState({ epoch, leaseMs: 1e9, jobsRunningMax: 4, checkpointMs });
}

/** A coordinator that knows of the job what was kept, and workers that dial it anew. */
function restart(sim: Simulation, options: ClusterOptions): void {
  const { epoch, workers } = sim.state;
  sim.state = freshState(options, epoch + 1);
  sim.mail.length = 0;
  sim.solvers.clear();
  const job = { job: 'j', model: model.name, plan: undefined, after: undefined };
  dispatch(sim, { kind: 'jobSubmitted', ...job });
  for (const worker of workers.keys()) {
    dispatch(sim, { kind: 'workerAttached', worker, models: [model] });
    if (sim.state.jobs.get('j')?.plan) continue;
    const plan = planFor(options);
    dispatch(sim, { kind: 'jobResolved', job: 'j', plan, checkpoint: sim.kept });
    sim.resumedFrom.push(sim.state.jobs.get('j')?.resumedFrom ?? 0);
  }
}

function planFor({ problem, blocks, maxLag }: ClusterOptions): JobPlan {
  return { ...planOf(problem, blocks), maxLag };
}

function initialBundles({ initial, samples, table }: DriveProblem): Float32Array {
  return bundlesOf(initial, samples, table.parts);
}

function trajectoryOf(problem: DriveProblem): Float32Array {
  const { table } = problem;
  const initial = initialBundles(problem);
  const trajectory = new Float32Array((table.steps + 1) * initial.length);
  trajectory.set(initial);
  return trajectory;
}

/** Delivers messages in a random order, and lets workers die and come back in between. */
async function deliverAll(sim: Simulation, options: ClusterOptions): Promise<void> {
  const { mail, alive, pick } = sim;
  const deaths = [...(options.deaths ?? [])];
  const revivals: string[] = [];
  const restarts = [...(options.restarts ?? [])];
  for (let delivered = 0; !sim.ended;) {
    if (delivered >= (restarts[0] ?? Infinity)) {
      restarts.shift();
      restart(sim, options);
    }
    const death = deaths[0];
    if (death && delivered >= death.after) {
      deaths.shift();
      kill(sim, death.worker);
      revivals.push(death.worker);
    } else if (revivals.length > 0 && (mail.length === 0 || pick(7) === 0)) {
      attach(sim, revivals.shift() ?? 'w1');
    }
    lookAgain(sim, options);
    const message = takeDeliverable(mail, pick, options.late);
    if (!message) {
      const waits = options.late === undefined && !deaths[0] && revivals.length === 0;
      assert(!waits, 'nobody has anything to say, and the job goes on');
      continue;
    }
    delivered++;
    if (!alive.has(message.worker)) continue;
    const reply = await answer(sim, message);
    if (options.echoes) echo(sim);
    if (reply) hear(sim, { kind: 'blockReplied', worker: message.worker, reply });
  }
}

/** Time goes by while everybody waits for the one that is late. */
function lookAgain(sim: Simulation, { late }: ClusterOptions): void {
  if (late === undefined) return;
  const waits = sim.lookMs < Infinity && sim.mail.every(({ worker }) => worker === late);
  if (waits) sim.atMs = Math.max(sim.atMs, sim.lookMs);
  const due = sim.atMs >= sim.lookMs;
  if (due) sim.lookMs = Infinity;
  if (due || sim.pick(7) === 0) dispatch(sim, { kind: 'tick' });
}

function hear(sim: Simulation, heard: HeardReply): void {
  sim.heard.push(heard);
  dispatch(sim, heard);
}

/** An earlier reply comes again. */
function echo(sim: Simulation): void {
  const late = sim.heard[sim.pick(Math.max(1, sim.heard.length))];
  if (!late) return;
  const before = sim.state.jobs.get('j');
  dispatch(sim, late);
  const { kind, fence } = late.reply;
  const text = `a second ${kind} of block ${fence.block} in round ${fence.round} counts`;
  assert(sim.state.jobs.get('j') === before, text);
}

function dispatch(sim: Simulation, event: UntimedEvent): void {
  const before = sim.state;
  const { state, commands } = transition(before, { ...event, atMs: ++sim.atMs });
  sim.state = state;
  checkTransition(before, state, commands);
  for (const command of commands) execute(sim, command);
}

function execute(sim: Simulation, command: Command): void {
  const { latents, problem } = sim;
  if (command.kind === 'send') {
    assert(command.worker !== '', `an order for nobody: ${command.message.kind}`);
    sim.mail.push(command);
    const { kind, fence } = command.message;
    if (kind === 'assignBlock') sim.assigned.push(fence);
    sim.sent[kind] = (sim.sent[kind] ?? 0) + 1;
    if (kind === 'sweep' && isAhead(sim, fence)) sim.ahead++;
  }
  if (command.kind === 'compose') {
    const { job, composition } = command;
    const movements = composeBlocks(latents, command);
    dispatch(sim, { kind: 'composed', job, composition, movements });
  }
  if (command.kind === 'initial') latents.fill(command.out, initialBundles(problem));
  if (command.kind === 'guess' && problem.guess) latents.fill(command.out, problem.guess);
  if (command.kind === 'rollOut') rollOutBlock(latents, problem, command);
  if (command.kind === 'takeRow') takeRow(latents, command);
  if (command.kind === 'keepRows') {
    sim.trajectory.set(latents.get(command.states), command.first * initialBundles(problem).length);
  }
  if (command.kind === 'lookAgain') sim.lookMs = sim.atMs + command.afterMs;
  if (command.kind === 'checkpoint') sim.kept = command.checkpoint;
  if (command.kind === 'jobEnded') {
    sim.ended = true;
    sim.result = command.samples;
  }
}

function isAhead({ state }: Simulation, { job, round }: Fence): boolean {
  const blocks = state.jobs.get(job)?.blocks ?? [];
  return blocks.some((block) => block.phase === 'sweeping' && block.round < round);
}

function attach(sim: Simulation, worker: string): void {
  sim.alive.add(worker);
  dispatch(sim, { kind: 'workerAttached', worker, models: [model] });
}

function kill(sim: Simulation, worker: string): void {
  if (!sim.alive.delete(worker)) return;
  const own = [...sim.solvers.keys()].filter((key) => key.startsWith(`${worker}/`));
  for (const key of own) sim.solvers.delete(key);
  // what was on its way to it is lost with its connection
  sim.mail.splice(0, sim.mail.length, ...sim.mail.filter((sent) => sent.worker !== worker));
  dispatch(sim, { kind: 'workerLost', worker });
}

async function answer(sim: Simulation, { worker, message }: SendOf): Promise<Reply | undefined> {
  const key = `${worker}/${message.fence.block}`;
  const solver = sim.solvers.get(key);
  if (message.kind === 'assignBlock') return take(sim, worker, message);
  if (message.kind === 'releaseBlock') {
    sim.solvers.delete(key);
    if (message.handOver) return liveRowsOf(sim, message, solver);
    return message.collect ? rowsOf(sim, message, solver) : undefined;
  }
  return solver && replyOf(sim, message, solver);
}

/** A worker that refuses a block knows nothing of it, whatever else is on its way to it. */
function take(
  sim: Simulation,
  worker: string,
  message: Extract<Instruction, { kind: 'assignBlock' }>,
): Reply | undefined {
  const { fence } = message;
  const failure = sim.refuse(sim.assigned.indexOf(fence) + 1, worker);
  if (failure) return { kind: 'blockFailed', fence, ...failure };
  sim.solvers.set(`${worker}/${fence.block}`, assigned(sim, message));
  return undefined;
}
