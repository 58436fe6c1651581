/**
 * `scheduler/scheduler_config.json` of a diffusers folder: the noise that the model was trained on,
 * and the sampler that its authors chose. Fields that a config leaves out have the defaults of its
 * class, which differ between classes.
 */
import { z } from 'zod';
import type { NoiseSchedule, Prediction } from '../../../shared/kernel/noise-schedule.ts';
import type { Bound } from '../../../shared/kernel/step-rule.ts';
import { shiftForTokens } from '../../../shared/numerics/schedule.ts';
import type { SolverName } from '../../../shared/numerics/solvers.ts';
import type { OwnSampler, TimestepSpacing } from '../../../shared/protocol/model-description.ts';
import { unusable } from '../model-file.ts';

export interface SchedulerSettings {
  readonly schedule: NoiseSchedule;
  readonly prediction: Prediction;
  readonly spacing: TimestepSpacing;
  readonly timestepOffset: number;
  /** Of samplers that go by times. */
  readonly terminalAlphaBar: number | 'first';
  readonly bound?: Bound;
  readonly sampler: OwnSampler;
}

const flag = z.boolean();
const fields = z.object({
  _class_name: z.string(),
  num_train_timesteps: z.int().min(1).max(100_000).default(1000),
  beta_start: z.number().optional(),
  beta_end: z.number().optional(),
  beta_schedule: z.string().optional(),
  trained_betas: z.null().optional(),
  prediction_type: z.string().default('epsilon'),
  timestep_spacing: z.enum(['leading', 'trailing', 'linspace']).optional(),
  steps_offset: z.int().min(0).max(1000).default(0),
  set_alpha_to_one: flag.optional(),
  rescale_betas_zero_snr: flag.default(false),
  clip_sample: flag.optional(),
  clip_sample_range: z.number().gt(0).default(1),
  thresholding: flag.default(false),
  dynamic_thresholding_ratio: z.number().gt(0).max(1).default(0.995),
  sample_max_value: z.number().gt(0).default(1),
  variance_type: z.string().nullable().optional(),
  skip_prk_steps: flag.default(false),
  solver_order: z.int().min(1).max(3).default(2),
  solver_type: z.string().optional(),
  algorithm_type: z.string().optional(),
  predict_x0: flag.default(true),
  lower_order_final: flag.optional(),
  euler_at_final: flag.default(false),
  final_sigmas_type: z.enum(['zero', 'sigma_min']).default('zero'),
  use_karras_sigmas: flag.nullable().default(false),
  use_exponential_sigmas: flag.nullable().default(false),
  use_beta_sigmas: flag.nullable().default(false),
  use_lu_lambdas: flag.nullable().default(false),
  predictor_order: z.int().min(1).max(4).default(2),
  corrector_order: z.int().min(0).max(4).default(2),
  original_inference_steps: z.int().min(1).max(1000).default(50),
  shift: z.number().gt(0).default(1),
  shift_terminal: z.number().gt(0).lt(1).nullable().default(null),
  use_dynamic_shifting: flag.default(false),
  base_image_seq_len: z.number().gt(0).default(256),
  max_image_seq_len: z.number().gt(0).default(4096),
  base_shift: z.number().default(0.5),
  max_shift: z.number().default(1.15),
  time_shift_type: z.string().default('exponential'),
  invert_sigmas: flag.default(false),
  stochastic_sampling: flag.default(false),
  sigma_min: z.number().gt(0).nullable().default(null),
  sigma_max: z.number().gt(0).nullable().default(null),
  sigma_data: z.number().gt(0).default(0.5),
  sigma_schedule: z.enum(['karras', 'exponential']).default('karras'),
});

type Config = z.infer<typeof fields>;

