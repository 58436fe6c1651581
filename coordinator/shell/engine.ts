/**
 * The core with hands: feeds it events, carries out its commands. All state changes of the
 * coordinator go through `dispatch`, one at a time.
 */
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { assert, unreachable } from '../../shared/kernel/assert.ts';
import type { FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';
import { encodeOrders } from '../../shared/protocol/orders.ts';
import type { Command, CommandOf } from '../core/command.ts';
import type { Event, UntimedEvent } from '../core/event.ts';
import { statesOf } from '../../shared/numerics/bundle.ts';
import { initialState as emptyState } from '../core/state.ts';
import type { Checkpoint, LatentHandle, State } from '../core/state.ts';
import { transition } from '../core/transition.ts';
import { costOf } from './block-cost.ts';
import type { HeldCheckpoint } from './earlier.ts';
import type { JobRecord, Resolved } from './job-record.ts';
import { drawAhead, initialBundles, rollOutProblem } from './job-noise.ts';
import { composeBlocks, rollOutBlock, takeRow, withLatents } from './latent-commands.ts';
import { compareStates } from './compare-states.ts';
import { batchJitterOf } from './jitter-check.ts';
import type { Activity } from './activity.ts';
import { withKnown } from './start-image.ts';
import { createLatentStore, type LatentStore } from './latent-store.ts';
import type { EngineObserver } from './observer.ts';
import { estimateIn, toReply } from './reply.ts';
import { givenRows, keepResiduals, keepRows } from './trajectory.ts';
import type { WorkerRegistry, WorkerSession } from './worker-session.ts';

const LEASE_MS = 5_000;
/** Numbers from 1 on belong to the calibrator. */
const DOUBT_PROBE = 2 ** 32 - 1;
/** However many workers there are: each has a boundary and a window of noise here. */
const JOBS_RUNNING_MAX = 1_024;

export interface EngineHooks {
  /** A job waits for its model's description. */
  resolve(job: string, jobs: number): void;
  /** A job is over; its samples are in its record. */
  ended(job: string): void;
  /** A job can go on from here; undefined: from its beginning only. */
  checkpoint(job: string, checkpoint: HeldCheckpoint | undefined): void;
  /** Tells which job the bytes of a message belong to when it is serialised. */
  attribute(message: object, job: string): void;
}

export interface Engine {
  readonly state: () => State;
  readonly leaseMs: number;
  readonly records: Map<string, JobRecord>;
  readonly workers: WorkerRegistry;
  dispatch(event: UntimedEvent): void;
  /** Latents that come from elsewhere, for an event that names them. */
  hold(id: string, values: Float32Array): LatentHandle;
  /** A message from a worker's data stream. */
  receive(worker: string, message: FromBlock): void;
  /** Looks at the time no more where the core has asked for it. */
  close(): void;
}

export interface EngineOptions {
  readonly epoch: number;
  readonly leaseMs?: number | undefined;
  readonly workers: WorkerRegistry;
  readonly log: Logger;
  readonly hooks: EngineHooks;
  readonly observers?: readonly EngineObserver[];
  /** Between two checkpoints of a job. */
  readonly checkpointMs: number;
  /** Is told of every order and every reply. */
  readonly activity?: Activity | undefined;
  readonly spotChecks?: SpotCheckOptions | undefined;
  readonly jobsRunningMax?: number;
}

export interface SpotCheckOptions {
  /** Other workers recompute one in so many steps; 0: none. */
  readonly every: number;
  /** What outputs of the same model may differ by between workers, RMS. */
  readonly gap: number;
}

/**
 * The gap is far above what processors of one kind differ by, and its sum over a trajectory far
 * below the default tolerance: a sound worker must not be accused.
 */
export const SPOT_CHECKS: SpotCheckOptions = { every: 256, gap: 1e-4 };

/** What the events at hand have for one worker about one job. */
interface Outgoing {
  readonly worker: string;
  readonly job: string;
  readonly orders: ToWorker[];
}

interface Machine extends EngineOptions {
  readonly observers: readonly EngineObserver[];
  readonly spotChecks: SpotCheckOptions;
  readonly records: Map<string, JobRecord>;
  readonly latents: LatentStore;
  readonly queue: Event[];
  outbox: Outgoing[];
  /** Jobs whose next rows are drawn while nothing else happens. */
  readonly drawing: Set<string>;
  readonly looks: Set<NodeJS.Timeout>;
  state: State;
  running: boolean;
}

export function createEngine(options: EngineOptions): Engine {
  const { epoch, workers, leaseMs = LEASE_MS, checkpointMs } = options;
  const { jobsRunningMax = JOBS_RUNNING_MAX, spotChecks = SPOT_CHECKS, observers = [] } = options;
  const { every: spotCheckEvery } = spotChecks;
  const limited = { leaseMs, checkpointMs, jobsRunningMax, spotCheckEvery };
  const machine: Machine = {
    ...options,
    observers,
    spotChecks,
    records: new Map(),
    latents: createLatentStore(),
    queue: [],
    outbox: [],
    drawing: new Set(),
    looks: new Set(),
    state: emptyState({ epoch, ...limited }),
    running: false,
  };
  return {
    state: () => machine.state,
    leaseMs,
    records: machine.records,
    workers,
    dispatch: (event) => dispatch(machine, event),
    hold: (id, values) => machine.latents.put(id, values),
    receive: (worker, message) => receive(machine, worker, message),
    close: () => machine.looks.forEach(clearTimeout),
  };
}

/** Events that commands bring about wait until the commands of this one are done. */
function dispatch(machine: Machine, event: UntimedEvent): void {
  const { queue, observers } = machine;
  queue.push({ ...event, atMs: performance.now() });
  if (machine.running) return;
  machine.running = true;
  try {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const before = machine.state;
      const { state: after, commands } = transition(before, next);
      machine.state = after;
      for (const one of observers) one.happened?.({ event: next, before, after, commands });
      for (const command of commands) execute(machine, command);
    }
  } finally {
    machine.running = false;
    flush(machine);
  }
}

