/**
 * The data stream: `block-messages.ts` to wire messages and back. A message and the parts of its
 * latents are one array, to be written in one piece (`stream.ts`); on the other side a
 * `LatentAssembler` puts them together before they are decoded here.
 */
import type { Absorbed__Output } from '../../proto/generated/isochron/v1/Absorbed.ts';
import type { Advanced__Output } from '../../proto/generated/isochron/v1/Advanced.ts';
import type { Advance__Output } from '../../proto/generated/isochron/v1/Advance.ts';
import type { AssignBlock__Output } from '../../proto/generated/isochron/v1/AssignBlock.ts';
import type { BlockFailed__Output } from '../../proto/generated/isochron/v1/BlockFailed.ts';
import type { Corrected__Output } from '../../proto/generated/isochron/v1/Corrected.ts';
import type { Latents } from '../../proto/generated/isochron/v1/Latents.ts';
import type { Moments__Output } from '../../proto/generated/isochron/v1/Moments.ts';
import type { Order, Order__Output } from '../../proto/generated/isochron/v1/Order.ts';
import type { OpenJob, OpenJob__Output } from '../../proto/generated/isochron/v1/OpenJob.ts';
import type { Sweep__Output } from '../../proto/generated/isochron/v1/Sweep.ts';
import type { Swept__Output } from '../../proto/generated/isochron/v1/Swept.ts';
import type {
  WorkerData,
  WorkerData__Output,
} from '../../proto/generated/isochron/v1/WorkerData.ts';
import { unreachable } from '../kernel/assert.ts';
import type { FromBlock, JobSpec, ToBlock, ToWorker } from '../kernel/block-messages.ts';
import { announcedFromBlock } from './announced-latents.ts';
import { decodeCondition, encodeCondition, type HasCondition } from './condition-tensors.ts';
import { decodeLatents, encodeLatents, halveLatents } from './latents.ts';
import { LatentAssembler, splitLatents } from './latents.ts';
import { decodeRule, encodeRule } from './rule-wire.ts';
import {
  decodeCost,
  decodeEdge,
  decodeErrors,
  decodeFence,
  decodeProgress,
  decodeResiduals,
  decodeRows,
  decodeStep,
  encodeEdge,
  encodeErrors,
  encodeOptional,
  encodeProgress,
  encodeRows,
  encodeStep,
  numbersOf,
  optionalLatents,
  required,
} from './wire-fields.ts';

/** For the receiving end of a stream from a worker. */
export function assembleFromBlock(): LatentAssembler<WorkerData__Output> {
  return new LatentAssembler<WorkerData__Output>((message) => announcedFromBlock(message));
}

/** One order, its latents inside: `orders.ts` sends it. */
export function encodeToWorker(message: ToWorker, has: HasCondition): Order {
  if (message.kind === 'openJob') return { openJob: encodeJob(message.spec, has) };
  if (message.kind === 'closeJob') return { closeJob: { job: message.job } };
  return toBlock(message);
}

function toBlock(message: ToBlock): Order {
  const { fence } = message;
  switch (message.kind) {
    case 'assignBlock': {
      const { begin, end, single = false, everyRow = false } = message;
      const left = encodeOptional(message.left);
      const denoised = encodeOptional(message.denoised);
      const given = encodeOptional(message.given);
      const rows = { left, denoised, given, volatility: Array.from(message.volatility ?? []) };
      return { assignBlock: { fence, begin, end, ...rows, single, everyRow } };
    }
    case 'sweep': {
      const { windowEnd, wantsDenoised, wantsFrozen = false, wantsStep = false } = message;
      const frontier = Array.from(message.frontier);
      const left = encodeOptional(message.left);
      const wants = { wantsDenoised, wantsFrozen, wantsStep };
      return { sweep: { fence, frontier, windowEnd, left, ...wants } };
    }
    case 'advance': {
      const { roundsMax, previews, restarts, roundsLost = 0 } = message;
      const { checkpointMs = 0, stepEvery = 0, wantsLastStep = false, alone = false } = message;
      const frontier = Array.from(message.frontier);
      const left = encodeOptional(message.left);
      const errors = encodeErrors(message.errors);
      const decided = { frontier, errors, restarts, roundsLost };
      const told = { roundsMax, previews, left, checkpointMs, alone };
      const wanted = { stepEvery, wantsLastStep };
      return { advance: { fence, ...decided, ...told, ...wanted } };
    }
    case 'absorb':
      return { absorb: { fence, left: encodeOptional(message.left) } };
    case 'correct': {
      const { rightmost } = message;
      return { correct: { fence, prefix: Array.from(message.prefix), rightmost } };
    }
    case 'releaseBlock': {
      const { collect, handOver = false } = message;
      return { releaseBlock: { fence, collect, handOver, left: encodeOptional(message.left) } };
    }
    default:
      return unreachable(message);
  }
}