interface SchedulerClass {
  readonly sampler: (config: Config) => Pick<OwnSampler, 'name'> & Partial<OwnSampler>;
  readonly spacing: TimestepSpacing;
  readonly betas?: readonly [number, number, string];
  readonly clips?: boolean;
  /** Default of `set_alpha_to_one`; absent where the sampler does not go by times. */
  readonly endsAtOne?: boolean;
}

const stable = [0.00085, 0.012, 'scaled_linear'] as const;

const classes: Readonly<Record<string, SchedulerClass>> = {
  DDIMScheduler: {
    sampler: () => ({ name: 'ddim', options: { target: 'stride' } }),
    spacing: 'leading',
    clips: true,
    endsAtOne: true,
  },
  DDPMScheduler: {
    sampler: ({ variance_type: variance }) => ({
      name: 'ddpm',
      options: variance?.startsWith('fixed_large') ? { variance: 'large' } : {},
    }),
    spacing: 'leading',
    clips: true,
    endsAtOne: true,
  },
  PNDMScheduler: {
    sampler: () => ({ name: 'pndm', options: { target: 'stride' } }),
    spacing: 'leading',
    endsAtOne: false,
  },
  EulerDiscreteScheduler: { sampler: () => ({ name: 'euler' }), spacing: 'linspace' },
  EulerAncestralDiscreteScheduler: {
    sampler: () => ({ name: 'euler-ancestral' }),
    spacing: 'linspace',
  },
  HeunDiscreteScheduler: {
    sampler: () => ({ name: 'heun' }),
    spacing: 'linspace',
    betas: [0.00085, 0.012, 'linear'],
  },
  LMSDiscreteScheduler: { sampler: () => ({ name: 'lms' }), spacing: 'linspace' },
  DPMSolverMultistepScheduler: { sampler: dpmMultistep, spacing: 'linspace' },
  DPMSolverSinglestepScheduler: { sampler: dpmSinglestep, spacing: 'linspace' },
  UniPCMultistepScheduler: {
    sampler: ({ solver_order: order, solver_type: variant = 'bh2', lower_order_final: lower }) => ({
      name: 'unipc',
      options: { order, variant, ...(lower === false && { lowerOrderFinal: false }) },
    }),
    spacing: 'linspace',
  },
  DEISMultistepScheduler: {
    sampler: ({ solver_order: order }) => ({ name: 'deis', options: { order } }),
    spacing: 'linspace',
  },
  SASolverScheduler: {
    sampler: ({ predictor_order: predictorOrder, corrector_order: correctorOrder }) => ({
      name: 'sa-solver',
      options: { predictorOrder, correctorOrder },
    }),
    spacing: 'linspace',
  },
  LCMScheduler: {
    sampler: ({ original_inference_steps: originalSteps }) => ({
      name: 'lcm',
      options: { originalSteps },
    }),
    spacing: 'leading',
    betas: stable,
    endsAtOne: true,
  },
  TCDScheduler: {
    sampler: ({ original_inference_steps: originalSteps }) => ({
      name: 'tcd',
      options: { originalSteps },
    }),
    spacing: 'leading',
    betas: stable,
    endsAtOne: true,
  },
  FlowMatchEulerDiscreteScheduler: { sampler: () => ({ name: 'flow-euler' }), spacing: 'linspace' },
  FlowMatchHeunDiscreteScheduler: { sampler: () => ({ name: 'flow-heun' }), spacing: 'linspace' },
  EDMEulerScheduler: { sampler: () => ({ name: 'edm-euler' }), spacing: 'linspace' },
};

function dpmMultistep(config: Config): Pick<OwnSampler, 'name' | 'options'> {
  const { algorithm_type: algorithm = 'dpmsolver++', solver_order: order } = config;
  const { solver_type: correction = 'midpoint', lower_order_final: lower } = config;
  const noisy = algorithm.startsWith('sde-');
  const base = { 1: 'dpmpp-1', 2: 'dpmpp-2m', 3: 'dpmpp-3m' }[order] ?? 'dpmpp-2m';
  const name = (noisy ? `sde-${base}` : base) as SolverName;
  const told = {
    ...(correction === 'heun' && { correction }),
    ...(lower === false && { lowerOrderFinal: false }),
    ...(config.euler_at_final && { eulerAtFinal: true }),
    ...(order === 3 && { thirdOrder: 'compat' }),
  };
  return { name, options: told };
}

