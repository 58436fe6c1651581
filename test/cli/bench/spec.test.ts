import { describe, expect, it } from 'vitest';

import {
  integerList,
  methodList,
  numberList,
  orderRows,
  seedList,
  solverList,
} from '../../../cli/bench/spec.ts';

describe('what the options of bench say', () => {
  it('solvers with their steps', () => {
    expect(solverList('ddim-50, ddpm-1000')).toEqual([
      { label: 'ddim-50', solver: 'ddim', steps: 50 },
      { label: 'ddpm-1000', solver: 'ddpm', steps: 1000 },
    ]);
    expect(solverList('dpm-solver-2m-25')[0]).toMatchObject({ solver: 'dpm-solver-2m', steps: 25 });
  });

  it.each(['ddim', 'ddim-0', '50', '', 'ddim-5x', 'ddim--5x'])('no solver: %o', (text) => {
    expect(() => solverList(text)).toThrow(/expected/);
  });

  it('methods with everything that a comparison varies', () => {
    expect(
      methodList('secant,picard-eps@8,parataa-2/quarter:denoised@125,parataa/20,auto'),
    ).toEqual([
      { label: 'secant', method: 'secant' },
      { label: 'picard-eps@8', method: 'picard-eps', window: 8 },
      {
        label: 'parataa-2/quarter:denoised@125',
        method: 'parataa',
        memory: 2,
        order: 'quarter',
        initialization: 'denoised',
        window: 125,
      },
      { label: 'parataa/20', method: 'parataa', order: 20 },
      { label: 'auto', method: 'auto' },
    ]);
  });

  it.each([
    'secant-2',
    'picard/20',
    'newton',
    'parataa-',
    'parataa/third',
    'secant:warm',
    'secant@',
  ])('no method: %s', (text) => {
    expect(() => methodList(text)).toThrow(/found ".*", expected NAME/);
  });

  it('an order in rows', () => {
    expect([orderRows(20, 100), orderRows('half', 25), orderRows('quarter', 2)]).toEqual([
      20, 13, 1,
    ]);
  });

  it('seeds as ranges and lists', () => {
    expect(seedList('3')).toEqual([3]);
    expect(seedList('1..3,7')).toEqual([1, 2, 3, 7]);
  });

  it.each(['', '4..3', 'a', '1..', '0..999999'])('no seeds: %o', (text) => {
    expect(() => seedList(text)).toThrow(/expected/);
  });

  it('positive numbers', () => {
    expect(numberList('0.1,1e-3')).toEqual([0.1, 0.001]);
    expect(integerList('10,50')).toEqual([10, 50]);
    expect(() => numberList('0')).toThrow(/above 0/);
    expect(() => integerList('1.5')).toThrow(/whole number/);
  });
});
