/** Messages as honest peers send them: what is made hostile starts from here, to get far. */
import { protocolVersion } from '../../../shared/protocol/loader.ts';
import { methodNames } from '../../../shared/numerics/solver/method.ts';
import { solverNames } from '../../../shared/numerics/solvers.ts';
import type { Draws } from '../draws.ts';
import { fieldsOf, camel, type FieldDescriptor } from './descriptors.ts';
import type { Message } from './wire.ts';

/** What cases know of the cluster, and tell each other. */
export interface Known {
  /** A model as the coordinator describes it to clients. */
  readonly model: Message;
  /** Jobs that were accepted, the newest last. */
  readonly jobs: string[];
  /** Ids of workers of cases that are registered now. */
  readonly workers: string[];
  /** Of the worker that is honest; fences of its blocks are what a liar would name. */
  readonly epoch: number;
}

type Maker = (draws: Draws, known: Known) => unknown;

const job: Maker = (draws, { jobs }) =>
  jobs.length > 0 && draws.chance(0.7) ? draws.pick(jobs) : 'job-nobody-has';

/** By field: where a name means the same in every message, once. */
const makers: Readonly<Record<string, Maker>> = {
  model: (draws) => draws.pick(['mixture6', 'mixture6', 'gaussian', 'fuzz']),
  solver: (draws) => draws.pick(['ddim', 'ddim', ...solverNames, '']),
  method: (draws) => draws.pick(['', 'auto', ...methodNames]),
  steps: (draws) => 1 + draws.below(12),
  samples: (draws) => 1 + draws.below(2),
  seed: (draws) => draws.below(2 ** 31),
  eta: (draws) => draws.float(),
  window: (draws) => 1 + draws.below(12),
  blocks: (draws) => 1 + draws.below(4),
  tolerance: (draws) => draws.float(),
  guidance: (draws) => 10 * draws.float(),
  roundsMax: (draws) => 1 + draws.below(20),
  everyRow: (draws) => draws.chance(0.3),
  maxLag: (draws) => (draws.chance(0.5) ? 0 : draws.below(4)),
  initialization: (draws) => draws.pick(['', 'denoised', 'constant']),
  memory: (draws) => 1 + draws.below(3),
  spacing: (draws) => draws.pick(['', 'leading', 'trailing', 'linspace']),
  sigmas: (draws) => draws.pick(['', 'karras', 'exponential', 'beta', '3,2,1', 'times:900,500']),
  solverOptions: (draws) => draws.pick(['', '{}', '{"order": 2}', '{"gamma": 0.5}']),
  stop: (draws) => draws.pick(['', 'final', 'paradigms', 'parataa', 'srds']),
  wire: (draws) => draws.pick(['', 'float32', 'float16']),
  order: (draws) => 1 + draws.below(3),
  idempotencyKey: (draws) => (draws.chance(0.5) ? `key-${draws.below(1_000)}` : ''),
  client: (draws) => draws.pick(['', 'a', 'b', 'c@d']),
  priority: (draws) => draws.below(10),
  prompts: (draws) => draws.pick([[], ['a cat']]),
  negativePrompts: (draws) => draws.pick([[], ['a dog']]),
  guidanceSchedule: (draws) => draws.pick([[], [1, 2], [0, 4, 2]]),
  strength: (draws) => draws.float(),
  job,
  before: job,
  limit: (draws) => draws.below(20),
  worker: (draws, { workers }) =>
    workers.length > 0 && draws.chance(0.7) ? draws.pick(workers) : 'w999999',
  inputs: (draws) => [inputOf('class', 'int64', draws)],
  image: (draws) => inputOf('image', 'float32', draws),
  mask: (draws) => inputOf('mask', 'float32', draws),
  encoded: () => [],
  encodedImage: () => undefined,
  fence: (draws, known) => ({
    job: job(draws, known),
    block: draws.below(4),
    epoch: draws.chance(0.7) ? known.epoch : draws.below(9),
    attempt: draws.below(3),
    round: draws.below(6),
  }),
  byteLength: () => 0,
  crc32: () => 0,
};

function inputOf(name: string, dtype: string, draws: Draws): Message {
  const shape = draws.pick([[], [1], [1, 8, 8], [8, 8]]);
  const count = shape.reduce((product, side) => product * side, 1);
  return { name, dtype, shape, data: Buffer.alloc(count * (dtype === 'int64' ? 8 : 4)) };
}

/** What a field or a path calls so, wherever it stands; undefined where nothing is known of it. */
export function valueNamed(name: string, draws: Draws, known: Known): unknown {
  return Object.hasOwn(makers, name) ? makers[name]?.(draws, known) : undefined;
}

/** Fields that a request is always given; others now and then. */
const always = ['model', 'solver', 'steps', 'job', 'worker', 'fence'];
const NESTED_MAX = 4;

/** A message by its name, with all that is required of it and some of what is not. */
export function validMessage(name: string, draws: Draws, known: Known, depth = 0): Message {
  if (name === 'Model') return known.model;
  const present = fieldsOf(name).filter(
    (field) =>
      always.includes(camel(field.name)) || draws.chance(name === 'SubmitRequest' ? 0.12 : 0.8),
  );
  return Object.fromEntries(
    present.map((field) => [camel(field.name), valueOf(field, draws, known, depth)]),
  );
}

function valueOf(field: FieldDescriptor, draws: Draws, known: Known, depth: number): unknown {
  const make = makers[camel(field.name)];
  const repeated = field.label === 'LABEL_REPEATED';
  if (make && (field.type !== 'TYPE_MESSAGE' || !repeated || depth === 0))
    return make(draws, known);
  const one = (): unknown => {
    if (field.type !== 'TYPE_MESSAGE') return scalarOf(field, draws);
    if (depth >= NESTED_MAX) return undefined;
    return validMessage(field.typeName.split('.').at(-1) ?? '', draws, known, depth + 1);
  };
  return repeated ? Array.from({ length: draws.below(4) }, one) : one();
}

function scalarOf({ type }: FieldDescriptor, draws: Draws): unknown {
  switch (type) {
    case 'TYPE_STRING':
      return draws.pick(['', 'a', 'float32', 'NON_FINITE']);
    case 'TYPE_BYTES':
      return draws.bytes(4 * draws.below(9));
    case 'TYPE_DOUBLE':
      return draws.float();
    case 'TYPE_BOOL':
      return draws.chance(0.5);
    default:
      return draws.below(9);
  }
}

/** First message of a worker, under a name of its own, whose model no client asks for by chance. */
export function registration(draws: Draws, known: Known): Message {
  const model = { ...known.model, name: 'fuzz', sha256: 'f'.repeat(64) };
  return {
    protocolVersion,
    name: `fuzz-${draws.below(1_000_000)}`,
    backend: 'analytic',
    models: draws.chance(0.9) ? [model] : [],
    hangMs: draws.pick([0, 1_000]),
    previous: draws.pick(['', '', `${known.epoch}/w1`, '__proto__/w1', '1/']),
  };
}