function flush(machine: Machine): void {
  const { outbox, workers, hooks } = machine;
  machine.outbox = [];
  for (const { worker, job, orders } of outbox) {
    const session = workers.get(worker);
    const has = (digest: string, bytes: number): boolean => {
      const known = session?.conditions.get(digest) !== undefined;
      if (!known) session?.conditions.set(digest, true, bytes);
      return known;
    };
    const half = machine.records.get(job)?.resolved?.spec.half ?? false;
    const messages = encodeOrders(orders, { has, half });
    for (const part of messages) hooks.attribute(part, job);
    void session?.data?.write(messages);
  }
}

/** One row a turn, so that a reply never waits for more. */
function drawSoon(machine: Machine, id: string): void {
  if (machine.drawing.has(id)) return;
  machine.drawing.add(id);
  setImmediate(() => {
    machine.drawing.delete(id);
    const job = machine.state.jobs.get(id);
    const record = machine.records.get(id);
    if (!record || job?.phase !== 'running' || job.nextBlock >= job.partition.length) return;
    const { edge, windowEnd } = job;
    if (drawAhead(record, edge?.row ?? windowEnd, windowEnd)) drawSoon(machine, id);
  });
}

function execute(machine: Machine, command: Command): void {
  if (isControl(command)) return control(machine, command);
  const { latents, hooks } = machine;
  switch (command.kind) {
    case 'openJob': {
      const { spec } = resolvedOf(machine, command.job);
      return send(machine, command.worker, { kind: 'openJob', spec }, command.job);
    }
    case 'closeJob':
      return send(machine, command.worker, { kind: 'closeJob', job: command.job }, command.job);
    case 'send': {
      const { worker, message } = command;
      const { job } = message.fence;
      const given = (begin: number, end: number) => givenRows(recordOf(machine, job), begin, end);
      return send(machine, worker, withLatents(latents, message, given), job);
    }
    case 'compose':
      return compose(machine, command);
    case 'initial':
      return latents.fill(command.out, initialBundles(resolvedOf(machine, command.job)));
    case 'guess': {
      const { guess } = resolvedOf(machine, command.job);
      assert(guess, `job ${command.job} has no first guess`);
      return latents.fill(command.out, guess);
    }
    case 'rollOut':
      return rollOutBlock(latents, rollOutProblem(recordOf(machine, command.job)), command);
    case 'takeRow':
      return takeRow(latents, command);
    case 'compareStates':
      return compareVotes(machine, command);
    case 'keepRows':
    case 'residuals':
    case 'trace':
    case 'checkpoint':
    case 'notify':
      return tell(machine, command);
    case 'jobEnded':
      return end(machine, command.job, latents.find(command.samples));
    case 'resolve':
      // one plan a turn: many jobs that start together must not keep a submission waiting
      return void setImmediate(() => hooks.resolve(command.job, command.jobs));
    default:
      return unreachable(command);
  }
}

