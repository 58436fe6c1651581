/** The production core with the production arithmetic on latents, on a simulated network. */
import { bundlesOf, statesOf } from '../../shared/numerics/bundle.ts';
import { assert, unreachable } from '../../shared/kernel/assert.ts';
import type { FromBlock, JobSpec, ToWorker } from '../../shared/kernel/block-messages.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import type { Command, CommandOf } from '../../coordinator/core/command.ts';
import type { Event, UntimedEvent } from '../../coordinator/core/event.ts';
import { checkTransition } from '../../coordinator/core/invariants.ts';
import {
  initialState,
  type Checkpoint,
  type JobPlan,
  type JobState,
  type State,
} from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';
import { compareStates } from '../../coordinator/shell/compare-states.ts';
import {
  composeBlocks,
  rollOutBlock,
  takeRow,
  withLatents,
} from '../../coordinator/shell/latent-commands.ts';
import { createLatentStore, type LatentStore } from '../../coordinator/shell/latent-store.ts';
import { toReply } from '../../coordinator/shell/reply.ts';
import type { Earlier } from '../../coordinator/shell/earlier.ts';
import { Books, held } from './books.ts';
import type { Owner } from './clock.ts';
import type { Disk } from './disk.ts';
import { checkTurns } from './turns.ts';

export interface SubmittedJob {
  readonly spec: JobSpec;
  readonly plan: JobPlan;
  readonly problem: DriveProblem;
  readonly client?: string;
  readonly priority?: number;
  /** How often there are no figures to plan it with; undefined where it is planned at once. */
  deferrals?: number | undefined;
  samples: Float32Array | undefined;
  trajectory: Float32Array | undefined;
}

export interface CoordinatorPorts {
  readonly nowMs: () => number;
  readonly send: (worker: string, message: ToWorker) => void;
  readonly probe: (worker: string) => void;
  readonly drop: (worker: string, why: string) => void;
  readonly note: (line: string) => void;
  /** Some time from now. */
  readonly later?: (act: () => void) => void;
  readonly after?: (ms: number, act: () => void) => void;
  /** The store has failed, and nothing can be promised any more. */
  readonly fatal?: (error: Error) => void;
  /** A job is over, and is going to be written down. */
  readonly ending?: (state: JobState, job: SubmittedJob) => void;
  /** It is written down, and clients may see it. */
  readonly ended?: (job: string) => void;
}

export interface CoordinatorOptions {
  readonly jobsRunningMax: number;
  /** Where jobs are written down; in memory only where absent. */
  readonly disk?: Disk;
  readonly checkpointMs?: number;
  readonly spotCheckEvery?: number;
}

export const LEASE_MS = 5_000;

type Arithmetic = CommandOf<'compose' | 'initial' | 'rollOut' | 'takeRow' | 'compareStates'>;

function isArithmetic(command: Command): command is Arithmetic {
  const kinds: readonly Command['kind'][] = ['compose', 'initial', 'rollOut', 'takeRow'];
  return command.kind === 'compareStates' || kinds.includes(command.kind);
}

export class CoordinatorProcess implements Owner {
  alive = true;
  pausedUntil = 0;
  readonly jobs = new Map<string, SubmittedJob>();
  readonly #ports: CoordinatorPorts;
  readonly #latents: LatentStore = createLatentStore();
  readonly #queue: Event[] = [];
  readonly #books: Books | undefined;
  /** Where earlier processes left their jobs. */
  readonly #earlier = new Map<string, Earlier>();
  #state: State;
  #running = false;

  constructor(ports: CoordinatorPorts, options: CoordinatorOptions = { jobsRunningMax: 4 }) {
    const { disk, ...own } = options;
    this.#ports = ports;
    const { fatal = (error: Error): void => assert(false, error.message) } = ports;
    this.#books = disk && new Books(disk, this, fatal);
    const epoch = this.#books?.epoch ?? 1;
    this.#state = initialState({ epoch, leaseMs: LEASE_MS, ...own });
  }

  get state(): State {
    return this.#state;
  }

  /** Resolves once the job cannot be lost any more, also where it was asked for before. */
  async submit(job: string, submitted: SubmittedJob): Promise<void> {
    const onDisk = (): void => {
      if (this.alive) this.#queueJob(job, submitted);
    };
    if (this.#books) await this.#books.accept(job, submitted.spec, onDisk);
    else onDisk();
  }

  /** Whether clients can see the end of a job. */
  hasEnded(job: string): boolean {
    return this.#books?.hasEnded(job) ?? false;
  }

  /** Jobs that an earlier process had accepted; resolves to those that go on from a checkpoint. */
  async restore(submittedOf: (job: string) => SubmittedJob): Promise<number> {
    const found = (await this.#books?.unfinished()) ?? [];
    for (const { id, earlier } of found) {
      if (earlier) this.#earlier.set(id, earlier);
      this.#queueJob(id, { ...submittedOf(id), deferrals: 0 });
    }
    return this.#earlier.size;
  }

  #queueJob(job: string, submitted: SubmittedJob): void {
    this.jobs.set(job, submitted);
    const { plan: own, client, priority, deferrals } = submitted;
    const plan = deferrals === undefined ? own : undefined;
    const what = { job, model: own.model, plan, after: undefined } as const;
    this.dispatch({ kind: 'jobSubmitted', ...what, client, priority });
  }

  #plan(job: string): void {
    const submitted = this.#job({ job });
    const { plan, deferrals = 0 } = submitted;
    submitted.deferrals = deferrals - 1;
    const checkpoint = this.#earlierOf(job);
    if (deferrals === 0) return this.dispatch({ kind: 'jobResolved', job, plan, checkpoint });
    this.dispatch({ kind: 'jobDeferred', job });
    this.#ports.later?.(() => this.dispatch({ kind: 'figuresKnown' }));
  }

