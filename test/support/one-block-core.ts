/** The core with its commands kept, and jobs whose one block advances by itself. */
import type { Command } from '../../coordinator/core/command.ts';
import type { UntimedEvent } from '../../coordinator/core/event.ts';
import { checkTransition } from '../../coordinator/core/invariants.ts';
import {
  initialState,
  type JobPlan,
  type State,
  type WorkerModel,
} from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';

export const STEPS = 6;
export const oneModel: WorkerModel = { name: 'mixture', sha256: 'digest' };

export function oneBlockPlan(changes: Partial<JobPlan>): JobPlan {
  return {
    model: oneModel.name,
    modelSha256: oneModel.sha256,
    method: 'sequential',
    initialization: 'denoised',
    steps: STEPS,
    sigmaPosterior: new Float64Array(STEPS).fill(0.1),
    denoisedScale: new Float64Array(STEPS).fill(0.1),
    defectShare: new Float64Array(STEPS).fill(1 / STEPS),
    tolerance: 0.01,
    stop: 'final',
    scanned: true,
    samples: 2,
    window: 1,
    blocks: 1,
    roundsMax: STEPS,
    guess: false,
    ...changes,
  };
}

export function oneBlockCore(workers: number, model: WorkerModel = oneModel) {
  const commands: Command[] = [];
  let state: State = initialState({ epoch: 1, leaseMs: 1e9, jobsRunningMax: 4 });
  let atMs = 0;
  const dispatch = (event: UntimedEvent): void => {
    const next = transition(state, { ...event, atMs: ++atMs });
    checkTransition(state, next.state, next.commands);
    state = next.state;
    commands.push(...next.commands);
  };
  for (let w = 1; w <= workers; w++) {
    dispatch({ kind: 'workerAttached', worker: `w${w}`, models: [model] });
  }
  return { commands, dispatch, state: () => state };
}