const controls = ['lookAgain', 'drainWorker', 'probeWorker', 'dropWorker'] as const;

type Control = CommandOf<(typeof controls)[number]>;

function isControl(command: Command): command is Control {
  return controls.some((kind) => kind === command.kind);
}

/** A timer is early by less. */
const TIMER_MS = 1;

function lookAgain(machine: Machine, afterMs: number): void {
  const look = (): void => {
    machine.looks.delete(timer);
    dispatch(machine, { kind: 'tick' });
  };
  const timer = setTimeout(look, Math.ceil(afterMs) + TIMER_MS);
  machine.looks.add(timer);
}

function control(machine: Machine, command: Control): void {
  if (command.kind === 'lookAgain') return lookAgain(machine, command.afterMs);
  const session = machine.workers.get(command.worker);
  if (command.kind === 'dropWorker') return session?.drop(command.why);
  const order = command.kind === 'drainWorker' ? { drain: {} } : { probe: { number: DOUBT_PROBE } };
  void session?.control.write([order]);
}

/** What becomes of a job's rows and figures. */
function tell(
  machine: Machine,
  command: CommandOf<'keepRows' | 'residuals' | 'trace' | 'checkpoint' | 'notify'>,
): void {
  const { latents, records, hooks } = machine;
  switch (command.kind) {
    case 'keepRows':
      return keepRows(recordOf(machine, command.job), command.first, latents.get(command.states));
    case 'residuals':
      return keepResiduals(recordOf(machine, command.job), command.rows);
    case 'trace':
      return records.get(command.job)?.trace.add(command.round);
    case 'checkpoint':
      return hooks.checkpoint(command.job, command.checkpoint && held(latents, command.checkpoint));
    case 'notify':
      return records.get(command.job)?.watchers.forEach((notify) => notify());
    default:
      return unreachable(command);
  }
}

function held(latents: LatentStore, checkpoint: Checkpoint): HeldCheckpoint {
  return { ...checkpoint, state: latents.get(checkpoint.state) };
}

function recordOf({ records }: Machine, job: string): JobRecord {
  const record = records.get(job);
  assert(record, `no record of job ${job}`);
  return record;
}

function resolvedOf(machine: Machine, job: string): Resolved {
  const { resolved } = recordOf(machine, job);
  assert(resolved, `job ${job} runs before it is resolved`);
  return resolved;
}

