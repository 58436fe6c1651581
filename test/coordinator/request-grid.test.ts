import { describe, expect, it } from 'vitest';
import { checkGridRequest, completed, gridOf } from '../../coordinator/shell/request-grid.ts';
import type { OwnSampler, RegisteredModel } from '../../shared/protocol/model-description.ts';
import { analyticBackend } from '../../worker/backend/analytic.ts';

const described = analyticBackend({}).models.find(({ name }) => name === 'mixture6');
if (!described) throw new Error('no mixture6');
const measured = { batchJitter: 0, latencyCurve: [{ batch: 1, ms: 1 }] };
const model: RegisteredModel = { ...described, ...measured };

const own: OwnSampler = {
  name: 'pndm',
  options: { target: 'stride' },
  sigmas: '',
  finalSigma: 'zero',
  usualSpacing: true,
};
/** As the folder of Stable Diffusion 1 says it. */
const folder: RegisteredModel = {
  ...model,
  spacing: 'leading',
  timestepOffset: 1,
  terminalAlphaBar: 'first',
  sampler: own,
};

const nothing = { solver: '', steps: 20, spacing: '', sigmas: '', solverOptions: '' };
const ask = (changes: object) => ({ ...nothing, ...changes });

describe('the sampler of a job', () => {
  it("is the model's own where the job names none, with its options", () => {
    expect(completed(ask({}), folder)).toMatchObject({
      solver: 'pndm',
      solverOptions: '{"target":"stride"}',
    });
    expect(gridOf(ask({}), folder).table.steps).toBe(21);
  });

  it('keeps what the job says of it', () => {
    const told = ask({ solver: 'pndm', solverOptions: '{"target":"next"}', sigmas: '' });
    expect(completed(told, folder).solverOptions).toBe('{"target":"next"}');
    const karras = {
      ...folder,
      sampler: { ...own, name: 'dpmpp-2m', options: {}, sigmas: 'karras' },
    };
    expect(completed(ask({}), karras).sigmas).toBe('karras');
    expect(completed(ask({ sigmas: 'beta' }), karras).sigmas).toBe('beta');
  });

  it('has a spacing, which a certificate can name', () => {
    expect(completed(ask({}), folder).spacing).toBe('leading');
    expect(completed(ask({ solver: 'euler' }), folder).spacing).toBe('linspace');
    expect(completed(ask({ solver: 'euler', spacing: 'trailing' }), folder).spacing).toBe(
      'trailing',
    );
  });

  it('is told nothing that is of another one', () => {
    expect(completed(ask({ solver: 'euler' }), folder).solverOptions).toBe('');
  });

  it('must be named where the model has none', () => {
    expect(() => gridOf(ask({}), model)).toThrow(/solver: found "?none"?, expected one of ddim,/);
  });
});

describe('a folder with a sampler of its own', () => {
  const last = (solver: string, changes: Partial<OwnSampler> = {}): number => {
    const known = { ...folder, sampler: { ...own, ...changes } };
    return gridOf(ask({ solver }), known).table.signal.at(-1) ?? NaN;
  };

  it('ends samplers of times at its alphaBar, others at their last sigma', () => {
    expect(last('ddim')).toBeLessThan(1);
    expect(last('ddpm')).toBe(1);
    expect(last('dpmpp-2m')).toBe(1);
    expect(gridOf(ask({ solver: 'dpmpp-2m' }), folder).table.sigma.at(-1)).toBe(0);
    const least = { ...folder, sampler: { ...own, finalSigma: 'least' as const } };
    expect(gridOf(ask({ solver: 'dpmpp-2m' }), least).table.sigma.at(-1)).toBeGreaterThan(0);
  });

  it('gives every sampler the spacing that is usual for it, if it says none', () => {
    const first = (solver: string, known: RegisteredModel) =>
      gridOf(ask({ solver }), known).table.timestep[0];
    expect(first('ddim', folder)).toBe(951);
    expect(first('euler', folder)).toBe(999);
    const said = { ...folder, sampler: { ...own, usualSpacing: false } };
    expect(first('euler', said)).toBe(951);
    expect(gridOf(ask({ solver: 'euler', spacing: 'trailing' }), folder).table.timestep[0]).toBe(
      999,
    );
  });

  it('bounds those samplers that its own library bounds', () => {
    const bound = { kind: 'clip', range: 1 } as const;
    const known: RegisteredModel = { ...folder, bound };
    const boundOf = (solver: string) => gridOf(ask({ solver }), known).table.rule?.bound;
    expect(boundOf('ddim')).toEqual(bound);
    expect(boundOf('dpmpp-2m')).toBeUndefined();
    expect(boundOf('pndm')).toBeUndefined();
    const threshold = { kind: 'threshold', quantile: 0.9, most: 2 } as const;
    const other: RegisteredModel = { ...folder, bound: threshold };
    expect(gridOf(ask({ solver: 'dpmpp-2m' }), other).table.rule?.bound).toEqual(threshold);
  });
});

describe('one clear error for', () => {
  it.each([
    [{ solver: 'rk45' }, /solver: found "rk45", expected one of ddim, ddpm, euler/],
    [{ solver: 'euler', eta: 0.5 }, /eta: found 0.5, expected none: it is of ddim/],
    [
      { solver: 'unipc', solverOptions: '{"order":9}' },
      /solver.order: found 9, expected an integer/,
    ],
    [{ solver: 'unipc', solverOptions: '{"colour":1}' }, /solver.colour/],
    [{ solver: 'unipc', solverOptions: 'order' }, /expected a JSON object/],
    [{ solver: 'unipc', solverOptions: '[1]' }, /expected a JSON object/],
    [{ solver: 'unipc', solverOptions: `"${'x'.repeat(2000)}"` }, /2002 characters/],
    [{ solver: 'euler', sigmas: '3,2,1' }, /sigmas: found "3,2,1", expected karras.*or 20 numbers/],
    [{ solver: 'euler', sigmas: 'cubic' }, /sigmas: found "cubic"/],
    [{ solver: 'euler', steps: 0 }, /steps: found 0/],
    [{ solver: 'euler', spacing: 'odd' }, /spacing: found "odd"/],
  ])('%o', (changes, expected) => {
    expect(() => checkGridRequest(ask(changes))).toThrow(expected);
  });

  it('levels that do not fit the model', () => {
    expect(() => gridOf(ask({ solver: 'flow-euler' }), model)).toThrow(
      /found "flow-euler in 20 steps", expected a grid that works: schedule.kind: found linear/,
    );
    expect(() => gridOf(ask({ solver: 'ddim', sigmas: 'karras' }), model)).toThrow(/goes by times/);
    const rising = Array.from({ length: 20 }, (_, k) => k + 1).join(',');
    expect(() => gridOf(ask({ solver: 'euler', sigmas: rising }), model)).toThrow(/sigmas.values/);
  });
});