function encodeJob({ conditions, ...spec }: JobSpec, has: HasCondition): OpenJob {
  return {
    ...spec,
    tensors: conditions.map((condition) => encodeCondition(condition, has)),
    timesteps: numbersOf(spec.timesteps),
    signals: numbersOf(spec.signals),
    sigmas: numbersOf(spec.sigmas),
    noiseScales: numbersOf(spec.noiseScales),
    initialScale: spec.initialScale ?? 1,
    rule: spec.rule ? encodeRule(spec.rule) : null,
    contraction: numbersOf(spec.contraction ?? new Float64Array()),
    guidanceWeights: numbersOf(spec.guidanceWeights ?? new Float64Array()),
  };
}

/** @param complete as the assembler returned it */
export function decodeToWorker(complete: Order__Output): ToWorker {
  const { openJob, closeJob, assignBlock, sweep, advance, absorb, correct } = complete;
  if (openJob) return { kind: 'openJob', spec: decodeJob(openJob) };
  if (closeJob) return { kind: 'closeJob', job: closeJob.job };
  if (assignBlock) return decodeAssign(assignBlock);
  if (sweep) return decodeSweep(sweep);
  if (advance) return decodeAdvance(advance);
  if (absorb) {
    const fence = decodeFence(absorb.fence);
    return { kind: 'absorb', fence, ...optionalLatents('left', absorb.left) };
  }
  if (correct) {
    const prefix = Float64Array.from(correct.prefix);
    const { rightmost } = correct;
    return { kind: 'correct', fence: decodeFence(correct.fence), prefix, rightmost };
  }
  const { fence, collect, handOver, left } = required(complete.releaseBlock, unknownKind);
  const boundary = optionalLatents('left', left);
  const handing = handOver ? { handOver } : {};
  return { kind: 'releaseBlock', fence: decodeFence(fence), collect, ...handing, ...boundary };
}

const unknownKind = 'a kind that this version knows';

function decodeJob(message: OpenJob__Output): JobSpec {
  const { tensors, _givenSeed, firstSample, contraction, half, initialScale, rule, ...rest } =
    message;
  const { guidanceWeights: weights, interpolate, ...sent } = rest;
  return {
    ...sent,
    ...(firstSample > 0 && { firstSample }),
    ...(half && { half }),
    ...(interpolate && { interpolate }),
    conditions: tensors.map(decodeCondition),
    timesteps: Float64Array.from(sent.timesteps),
    signals: Float64Array.from(sent.signals),
    sigmas: Float64Array.from(sent.sigmas),
    noiseScales: Float64Array.from(sent.noiseScales),
    ...(initialScale !== 1 && { initialScale }),
    ...(rule && { rule: decodeRule(rule) }),
    ...(contraction.length > 0 && { contraction: Float64Array.from(contraction) }),
    ...(weights.length > 0 && { guidanceWeights: Float64Array.from(weights) }),
  };
}

function decodeAssign(sent: AssignBlock__Output): ToWorker {
  const { fence, begin, end, left, denoised, given, single, everyRow, volatility } = sent;
  return {
    kind: 'assignBlock',
    fence: decodeFence(fence),
    begin,
    end,
    ...optionalLatents('left', left),
    ...optionalLatents('denoised', denoised),
    ...(volatility.length > 0 && { volatility: Float64Array.from(volatility) }),
    ...optionalLatents('given', given),
    ...(single && { single }),
    ...(everyRow && { everyRow }),
  };
}

function decodeSweep(sent: Sweep__Output): ToWorker {
  const { fence, frontier, windowEnd, left, wantsDenoised, wantsFrozen, wantsStep } = sent;
  return {
    kind: 'sweep',
    fence: decodeFence(fence),
    frontier: Int32Array.from(frontier),
    windowEnd,
    ...optionalLatents('left', left),
    wantsDenoised,
    ...(wantsFrozen && { wantsFrozen }),
    ...(wantsStep && { wantsStep }),
  };
}

function decodeAdvance(sent: Advance__Output): ToWorker {
  const { fence, frontier, left, errors, restarts, roundsLost, ...range } = sent;
  const { roundsMax, previews, checkpointMs, stepEvery, wantsLastStep, alone } = range;
  return {
    kind: 'advance',
    fence: decodeFence(fence),
    frontier: Int32Array.from(frontier),
    errors: decodeErrors(errors),
    restarts,
    ...(roundsLost > 0 && { roundsLost }),
    roundsMax,
    previews,
    ...(checkpointMs > 0 && { checkpointMs }),
    ...(stepEvery > 0 && { stepEvery }),
    ...(wantsLastStep && { wantsLastStep }),
    ...(alone && { alone }),
    ...optionalLatents('left', left),
  };
}

export function encodeFromBlock(message: FromBlock, half = false): WorkerData[] {
  const whole = wholeFromBlock(message);
  const announced = announcedFromBlock<Latents>(whole);
  if (half) halveLatents(announced);
  const parts = splitLatents(announced);
  return [whole, ...parts.map((data) => ({ latentPart: { data } }))];
}