function send(machine: Machine, worker: string, message: ToWorker, job: string): void {
  // one that is asked for a spot check alone has no part in the job
  const holds = machine.state.jobs.get(job)?.opened.includes(worker);
  if (holds) machine.records.get(job)?.workersUsed.add(worker);
  machine.activity?.sent(worker, message);
  if ('fence' in message) {
    // with the rows of whoever had it before, or from its left boundary
    const handed = message.kind === 'assignBlock' && message.given !== undefined;
    machine.log.trace({ worker, kind: message.kind, fence: message.fence, handed }, 'order');
  }
  const atMs = machine.observers.length > 0 ? performance.now() : 0;
  for (const observer of machine.observers) observer.ordered?.(worker, message, atMs);
  const last = machine.outbox.findLast((outgoing) => outgoing.worker === worker);
  if (last?.job === job) last.orders.push(message);
  else machine.outbox.push({ worker, job, orders: [message] });
}

function compose(machine: Machine, command: CommandOf<'compose'>): void {
  const { job, composition } = command;
  const started = performance.now();
  const movements = composeBlocks(machine.latents, command);
  const ended = performance.now();
  for (const observer of machine.observers) observer.composed?.(job, started, ended);
  dispatch(machine, { kind: 'composed', job, composition, movements });
  drawSoon(machine, job);
}

function compareVotes(machine: Machine, command: CommandOf<'compareStates'>): void {
  const { latents, workers, spotChecks, log } = machine;
  const { kind: _kind, states, ...about } = command;
  const { spec, table } = resolvedOf(machine, about.job);
  const found = compareStates(
    states.map((state) => latents.get(state)),
    {
      spec,
      samples: about.samples,
      outputScale: table.outputScale[about.step] ?? 0,
      parts: table.parts,
      jitter: batchJitterOf(workers, { name: spec.model, sha256: spec.modelSha256 }),
      gap: spotChecks.gap,
    },
  );
  log.debug({ ...about, ...found }, 'spot check');
  const { job, check, compared } = about;
  dispatch(machine, { kind: 'statesCompared', job, check, compared, ...found });
}

function end(machine: Machine, job: string, samples: Float32Array | undefined): void {
  const { records, hooks, observers } = machine;
  const ended = machine.state.jobs.get(job);
  if (ended) for (const observer of observers) observer.ended?.(ended);
  const record = records.get(job);
  const own = record && samples && samplesIn(record, samples);
  if (record) record.samples = own && withKnown(record.resolved?.spec.conditions ?? [], own);
  hooks.ended(job);
}

/** At row N it is bundles that blocks tell; x0-hat is no bundle. */
function samplesIn({ resolved }: JobRecord, told: Float32Array): Float32Array {
  if (!resolved || told.length === resolved.spec.samples * resolved.spec.dim) return told;
  return statesOf(told, resolved.spec.samples, resolved.table.parts);
}

function receive(machine: Machine, worker: string, message: FromBlock): void {
  const started = performance.now();
  const { records, workers, latents, log, observers } = machine;
  const before = machine.state.jobs.get(message.fence.job);
  const record = records.get(message.fence.job);
  const session = workers.get(worker);
  if (session) noteWork(session, message);
  const whole = record?.whole ?? message.fence.job;
  machine.activity?.received({ worker, name: session?.name ?? worker, whole }, message);
  const estimate = estimateIn(message, record?.resolved?.table.steps ?? 0);
  if (record && estimate) record.preview = samplesIn(record, estimate);
  const about = { worker, kind: message.kind, fence: message.fence };
  const stale = machine.state.staleReplies;
  log.trace({ ...about, calls: costOf(message)?.modelCalls }, 'block replied');
  dispatch(machine, { kind: 'blockReplied', worker, reply: toReply(message, latents) });
  const isStale = machine.state.staleReplies > stale;
  const ended = performance.now();
  if (record) record.coordinatorMs += ended - started;
  const job = machine.state.jobs.get(message.fence.job);
  const times = { startedMs: started, endedMs: ended };
  for (const observer of observers) {
    observer.replied?.({ worker, message, ...times, before, job, stale: isStale });
  }
}

/** What `workers` shows of a worker. */
function noteWork(session: WorkerSession, message: FromBlock): void {
  if (message.kind === 'blockFailed') session.lastError = message.message;
  session.modelCalls += costOf(message)?.modelCalls ?? 0;
}
