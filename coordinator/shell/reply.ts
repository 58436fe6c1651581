/** From a worker's message to the core's event: latents go to the store, handles stay. */
import type {
  ComputedStep,
  FromBlock,
  ProgressReport,
} from '../../shared/kernel/block-messages.ts';
import type { Advancement, Reply, StepHandles } from '../core/event.ts';
import type { EdgeHandle, LatentHandle } from '../core/state.ts';
import type { LatentStore } from './latent-store.ts';

type Edge = Extract<FromBlock, { kind: 'advanced' }>['edge'];

export function toReply(message: FromBlock, latents: LatentStore): Reply {
  const { job, block, round } = message.fence;
  const keep = (what: string, values: Float32Array) =>
    latents.put(`${job}/${block}/${round}/${what}`, values);
  const put = (what: string, values: Float32Array | undefined) => values && keep(what, values);
  const edgeHandle = ({ row, state, denoised }: Edge): EdgeHandle => ({
    row,
    state: keep('edge', state),
    denoised: put('denoised', denoised),
  });
  switch (message.kind) {
    case 'swept':
      return {
        ...message,
        offset: put('offset', message.offset),
        denoised: put('denoised', message.denoised),
        frozen: put('frozen', message.frozen),
        step: message.step && stepHandles(message.step, keep),
      };
    case 'absorbed':
      return { ...message, right: keep('right', message.right) };
    case 'corrected':
      return { ...message, edge: message.edge && edgeHandle(message.edge) };
    case 'moments':
      return message;
    case 'progress':
      return { ...message, progress: advancement(message.progress, keep) };
    case 'advanced':
      return {
        ...message,
        progress: advancement(message.progress, keep),
        edge: edgeHandle(message.edge),
      };
    case 'rows':
      return { ...message, states: latents.put(`${job}/${block}/rows`, message.states) };
    case 'blockFailed':
      return message;
  }
}

type Put = (what: string, values: Float32Array) => LatentHandle;

function stepHandles({ row, samples, from, to }: ComputedStep, put: Put): StepHandles {
  return { row, samples, from: put('step from', from), to: put('step to', to) };
}

function advancement(
  { rounds, frontier, cost, updateNorm, frozenRow, step }: ProgressReport,
  put: Put,
): Advancement {
  const computed = step && { step: stepHandles(step, put) };
  const told = { rounds, frontier, cost, updateNorm, ...computed };
  if (!frozenRow) return told;
  return { ...told, frozenRow: { ...frozenRow, state: put('frozen', frozenRow.state) } };
}

/** The estimate of the samples that a message brings along, if any: row N, or x0-hat before. */
export function estimateIn(message: FromBlock, steps: number): Float32Array | undefined {
  switch (message.kind) {
    case 'progress':
      return message.progress.preview;
    case 'swept':
      return message.row < steps ? message.denoised : message.offset;
    case 'corrected':
    case 'advanced': {
      const { edge } = message;
      return edge && edge.row < steps ? edge.denoised : edge?.state;
    }
    case 'absorbed':
    case 'moments':
    case 'rows':
    case 'blockFailed':
      return undefined;
  }
}
