/** What a person wants to know of a finished job, in a few lines. */
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatScientific,
  formatSi,
} from '../output/format.ts';
import type { ResultDocument } from './result-document.ts';

export function summarize(document: ResultDocument, folder?: string): string {
  const lines: (readonly [name: string, text: string])[] = [
    ['job', headline(document)],
    ['plan', planLine(document)],
    ['rounds', roundsLine(document)],
    ['wall clock', wallLine(document)],
    ['predicted', predictedLine(document)],
    ['moved', bytesLine(document)],
    ['error', errorLine(document)],
  ];
  if (document.certificate !== null) lines.push(['certificate', certificateLine(document)]);
  if (document.sequential !== null) lines.push(['sequential', baselineLine(document)]);
  if (document.emulated) lines.push(['note', 'emulated: an emulated device took part']);
  if (folder !== undefined) lines.push(['written', writtenLine(document, folder)]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return `${lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n')}\n`;
}

function headline({ job, outcome, converged, model, samples }: ResultDocument): string {
  const state = converged ? 'converged' : `ended without converging (${outcome})`;
  return `${job} ${state}: ${formatCount(samples, 'sample')} of ${model}`;
}

function planLine(document: ResultDocument): string {
  const { method, solver, steps, window, blocks, workers, seed, guidance, plan } = document;
  const parts = [
    `${method}, ${solver} ${steps} steps`,
    `window ${window}`,
    `${formatCount(blocks, 'block')} on ${formatCount(workers, 'worker')}`,
    `seed ${seed}`,
  ];
  if (plan !== null && plan.groups > 1) parts.push(`samples in ${plan.groups} groups`);
  if (guidance > 0) parts.push(`guidance ${guidance}`);
  return parts.join(', ');
}

function roundsLine(document: ResultDocument): string {
  const { rounds, staleRounds, modelCalls, sequentialCalls } = document;
  const late = staleRounds > 0 ? ` (${staleRounds} without a late block)` : '';
  return `${rounds}${late}, ${formatSi(modelCalls)} model calls, longest chain ${sequentialCalls}`;
}

function wallLine({ wallMs, timeMs }: ResultDocument): string {
  const parts: [name: string, ms: number][] = Object.entries(timeMs);
  const split = parts.map(([name, ms]) => `${name} ${formatDuration(ms)}`);
  return `${formatDuration(wallMs)} (${split.join(', ')})`;
}

function predictedLine({ plan, method }: ResultDocument): string {
  if (plan === null || plan.predictedMs === null) return 'nothing, for want of figures';
  const { predictedMs, predictedSequentialMs, reason } = plan;
  const best = formatDuration(predictedSequentialMs);
  const rest = method === 'sequential' ? '' : `, the best sequential plan ${best}`;
  return `${formatDuration(predictedMs)}${rest} (${reason})`;
}

function bytesLine({ bytes }: ResultDocument): string {
  return `${formatBytes(bytes.toWorkers)} to workers, ${formatBytes(bytes.fromWorkers)} back`;
}

function errorLine({ errorEstimate, tolerance, residualMax, stop }: ResultDocument): string {
  if (stop !== 'final') {
    const largest = formatScientific(residualMax);
    const rule = `stopped by the rule of ${stop}, tolerance ${tolerance}`;
    return `unknown: ${rule} (largest residual ${largest})`;
  }
  const estimate = formatScientific(errorEstimate);
  const residual = formatScientific(residualMax);
  const bound = `tolerance ${tolerance}, largest residual ${residual}`;
  return `estimated at most ${estimate} from the sequential sample (${bound})`;
}

function certificateLine({ certificate, tolerance }: ResultDocument): string {
  if (certificate === null) return '';
  const { passed, reason, residualMax, residualRow, modelCalls, wallMs } = certificate;
  if (!passed) return reason;
  const largest = `largest residual ${formatScientific(residualMax)} at step ${residualRow}`;
  const cost = `${formatSi(modelCalls)} model calls, ${formatDuration(wallMs)}`;
  return `every row is consistent to ${tolerance}: ${largest} (${cost})`;
}

function baselineLine({ sequential, speedup }: ResultDocument): string {
  if (sequential === null) return '';
  const { wallMs, rmsError, maxAbsError } = sequential;
  const gain = speedup === null ? '' : `: speedup ${speedup.toFixed(2)}x`;
  const errors = `RMS ${formatScientific(rmsError)}, largest ${formatScientific(maxAbsError)}`;
  return `${formatDuration(wallMs)} on one worker${gain}; true error ${errors}`;
}

function writtenLine(document: ResultDocument, folder: string): string {
  const { samplesFile, images, certificate } = document;
  const certified = certificate?.files ?? [];
  const files = ['result.json', samplesFile, 'trace.csv', ...images, ...certified].filter(
    (file) => file !== null,
  );
  return `${folder}: ${files.join(', ')}`;
}