  #earlierOf(job: string): Checkpoint | undefined {
    const { checkpoint } = this.#earlier.get(job) ?? {};
    if (!checkpoint) return undefined;
    return { ...checkpoint, state: this.#latents.put(`${job} resumed`, checkpoint.state) };
  }

  receive(worker: string, message: FromBlock): void {
    this.dispatch({ kind: 'blockReplied', worker, reply: toReply(message, this.#latents) });
  }

  /** A reply that was counted already, or is too late: it must not change any job (I5). */
  receiveAgain(worker: string, message: FromBlock): void {
    const before = [...this.#state.jobs.values()];
    this.receive(worker, message);
    const { kind, fence } = message;
    const same = [...this.#state.jobs.values()].every((job, k) => job === before[k]);
    assert(
      same,
      `a second ${kind} of ${fence.job} block ${fence.block} round ${fence.round} counts`,
    );
  }

  dispatch(event: UntimedEvent): void {
    this.#queue.push({ ...event, atMs: this.#ports.nowMs() });
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#apply(next);
    } finally {
      this.#running = false;
    }
  }

  #apply(event: Event): void {
    const before = this.#state;
    const { state, commands } = transition(before, event);
    this.#state = state;
    checkTransition(before, state, commands);
    checkTurns(before, state, (job) => this.#job({ job }).priority ?? 0);
    for (const command of commands) {
      if (isArithmetic(command)) this.#compute(command);
      else this.#carryOut(command);
    }
  }

  #compute(command: Arithmetic): void {
    const latents = this.#latents;
    switch (command.kind) {
      case 'compose': {
        const { job, composition } = command;
        const movements = composeBlocks(latents, command);
        return this.dispatch({ kind: 'composed', job, composition, movements });
      }
      case 'initial':
        return latents.fill(command.out, initialOf(this.#job(command).problem));
      case 'rollOut':
        return rollOutBlock(latents, this.#job(command).problem, command);
      case 'takeRow':
        return takeRow(latents, command);
      case 'compareStates':
        return this.#compare(command);
      default:
        return unreachable(command);
    }
  }

  #carryOut(command: Exclude<Command, Arithmetic>): void {
    const latents = this.#latents;
    switch (command.kind) {
      case 'openJob':
        return this.#ports.send(command.worker, { kind: 'openJob', spec: this.#job(command).spec });
      case 'closeJob':
        return this.#ports.send(command.worker, { kind: 'closeJob', job: command.job });
      case 'send': {
        const message = withLatents(latents, command.message, () => new Float32Array());
        return this.#ports.send(command.worker, message);
      }
      case 'keepRows': {
        const { trajectory, problem } = this.#job(command);
        trajectory?.set(latents.get(command.states), command.first * problem.initial.length);
        return;
      }
      case 'jobEnded':
        this.#keepSamples(command);
        this.#ports.note(`ended ${command.job}`);
        return void this.#writeEnd(command.job);
      case 'checkpoint':
        return this.#writeCheckpoint(command);
      case 'lookAgain':
        return this.#ports.after?.(command.afterMs, () => this.dispatch({ kind: 'tick' }));
      case 'probeWorker':
        return this.#ports.probe(command.worker);
      case 'dropWorker':
        return this.#ports.drop(command.worker, command.why);
      case 'resolve':
        return this.#plan(command.job);
      // what these bring about is for people, or begins outside
      case 'guess':
      case 'residuals':
      case 'trace':
      case 'notify':
      case 'drainWorker':
        return;
      default:
        return unreachable(command);
    }
  }

  #keepSamples(command: CommandOf<'jobEnded'>): void {
    const job = this.#job(command);
    const { samples, table } = job.problem;
    const row = this.#latents.find(command.samples);
    job.samples = row && statesOf(row, samples, table.parts);
  }

  #compare(command: CommandOf<'compareStates'>): void {
    const { job, check, step, samples, states, compared } = command;
    const { spec, problem } = this.#job({ job });
    const outputScale = problem.table.outputScale[step] ?? 0;
    const found = compareStates(
      states.map((state) => this.#latents.get(state)),
      { spec, samples, outputScale, parts: problem.table.parts, jitter: 0, gap: 1e-6 },
    );
    this.dispatch({ kind: 'statesCompared', job, check, compared, ...found });
  }

  #writeCheckpoint({ job, checkpoint }: CommandOf<'checkpoint'>): void {
    const at = checkpoint && held(checkpoint, this.#latents.get(checkpoint.state));
    this.#books?.checkpoint(job, this.#job({ job }).spec, at);
  }

  async #writeEnd(id: string): Promise<void> {
    const job = this.#job({ job: id });
    const state = this.#state.jobs.get(id);
    const { phase } = state ?? {};
    assert(phase === 'done' || phase === 'failed' || phase === 'cancelled', `${id} has no end`);
    if (state) this.#ports.ending?.(state, job);
    await this.#books?.end(id, phase, job.samples);
    if (this.alive) this.#ports.ended?.(id);
  }

  #job({ job }: { readonly job: string }): SubmittedJob {
    const found = this.jobs.get(job);
    assert(found, `no job ${job}`);
    return found;
  }
}

function initialOf({ initial, samples, table }: DriveProblem): Float32Array {
  return bundlesOf(initial, samples, table.parts);
}