function dpmSinglestep(config: Config): Pick<OwnSampler, 'name' | 'options'> {
  const { solver_type: correction = 'midpoint', lower_order_final: lower = false } = config;
  return {
    name: 'dpmpp-2s',
    options: { lowerOrderFinal: lower, ...(correction === 'heun' && { correction }) },
  };
}

/**
 * @param tokens of a latent, of pipelines that shift a flow by them
 * @throws MODEL_UNUSABLE naming the file, what was found, what was expected and what to do
 */
export function readScheduler(document: unknown, file: string, tokens?: number): SchedulerSettings {
  const result = fields.safeParse(document);
  if (!result.success) {
    const [issue] = result.error.issues;
    const field = issue?.path.join('.') || 'the document';
    const found = `${field} that cannot be read (${issue?.message ?? 'invalid'})`;
    throw unusable(
      file,
      found,
      'a scheduler config of diffusers',
      'correct it, or export it again',
    );
  }
  const config = result.data;
  const known = Object.hasOwn(classes, config._class_name)
    ? classes[config._class_name]
    : undefined;
  if (!known) {
    const names = Object.keys(classes).join(', ');
    const found = `the scheduler ${JSON.stringify(config._class_name)}`;
    throw unusable(file, found, `one of ${names}`, 'save the pipeline with one of these');
  }
  requireSupported(config, file, tokens);
  const { spacing } = known;
  const { prediction, schedule } = noiseOf(shiftedBy(config, tokens), known, file);
  const bound = boundOf(config, known);
  return {
    schedule,
    prediction,
    spacing: config.timestep_spacing ?? spacing,
    timestepOffset: config.steps_offset,
    terminalAlphaBar: (config.set_alpha_to_one ?? known.endsAtOne ?? true) ? 1 : 'first',
    ...(bound && { bound }),
    sampler: ownSampler(config, known),
  };
}

/** The shift that a pipeline gives its scheduler for the size of its pictures. */
function shiftedBy(config: Config, tokens: number | undefined): Config {
  if (!config.use_dynamic_shifting || tokens === undefined) return config;
  const few = [config.base_image_seq_len, config.base_shift] as const;
  const many = [config.max_image_seq_len, config.max_shift] as const;
  return { ...config, shift: shiftForTokens(tokens, { few, many }) };
}

function ownSampler(config: Config, { sampler }: SchedulerClass): OwnSampler {
  const own = sampler(config);
  return {
    options: {},
    sigmas: sigmasOf(config),
    finalSigma: config.final_sigmas_type === 'zero' ? 'zero' : 'least',
    usualSpacing: config.timestep_spacing === undefined,
    ...own,
  };
}

function sigmasOf(config: Config): string {
  const { _class_name: name, sigma_schedule: edm } = config;
  if (name === 'EDMEulerScheduler') return edm;
  if (config.use_karras_sigmas) return 'karras';
  if (config.use_exponential_sigmas) return 'exponential';
  return config.use_beta_sigmas ? 'beta' : '';
}

function boundOf(config: Config, known: SchedulerClass): Bound | undefined {
  const { dynamic_thresholding_ratio: quantile, sample_max_value: most } = config;
  if (config.thresholding) return { kind: 'threshold', quantile, most };
  if (config.clip_sample ?? known.clips) return { kind: 'clip', range: config.clip_sample_range };
  return undefined;
}

