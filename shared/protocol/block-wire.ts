/**
 * The data stream: `block-messages.ts` to wire messages and back. A message and the parts of its
 * latents are one array, to be written in one piece (`stream.ts`); on the other side a
 * `LatentAssembler` puts them together before they are decoded here.
 */
import type { Absorb__Output } from '../../proto/generated/isochron/v1/Absorb.ts';
import type { Absorbed__Output } from '../../proto/generated/isochron/v1/Absorbed.ts';
import type { Advanced__Output } from '../../proto/generated/isochron/v1/Advanced.ts';
import type { AssignBlock__Output } from '../../proto/generated/isochron/v1/AssignBlock.ts';
import type { BlockFailed__Output } from '../../proto/generated/isochron/v1/BlockFailed.ts';
import type {
  CoordinatorData,
  CoordinatorData__Output,
} from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { Latents } from '../../proto/generated/isochron/v1/Latents.ts';
import type { OpenJob, OpenJob__Output } from '../../proto/generated/isochron/v1/OpenJob.ts';
import type { Swept__Output } from '../../proto/generated/isochron/v1/Swept.ts';
import type {
  WorkerData,
  WorkerData__Output,
} from '../../proto/generated/isochron/v1/WorkerData.ts';
import { unreachable } from '../kernel/assert.ts';
import type { FromBlock, JobSpec, ToBlock, ToWorker } from '../kernel/block-messages.ts';
import { LatentAssembler, splitLatents } from './latents.ts';
import {
  decodeCost,
  decodeEdge,
  decodeFence,
  decodeProgress,
  decodeResiduals,
  encodeEdge,
  encodeOptional,
  encodeProgress,
  optionalLatents,
  required,
} from './wire-fields.ts';

/** For the receiving end of a stream from the coordinator. */
export function assembleToWorker(): LatentAssembler<CoordinatorData__Output> {
  return new LatentAssembler<CoordinatorData__Output>((message) => announcedToWorker(message));
}

/** For the receiving end of a stream from a worker. */
export function assembleFromBlock(): LatentAssembler<WorkerData__Output> {
  return new LatentAssembler<WorkerData__Output>((message) => announcedFromBlock(message));
}

/** The latents of a message in the order of its fields, which is the order of their parts. */
function announcedToWorker<L extends Latents>(
  message: Announcer<'assignBlock' | 'absorb', L>,
): L[] {
  const { assignBlock, absorb } = message;
  return present([assignBlock?.left, assignBlock?.denoised, absorb?.left]);
}

function announcedFromBlock<L extends Latents>(
  message: Announcer<'swept' | 'absorbed' | 'progress' | 'advanced', L>,
): L[] {
  const { swept, absorbed, progress, advanced } = message;
  return present([
    swept?.offset,
    absorbed?.right,
    absorbed?.edge?.state,
    absorbed?.edge?.denoised,
    progress?.preview,
    advanced?.progress?.preview,
    advanced?.edge?.state,
    advanced?.edge?.denoised,
  ]);
}

interface Holder<L> {
  left?: L | null;
  right?: L | null;
  denoised?: L | null;
  offset?: L | null;
  preview?: L | null;
  edge?: { state?: L | null; denoised?: L | null } | null;
  progress?: { preview?: L | null } | null;
}

type Announcer<K extends string, L> = { readonly [kind in K]?: Holder<L> | null };

function present<L>(latents: readonly (L | null | undefined)[]): L[] {
  return latents.filter((one) => one !== null && one !== undefined);
}

export function encodeToWorker(message: ToWorker): CoordinatorData[] {
  const whole = wholeToWorker(message);
  const parts = splitLatents(announcedToWorker<Latents>(whole));
  return [whole, ...parts.map((data) => ({ latentPart: { data } }))];
}

function wholeToWorker(message: ToWorker): CoordinatorData {
  if (message.kind === 'openJob') return { openJob: encodeJob(message.spec) };
  if (message.kind === 'closeJob') return { closeJob: { job: message.job } };
  return toBlock(message);
}