function wholeFromBlock(message: FromBlock): WorkerData {
  const { fence } = message;
  switch (message.kind) {
    case 'swept':
      return {
        swept: {
          fence,
          row: message.row,
          offset: encodeOptional(message.offset),
          slope: Array.from(message.slope),
          rows: message.rows === undefined ? null : encodeRows(message.rows),
          denoised: encodeOptional(message.denoised),
          volatility: Array.from(message.volatility ?? []),
          frozen: encodeOptional(message.frozen),
          step: message.step === undefined ? null : encodeStep(message.step),
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
          right: encodeLatents(message.right),
          cost: message.cost,
        },
      };
    case 'moments': {
      const { moments, cost } = message;
      return { moments: { fence, moments: Array.from(moments), cost } };
    }
    case 'corrected': {
      const { rows, cost, edge } = message;
      const sent = edge === undefined ? null : encodeEdge(edge);
      return { corrected: { fence, rows: encodeRows(rows), cost, edge: sent } };
    }
    case 'progress':
      return { progress: encodeProgress(fence, message.progress) };
    case 'advanced': {
      const { rounds, errorEstimate, distrusted } = message;
      const errors = encodeErrors(message.errors);
      const progress = encodeProgress(fence, message.progress);
      const edge = encodeEdge(message.edge);
      return { advanced: { fence, progress, rounds, errors, errorEstimate, distrusted, edge } };
    }
    case 'rows':
      return { rows: { fence, firstRow: message.first, states: encodeLatents(message.states) } };
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
  const { swept, absorbed, moments, corrected, progress, advanced, rows, blockFailed } = complete;
  if (swept) return decodeSwept(swept);
  if (absorbed) return decodeAbsorbed(absorbed);
  if (moments) return decodeMoments(moments);
  if (corrected) return decodeCorrected(corrected);
  if (progress) {
    const fence = decodeFence(progress.fence);
    return { kind: 'progress', fence, progress: decodeProgress(progress) };
  }
  if (advanced) return decodeAdvanced(advanced);
  if (rows) {
    const states = decodeLatents(required(rows.states, 'states'));
    return { kind: 'rows', fence: decodeFence(rows.fence), first: rows.firstRow, states };
  }
  return decodeFailed(required(blockFailed, unknownKind));
}

function decodeSwept(sent: Swept__Output): FromBlock {
  return {
    kind: 'swept',
    fence: decodeFence(sent.fence),
    row: sent.row,
    ...optionalLatents('offset', sent.offset),
    slope: Float64Array.from(sent.slope),
    ...(sent.rows && { rows: decodeRows(sent.rows) }),
    ...optionalLatents('denoised', sent.denoised),
    ...(sent.volatility.length > 0 && { volatility: Float64Array.from(sent.volatility) }),
    ...optionalLatents('frozen', sent.frozen),
    ...(sent.step && { step: decodeStep(sent.step) }),
    cost: decodeCost(sent.cost),
    residuals: decodeResiduals(sent.residuals),
  };
}

function decodeAbsorbed(sent: Absorbed__Output): FromBlock {
  const { passing, updateNorm, weightedUpdateSum, right } = sent;
  return {
    kind: 'absorbed',
    fence: decodeFence(sent.fence),
    passing: Int32Array.from(passing),
    updateNorm,
    weightedUpdateSum,
    right: decodeLatents(required(right, 'right')),
    cost: decodeCost(sent.cost),
  };
}

function decodeMoments({ fence, moments, cost }: Moments__Output): FromBlock {
  return {
    kind: 'moments',
    fence: decodeFence(fence),
    moments: Float64Array.from(moments),
    cost: decodeCost(cost),
  };
}

function decodeCorrected({ fence, rows, cost, edge }: Corrected__Output): FromBlock {
  return {
    kind: 'corrected',
    fence: decodeFence(fence),
    rows: decodeRows(required(rows, 'rows')),
    cost: decodeCost(cost),
    ...(edge === null ? {} : { edge: decodeEdge(edge) }),
  };
}

function decodeAdvanced(sent: Advanced__Output): FromBlock {
  const { rounds, errorEstimate, distrusted } = sent;
  return {
    kind: 'advanced',
    fence: decodeFence(sent.fence),
    progress: decodeProgress(sent.progress),
    rounds,
    errors: decodeErrors(sent.errors),
    errorEstimate,
    distrusted,
    edge: decodeEdge(required(sent.edge, 'edge')),
  };
}

function decodeFailed(sent: BlockFailed__Output): FromBlock {
  const { code, message, step, sample, element, retriable } = sent;
  return {
    kind: 'blockFailed',
    fence: decodeFence(sent.fence),
    code,
    message,
    ...(step === undefined ? {} : { step }),
    ...(sample === undefined ? {} : { sample }),
    ...(element === undefined ? {} : { element }),
    retriable,
  };
}