/** What would sample something else without anybody noticing. */
function requireSupported(config: Config, file: string, tokens: number | undefined): void {
  const { algorithm_type: algorithm, solver_type: solver } = config;
  const refused: readonly (readonly [string, boolean])[] = [
    ['use_lu_lambdas', config.use_lu_lambdas === true],
    ['use_dynamic_shifting', config.use_dynamic_shifting && tokens === undefined],
    [`time_shift_type: ${config.time_shift_type}`, config.time_shift_type !== 'exponential'],
    ['invert_sigmas', config.invert_sigmas],
    ['stochastic_sampling', config.stochastic_sampling],
    ['predict_x0: false', !config.predict_x0],
    [`algorithm_type: ${algorithm}`, noiseForm.includes(algorithm ?? '')],
    [
      `solver_type: ${solver}`,
      solver === 'logrho' ? false : !solverTypes.includes(solver ?? 'bh2'),
    ],
    [
      `variance_type: ${config.variance_type}`,
      config._class_name === 'DDPMScheduler' && !variances.includes(config.variance_type ?? ''),
    ],
    ['skip_prk_steps: false', config._class_name === 'PNDMScheduler' && !config.skip_prk_steps],
  ];
  const found = refused.find(([, isSet]) => isSet);
  if (!found) return;
  throw unusable(file, found[0], 'a scheduler without it', 'save the pipeline with another one');
}

const noiseForm = ['dpmsolver', 'sde-dpmsolver', 'noise_prediction'];
const solverTypes = ['bh1', 'bh2', 'midpoint', 'heun'];
const variances = ['', 'fixed_small', 'fixed_small_log', 'fixed_large', 'fixed_large_log'];

type Noise = Pick<SchedulerSettings, 'schedule' | 'prediction'>;

function noiseOf(config: Config, known: SchedulerClass, file: string): Noise {
  const { _class_name: name, num_train_timesteps: trainSteps } = config;
  if (name.startsWith('FlowMatch')) {
    const { shift, shift_terminal: terminal } = config;
    const schedule = { kind: 'flow', trainSteps, shift } as const;
    const stretched = terminal === null ? schedule : { ...schedule, shiftTerminal: terminal };
    return { schedule: stretched, prediction: 'flow' };
  }
  if (name.startsWith('EDM')) {
    const { sigma_min: least, sigma_max: most, sigma_data: dataDeviation } = config;
    const schedule = { kind: 'edm', sigmaMin: least ?? 0.002, sigmaMax: most ?? 80 } as const;
    return { schedule: { ...schedule, dataDeviation }, prediction: 'edm' };
  }
  const [start, end, form] = known.betas ?? [0.0001, 0.02, 'linear'];
  const { beta_start: betaStart = start, beta_end: betaEnd = end } = config;
  const kind = betaKinds[config.beta_schedule ?? form];
  if (!kind) {
    const found = `beta_schedule ${JSON.stringify(config.beta_schedule)}`;
    const expected = `one of ${Object.keys(betaKinds).join(', ')}`;
    throw unusable(file, found, expected, 'a model of another noise needs a reader of its own');
  }
  const zero = config.rescale_betas_zero_snr && { zeroTerminalSnr: true };
  const prediction = predictionKinds[config.prediction_type];
  if (!prediction) {
    const found = `prediction_type ${JSON.stringify(config.prediction_type)}`;
    const expected = `one of ${Object.keys(predictionKinds).join(', ')}`;
    throw unusable(file, found, expected, 'correct it, or export the model again');
  }
  return { schedule: { kind, trainSteps, betaStart, betaEnd, ...zero }, prediction };
}

const betaKinds: Readonly<Record<string, 'linear' | 'scaled-linear' | 'cosine' | 'sigmoid'>> = {
  linear: 'linear',
  scaled_linear: 'scaled-linear',
  squaredcos_cap_v2: 'cosine',
  sigmoid: 'sigmoid',
};

const predictionKinds: Readonly<Record<string, Prediction>> = {
  epsilon: 'epsilon',
  sample: 'denoised',
  v_prediction: 'velocity',
};
