/** What a seed stands for: jobs, workers, rates of faults, and single faults at their times. */
import type { MethodName } from '../../shared/numerics/solver/method.ts';
import type { NetworkFaults } from './network.ts';
import * as memoryGrids from '../support/memory-grids.ts';
import { randomStream, type Random } from './random.ts';

export interface SimJob {
  readonly id: string;
  readonly atMs: number;
  readonly method: MethodName;
  readonly solver: 'ddim' | 'ddpm';
  readonly steps: number;
  readonly window: number;
  readonly blocks: number;
  readonly samples: number;
  readonly tolerance: number;
  readonly keepRows: boolean;
  /** Rounds in a row that may end in front of a late block. */
  readonly maxLag: number;
  /** A sampler with a memory on the solver's grid; undefined: the solver itself. */
  readonly memory: keyof typeof memoryGrids | undefined;
  readonly seed: number;
  readonly cancelMs: number | undefined;
  readonly client: string;
  readonly priority: number;
  /** Planned when its turn comes, after so many times of waiting; undefined: when submitted. */
  readonly deferrals: number | undefined;
}

const FAULTS = [
  'crash',
  'pause',
  'slow',
  'partition',
  'oneWay',
  'reset',
  'drain',
  'hang',
  'stuck',
  'stall',
  'coordinatorKill',
  'powerLoss',
] as const;

type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly worker: number;
  readonly ms: number;
}

/** A worker stands still for a moment, and nobody gives it up for that. */
export interface Hiccup {
  readonly worker: number;
  readonly atMs: number;
  readonly ms: number;
}

export interface Liar {
  readonly machine: number;
  readonly atMs: number;
}

export interface Workload {
  readonly workers: number;
  readonly jobsRunningMax: number;
  /** How many times slower than it could be each of them is, for as long as it lives. */
  readonly slowness: readonly number[];
  /** Between two checkpoints of a job. */
  readonly checkpointMs: number;
  /** One in so many steps that freeze is computed again by others while its job runs. */
  readonly spotCheckEvery: number;
  /** Longest sync of the disk. */
  readonly syncMs: number;
  readonly jobs: readonly SimJob[];
  readonly network: NetworkFaults;
  readonly faults: readonly Fault[];
  readonly hiccups: readonly Hiccup[];
  /** A machine that computes wrong numbers from some time on, whatever starts on it. */
  readonly liar: Liar | undefined;
  /** Which assignments of blocks, in the order of all of them, workers refuse. */
  readonly refusals: readonly number[];
  /** From then on nothing breaks any more. */
  readonly healMs: number;
}

const METHODS: readonly [MethodName, ...MethodName[]] = [
  'secant',
  'secant',
  'secant',
  'picard',
  'picard-eps',
  'parataa',
  'parareal',
  'sequential',
];

