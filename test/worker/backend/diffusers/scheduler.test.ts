import { describe, expect, it } from 'vitest';
import { solverOf } from '../../../../shared/numerics/solvers.ts';
import { readScheduler } from '../../../../worker/backend/diffusers/scheduler.ts';

const read = (config: object) => readScheduler(config, 'scheduler_config.json');

describe('a scheduler config', () => {
  it('of Stable Diffusion 1', () => {
    const config = {
      _class_name: 'PNDMScheduler',
      beta_start: 0.00085,
      beta_end: 0.012,
      beta_schedule: 'scaled_linear',
      set_alpha_to_one: false,
      skip_prk_steps: true,
      steps_offset: 1,
      trained_betas: null,
      clip_sample: false,
    };
    expect(read(config)).toEqual({
      schedule: {
        kind: 'scaled-linear',
        trainSteps: 1000,
        betaStart: 0.00085,
        betaEnd: 0.012,
      },
      prediction: 'epsilon',
      spacing: 'leading',
      timestepOffset: 1,
      terminalAlphaBar: 'first',
      sampler: {
        name: 'pndm',
        options: { target: 'stride' },
        sigmas: '',
        finalSigma: 'zero',
        usualSpacing: true,
      },
    });
  });

  it('that clips nothing has no bound', () => {
    expect(read({ _class_name: 'DDIMScheduler', clip_sample: false }).bound).toBeUndefined();
  });

  it('of Stable Diffusion 3', () => {
    const found = read({ _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 3 });
    expect(found.schedule).toEqual({ kind: 'flow', trainSteps: 1000, shift: 3 });
    expect(found).toMatchObject({ prediction: 'flow', sampler: { name: 'flow-euler' } });
  });

  it.each([
    [{ _class_name: 'DDIMScheduler' }, { bound: { kind: 'clip', range: 1 }, terminalAlphaBar: 1 }],
    [
      { _class_name: 'DDPMScheduler', variance_type: 'fixed_large' },
      { sampler: { options: { variance: 'large' } } },
    ],
    [
      { _class_name: 'DDIMScheduler', thresholding: true, sample_max_value: 2 },
      { bound: { kind: 'threshold', quantile: 0.995, most: 2 } },
    ],
    [
      {
        _class_name: 'DDIMScheduler',
        prediction_type: 'v_prediction',
        rescale_betas_zero_snr: true,
      },
      { prediction: 'velocity', schedule: { zeroTerminalSnr: true } },
    ],
    [
      { _class_name: 'DPMSolverMultistepScheduler', use_karras_sigmas: true },
      { spacing: 'linspace', sampler: { name: 'dpmpp-2m', sigmas: 'karras' } },
    ],
    [
      {
        _class_name: 'DPMSolverMultistepScheduler',
        algorithm_type: 'sde-dpmsolver++',
        solver_order: 3,
      },
      { sampler: { name: 'sde-dpmpp-3m', options: { thirdOrder: 'compat' } } },
    ],
    [
      { _class_name: 'DPMSolverSinglestepScheduler' },
      { sampler: { name: 'dpmpp-2s', options: { lowerOrderFinal: false } } },
    ],
    [
      { _class_name: 'UniPCMultistepScheduler', solver_order: 3 },
      { sampler: { name: 'unipc', options: { order: 3, variant: 'bh2' } } },
    ],
    [
      {
        _class_name: 'EulerDiscreteScheduler',
        timestep_spacing: 'trailing',
        final_sigmas_type: 'sigma_min',
      },
      { spacing: 'trailing', sampler: { finalSigma: 'least', usualSpacing: false } },
    ],
    [
      { _class_name: 'HeunDiscreteScheduler' },
      { schedule: { betaStart: 0.00085, betaEnd: 0.012, kind: 'linear' } },
    ],
    [
      { _class_name: 'EDMEulerScheduler', sigma_max: 50 },
      { schedule: { kind: 'edm', sigmaMax: 50, sigmaMin: 0.002 }, sampler: { sigmas: 'karras' } },
    ],
    [
      { _class_name: 'LCMScheduler' },
      { schedule: { kind: 'scaled-linear' }, sampler: { name: 'lcm' } },
    ],
  ])('%o', (config, expected) => {
    const found = read(config);
    expect(found).toMatchObject(expected);
    // what a folder tells its sampler, the sampler takes
    expect(() => solverOf(found.sampler.name, found.sampler.options)).not.toThrow();
  });

  it.each([
    [{ _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'dpmsolver' }, 'algorithm_type'],
    [
      { _class_name: 'FlowMatchEulerDiscreteScheduler', use_dynamic_shifting: true },
      'use_dynamic_shifting',
    ],
    [{ _class_name: 'PNDMScheduler' }, 'skip_prk_steps: false'],
    [
      { _class_name: 'DDPMScheduler', variance_type: 'learned_range' },
      'variance_type: learned_range',
    ],
    [{ _class_name: 'UniPCMultistepScheduler', predict_x0: false }, 'predict_x0: false'],
    [{ _class_name: 'DDIMScheduler', beta_schedule: 'custom' }, 'beta_schedule "custom"'],
    [{ _class_name: 'DDIMScheduler', prediction_type: 'flow' }, 'prediction_type "flow"'],
    [{ _class_name: 'DDIMScheduler', trained_betas: [0.1] }, 'trained_betas'],
    [{ _class_name: 'DDIMScheduler', beta_start: 'x' }, 'beta_start'],
    [{}, '_class_name'],
    [[], 'the document'],
  ])('is refused: %o', (config, word) => {
    expect(() => read(config)).toThrow(word);
    expect(() => read(config)).toThrow('scheduler_config.json: found');
  });
});

describe('a flow that is shifted by the size of its pictures', () => {
  const config = { _class_name: 'FlowMatchEulerDiscreteScheduler', use_dynamic_shifting: true };
  const shiftOf = (changes: object, tokens?: number) => {
    const { schedule } = readScheduler({ ...config, ...changes }, 'scheduler_config.json', tokens);
    return schedule.kind === 'flow' ? Math.log(schedule.shift) : NaN;
  };

  it('has the shift of its tokens, and not the one that its config says', () => {
    expect(shiftOf({ shift: 3 }, 256)).toBeCloseTo(0.5, 12);
    expect(shiftOf({ shift: 3 }, 4096)).toBeCloseTo(1.15, 12);
    const other = { base_image_seq_len: 100, max_image_seq_len: 200, base_shift: 0, max_shift: 1 };
    expect(shiftOf(other, 150)).toBeCloseTo(0.5, 12);
  });

  it('is refused where nobody knows its tokens, and in another form', () => {
    expect(() => shiftOf({})).toThrow(/found use_dynamic_shifting/);
    expect(() => shiftOf({ time_shift_type: 'linear' }, 256)).toThrow(/time_shift_type: linear/);
  });
});