function toBlock(message: ToBlock): CoordinatorData {
  const { fence } = message;
  switch (message.kind) {
    case 'assignBlock': {
      const { begin, end } = message;
      const left = encodeOptional(message.left);
      return {
        assignBlock: { fence, begin, end, left, denoised: encodeOptional(message.denoised) },
      };
    }
    case 'sweep': {
      const { windowEnd, rightmost } = message;
      return { sweep: { fence, frontier: Array.from(message.frontier), windowEnd, rightmost } };
    }
    case 'advance': {
      const { roundsMax, previews } = message;
      return { advance: { fence, frontier: Array.from(message.frontier), roundsMax, previews } };
    }
    case 'absorb': {
      const { rightmost } = message;
      const left = encodeOptional(message.left);
      return { absorb: { fence, left, weight: Array.from(message.weight), rightmost } };
    }
    case 'correct': {
      const { rightmost } = message;
      return { correct: { fence, prefix: Array.from(message.prefix), rightmost } };
    }
    case 'releaseBlock':
      return { releaseBlock: { fence } };
    default:
      return unreachable(message);
  }
}

function encodeJob(spec: JobSpec): OpenJob {
  return {
    ...spec,
    conditions: spec.conditions.map(({ name, values }) => ({ name, values: Array.from(values) })),
    timesteps: Array.from(spec.timesteps),
    alphaBars: Array.from(spec.alphaBars),
    noiseScales: Array.from(spec.noiseScales),
  };
}

/** @param complete as the assembler returned it */
export function decodeToWorker(complete: CoordinatorData__Output): ToWorker {
  const { openJob, closeJob, assignBlock, sweep, advance, absorb, correct } = complete;
  if (openJob) return { kind: 'openJob', spec: decodeJob(openJob) };
  if (closeJob) return { kind: 'closeJob', job: closeJob.job };
  if (assignBlock) return decodeAssign(assignBlock);
  if (sweep) {
    const { windowEnd, rightmost } = sweep;
    const frontier = Int32Array.from(sweep.frontier);
    return { kind: 'sweep', fence: decodeFence(sweep.fence), frontier, windowEnd, rightmost };
  }
  if (advance) {
    const { roundsMax, previews } = advance;
    const frontier = Int32Array.from(advance.frontier);
    return { kind: 'advance', fence: decodeFence(advance.fence), frontier, roundsMax, previews };
  }
  if (absorb) return decodeAbsorb(absorb);
  if (correct) {
    const prefix = Float64Array.from(correct.prefix);
    const { rightmost } = correct;
    return { kind: 'correct', fence: decodeFence(correct.fence), prefix, rightmost };
  }
  const { fence } = required(complete.releaseBlock, unknownKind);
  return { kind: 'releaseBlock', fence: decodeFence(fence) };
}

const unknownKind = 'a kind that this version knows';

function decodeJob({ conditions, ...sent }: OpenJob__Output): JobSpec {
  return {
    ...sent,
    conditions: conditions.map(({ name, values }) => ({ name, values: Float64Array.from(values) })),
    timesteps: Float64Array.from(sent.timesteps),
    alphaBars: Float64Array.from(sent.alphaBars),
    noiseScales: Float64Array.from(sent.noiseScales),
  };
}

function decodeAssign({ fence, begin, end, left, denoised }: AssignBlock__Output): ToWorker {
  return {
    kind: 'assignBlock',
    fence: decodeFence(fence),
    begin,
    end,
    ...optionalLatents('left', left),
    ...optionalLatents('denoised', denoised),
  };
}

function decodeAbsorb({ fence, left, weight, rightmost }: Absorb__Output): ToWorker {
  return {
    kind: 'absorb',
    fence: decodeFence(fence),
    ...optionalLatents('left', left),
    weight: Float64Array.from(weight),
    rightmost,
  };
}

