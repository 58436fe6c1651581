import { describe, expect, it } from 'vitest';
import type { UntimedEvent } from '../../coordinator/core/event.ts';
import { checkTransition } from '../../coordinator/core/invariants.ts';
import { initialState, type State } from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';
import { shareOf } from '../../coordinator/shell/share.ts';
import { clientWeights, parseWeight, weightsOfShares } from '../../coordinator/shell/weights.ts';
import { mixtureModel as model, planOf } from '../support/job-spec.ts';
import { mixtureJob } from '../support/mixture-job.ts';

const tenants = new Map([['heavy', 3]]);

/** So many jobs of both tenants that half of them can start; they start in their turns. */
function startedOf(events: readonly UntimedEvent[]): Record<string, number> {
  let state: State = initialState({ epoch: 1, leaseMs: 1e9, jobsRunningMax: 8 });
  let atMs = 0;
  const dispatch = (event: UntimedEvent): void => {
    const next = transition(state, { ...event, atMs: ++atMs });
    checkTransition(state, next.state, next.commands);
    ({ state } = next);
  };
  const { problem } = mixtureJob({ solver: 'ddim', steps: 4, method: 'sequential' });
  const fixed = { model: model.name, plan: planOf(problem, 1), after: undefined };
  for (let k = 0; k < 8; k++) {
    for (const [tenant, client] of ['light', 'heavy'].map((name) => [name, `${name}-${k}`])) {
      const share = shareOf({ tenant: tenant ?? '', client: client ?? '' });
      dispatch({ kind: 'jobSubmitted', job: `${client}`, client: share, ...fixed });
    }
  }
  for (const event of events) dispatch(event);
  for (let w = 1; w <= 4; w++) {
    dispatch({ kind: 'workerAttached', worker: `w${w}`, models: [model] });
  }
  const started = state.running.map((job) => job.split('-')[0]);
  return Object.fromEntries(
    ['light', 'heavy'].map((name) => [name, started.filter((one) => one === name).length]),
  );
}

describe('tenants with jobs waiting', () => {
  it('start alike, however many clients they name', () => {
    expect(startedOf([])).toEqual({ light: 4, heavy: 4 });
  });

  it('start one to three where that is what they count for', () => {
    const weights = weightsOfShares({ clients: new Map(), tenants });
    expect(startedOf([{ kind: 'weightsChanged', weights }])).toEqual({ light: 2, heavy: 6 });
  });

  it('are alike again when their weights are gone', () => {
    const weights = weightsOfShares({ clients: new Map(), tenants });
    const changes = [weights, new Map<string, number>()];
    const events = changes.map((now) => ({ kind: 'weightsChanged', weights: now }) as const);
    expect(startedOf(events)).toEqual({ light: 4, heavy: 4 });
  });
});

describe('weights', () => {
  it('are those of clients of the default tenant, and of other tenants as a whole', () => {
    const clients = clientWeights(['heavy=2', 'ci@example.org=0.5']);
    const weights = weightsOfShares({ clients, tenants });
    const of = (tenant: string, client: string) => weights.get(shareOf({ tenant, client }));
    expect(of('', 'heavy')).toBe(2);
    expect(of('', 'ci@example.org')).toBe(0.5);
    expect(of('heavy', 'ci@example.org')).toBe(3);
    expect(of('light', 'heavy')).toBeUndefined();
  });

  it.each([
    ['a=0', '--client-weight: found "0", expected a number from 0.01 to 100'],
    ['a=100.1', '--client-weight: found "100.1", expected a number from 0.01 to 100'],
    ['a=', '--client-weight: found "", expected a number'],
    ['a=much', '--client-weight: found "much", expected a number'],
    ['a', '--client-weight: found "a", expected NAME=W'],
    ['=2', '--client-weight: found "=2", expected NAME=W'],
    ['a/b=2', '--client-weight: found "a/b=2", expected NAME=W'],
  ])('are refused: %s', (text, why) => {
    expect(() => clientWeights([text])).toThrow(why);
  });

  it('are said once of each client, and not of thousands', () => {
    expect(() => clientWeights(['a=1', 'a=2'])).toThrow('expected one weight of a');
    const many = Array.from({ length: 1_001 }, (_, k) => `c${k}=2`);
    expect(() => clientWeights(many)).toThrow('found "1001 of them", expected at most 1000');
  });

  it('have bounds, which belong to them', () => {
    expect(parseWeight('weight', '0.01')).toBe(0.01);
    expect(parseWeight('weight', '100')).toBe(100);
    expect(() => parseWeight('weight', '-1')).toThrow('weight: found "-1"');
  });
});