export function drawWorkload(seed: number): Workload {
  const random = randomStream(seed, 'workload');
  const workers = 1 + random.below(4);
  const jobs = Array.from({ length: 1 + random.below(3) }, (_, k) => drawJob(random, seed, k));
  const clients = randomStream(seed, 'clients');
  const hardware = randomStream(seed, 'hardware');
  const uneven = hardware.chance(0.3);
  const slowness = Array.from({ length: workers }, () =>
    uneven ? hardware.pick([1, 1, 2, 4, 10]) : 1,
  );
  const lies = randomStream(seed, 'lies');
  const disk = randomStream(seed, 'disk');
  const memories = randomStream(seed, 'memory');
  const lags = randomStream(seed, 'lag');
  const refusals = randomStream(seed, 'refusals');
  const chaos = randomStream(seed, 'faults');
  // every fifth run is undisturbed: what goes wrong there is nobody else's fault
  const calm = chaos.chance(0.2);
  const count = calm ? 0 : 1 + chaos.below(8);
  const healMs = 3_000;
  return {
    workers,
    jobsRunningMax: 1 + clients.below(3),
    spotCheckEvery: lies.pick([1, 4, 256]),
    checkpointMs: disk.pick([5, 30, 200, Infinity]),
    syncMs: disk.pick([1, 10, 60]),
    jobs: jobs.map((job) => {
      const own = { ...job, ...drawMemory(memories), ...drawClient(clients) };
      return { ...own, ...drawLag(lags, own) };
    }),
    slowness,
    network: {
      latencyMs: chaos.between(0.1, 3),
      jitterMs: chaos.chance(0.3) ? chaos.between(5, 60) : 0.5,
      loss: calm ? 0 : chaos.chance(0.5) ? chaos.between(0, 0.02) : 0,
      duplication: calm ? 0 : chaos.between(0, 0.5),
    },
    faults: Array.from({ length: count }, () => drawFault(chaos, workers)),
    hiccups: Array.from({ length: lags.chance(0.5) ? lags.below(60) : 0 }, () => ({
      worker: lags.below(workers),
      atMs: lags.between(0, 1_000),
      ms: lags.between(10, 200),
    })),
    liar: lies.chance(0.4) ? drawLiar(lies, workers) : undefined,
    // a block that is refused three times would fail its job
    refusals: refusals.chance(0.4) ? [refusals.below(12), refusals.below(40)] : [],
    healMs,
  };
}

/** Some lie from the start, and some begin while jobs run. */
function drawLiar(random: Random, workers: number): Liar {
  const atMs = random.chance(0.3) ? 0 : random.between(0, 1_500);
  return { machine: random.below(workers), atMs };
}

function drawMemory(random: Random): Pick<SimJob, 'memory'> {
  const memory = random.pick(['secondOrder', 'adamsBashforth', 'heun'] as const);
  return { memory: random.chance(0.3) ? memory : undefined };
}

type Lag = Pick<SimJob, 'maxLag' | 'method' | 'blocks' | 'window' | 'samples'>;

/** Jobs that may lag have blocks that can: with others on both sides. */
function drawLag(random: Random, job: Omit<Lag, 'maxLag'> & Pick<SimJob, 'steps'>): Lag {
  const { method, blocks, window, samples } = job;
  if (!random.chance(0.4)) return { maxLag: 0, method, blocks, window, samples };
  return {
    maxLag: 1 + random.below(2),
    method: random.pick(['secant', 'secant', 'picard', 'picard-eps']),
    blocks: 3 + random.below(4),
    samples: 1 + random.below(4),
    window: Math.max(window, Math.min(job.steps, 6 + random.below(12))),
  };
}

type Client = Pick<SimJob, 'client' | 'priority' | 'deferrals'>;

function drawClient(random: Random): Client {
  const priority = random.below(3);
  const deferrals = random.chance(0.5) ? Math.max(0, random.below(5) - 2) : undefined;
  return { client: random.pick(['a', 'b']), priority, deferrals };
}

function drawJob(
  random: Random,
  seed: number,
  k: number,
): Omit<SimJob, keyof Client | 'memory' | 'maxLag'> {
  const steps = 6 + random.below(20);
  return {
    id: `job-${k}`,
    atMs: random.between(0, 400),
    method: random.pick(METHODS),
    solver: random.pick(['ddim', 'ddpm']),
    steps,
    window: 1 + random.below(steps),
    blocks: 1 + random.below(5),
    samples: 1 + random.below(3),
    tolerance: random.chance(0.7) ? 0 : 0.01,
    keepRows: random.chance(0.2),
    seed: (seed % 9_999_991) * 8 + k,
    cancelMs: random.chance(0.1) ? random.between(0, 1_500) : undefined,
  };
}

function drawFault(random: Random, workers: number): Fault {
  const kind = random.pick(FAULTS);
  const long = random.chance(0.4);
  return {
    kind,
    atMs: random.between(0, 1_500),
    worker: random.below(workers),
    // longer than a lease, or shorter than one
    ms: long ? random.between(5_500, 9_000) : random.between(1, 800),
  };
}