export function encodeFromBlock(message: FromBlock): WorkerData[] {
  const whole = wholeFromBlock(message);
  const parts = splitLatents(announcedFromBlock<Latents>(whole));
  return [whole, ...parts.map((data) => ({ latentPart: { data } }))];
}

function wholeFromBlock(message: FromBlock): WorkerData {
  const { fence } = message;
  switch (message.kind) {
    case 'swept':
      return {
        swept: {
          fence,
          offset: encodeOptional(message.offset),
          slope: Array.from(message.slope),
          weightFloor: Array.from(message.weightFloor),
          weightScale: Array.from(message.weightScale),
          cost: message.cost,
          residuals: message.residuals,
        },
      };
    case 'absorbed':
      return {
        absorbed: {
          fence,
          passing: Array.from(message.passing),
          updateNorm: message.updateNorm,
          weightedUpdateSum: message.weightedUpdateSum,
          right: encodeOptional(message.right),
          moments: Array.from(message.moments ?? []),
          cost: message.cost,
          edge: message.edge === undefined ? null : encodeEdge(message.edge),
        },
      };
    case 'progress':
      return { progress: encodeProgress(fence, message.progress) };
    case 'advanced': {
      const { rounds, weightedUpdateSum } = message;
      const progress = encodeProgress(fence, message.progress);
      const edge = encodeEdge(message.edge);
      return { advanced: { fence, progress, rounds, weightedUpdateSum, edge } };
    }
    case 'blockFailed': {
      const { kind: _kind, ...failed } = message;
      return { blockFailed: failed };
    }
    default:
      return unreachable(message);
  }
}

/** @param complete as the assembler returned it; `attach` is not for here */
export function decodeFromBlock(complete: WorkerData__Output): FromBlock {
  const { swept, absorbed, progress, advanced, blockFailed } = complete;
  if (swept) return decodeSwept(swept);
  if (absorbed) return decodeAbsorbed(absorbed);
  if (progress) {
    const fence = decodeFence(progress.fence);
    return { kind: 'progress', fence, progress: decodeProgress(progress) };
  }
  if (advanced) return decodeAdvanced(advanced);
  return decodeFailed(required(blockFailed, unknownKind));
}

function decodeSwept(sent: Swept__Output): FromBlock {
  return {
    kind: 'swept',
    fence: decodeFence(sent.fence),
    ...optionalLatents('offset', sent.offset),
    slope: Float64Array.from(sent.slope),
    weightFloor: Float64Array.from(sent.weightFloor),
    weightScale: Float64Array.from(sent.weightScale),
    cost: decodeCost(sent.cost),
    residuals: decodeResiduals(sent.residuals),
  };
}

function decodeAbsorbed(sent: Absorbed__Output): FromBlock {
  const { updateNorm, weightedUpdateSum, moments, edge } = sent;
  return {
    kind: 'absorbed',
    fence: decodeFence(sent.fence),
    passing: Int32Array.from(sent.passing),
    updateNorm,
    weightedUpdateSum,
    ...optionalLatents('right', sent.right),
    // A method that has moments has at least one.
    ...(moments.length === 0 ? {} : { moments: Float64Array.from(moments) }),
    cost: decodeCost(sent.cost),
    ...(edge === null ? {} : { edge: decodeEdge(edge) }),
  };
}

function decodeAdvanced(sent: Advanced__Output): FromBlock {
  const { rounds, weightedUpdateSum } = sent;
  return {
    kind: 'advanced',
    fence: decodeFence(sent.fence),
    progress: decodeProgress(sent.progress),
    rounds,
    weightedUpdateSum,
    edge: decodeEdge(required(sent.edge, 'edge')),
  };
}

function decodeFailed(sent: BlockFailed__Output): FromBlock {
  const { code, message, step, sample, retriable } = sent;
  return {
    kind: 'blockFailed',
    fence: decodeFence(sent.fence),
    code,
    message,
    ...(step === undefined ? {} : { step }),
    ...(sample === undefined ? {} : { sample }),
    retriable,
  };
}
