/** What must hold between a certificate, the files beside it and a recomputation. Pure. */
import { statesOf } from '../../shared/numerics/bundle.ts';
import { initialLatents } from '../../shared/numerics/seeded-noise.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import type { CertificateDocument } from '../job/certificate-document.ts';

export interface Check {
  readonly name: string;
  readonly held: boolean;
  /** What was found, and where it differs. */
  readonly detail: string;
}

export function hashCheck(file: string, recorded: string, found: string): Check {
  const held = recorded === found;
  const shown = (hash: string): string => `${hash.slice(0, 12)}...`;
  const detail = held ? shown(found) : `found ${shown(found)}, recorded ${shown(recorded)}`;
  return { name: `SHA-256 of ${file}`, held, detail };
}

type Shape = Pick<CertificateDocument, 'samples' | 'latentsPerRow'>;

/** The samples are the last row, bit for bit. */
export function lastRowCheck(
  { samples: count, latentsPerRow }: Shape,
  states: Float32Array,
  samples: Float32Array,
): Check {
  const name = 'samples are the last row';
  const last = states.subarray(states.length - latentsPerRow * samples.length);
  return { name, ...compareBits(samples, statesOf(last, count, latentsPerRow)) };
}

/** The first row is the noise of the seed, bit for bit. */
export function noiseCheck(
  {
    seed,
    samples,
    latentsPerRow,
    sampleShape,
  }: Shape & Pick<CertificateDocument, 'seed' | 'sampleShape'>,
  states: Float32Array,
  initialScale: number,
): Check {
  const dim = elementsOf(sampleShape);
  const noise = initialLatents({ seed, samples, dim, initialScale });
  const name = `first row is the noise of seed ${seed}`;
  const first = states.subarray(0, latentsPerRow * noise.length);
  return { name, ...compareBits(statesOf(first, samples, latentsPerRow), noise) };
}

function compareBits(found: Float32Array, expected: Float32Array): Omit<Check, 'name'> {
  const at = found.findIndex((value, k) => !Object.is(value, expected[k]));
  if (at < 0) return { held: true, detail: `${found.length} values, every bit` };
  const detail = `element ${at}: found ${found[at]}, expected ${expected[at]}`;
  return { held: false, detail };
}

/**
 * How far a recomputed residual may be from the recorded one. The same kernels on the same rows
 * give the same bits; other batch shapes differ by the jitter that was measured, other processors
 * in the last bits of the network's output. A step passes both on times the scale of that output.
 */
const JITTER_FACTOR = 3;
const OUTPUT_ROUNDING = 1e-6;

export interface Recomputed {
  readonly residuals: Float32Array;
  readonly increments: readonly number[];
  readonly outputScales: readonly number[];
  readonly batchJitter: number;
}

export function allowances(
  { batchJitter }: Pick<CertificateDocument, 'batchJitter'>,
  now: Pick<Recomputed, 'outputScales' | 'batchJitter'>,
): number[] {
  const jitter = Math.max(batchJitter, now.batchJitter);
  const output = JITTER_FACTOR * jitter + OUTPUT_ROUNDING;
  return now.outputScales.map((scale) => Math.abs(scale) * output);
}

/** Every residual is what the certificate says it was. */
export function residualCheck(
  document: CertificateDocument,
  recorded: Float32Array,
  now: Recomputed,
): Check {
  const name = 'residual of every row, recomputed';
  const { samples, rows: count } = document;
  const allowed = allowances(document, now);
  let rows = 0;
  let worst = { ratio: -1, at: 0 };
  let largest = 0;
  for (let i = 0; i < count; i++) {
    let differs = false;
    for (let m = 0; m < samples; m++) {
      const at = i * samples + m;
      const difference = Math.abs((now.residuals[at] ?? NaN) - (recorded[at] ?? NaN));
      const ratio = difference / (allowed[i] ?? 0);
      // written so that NaN counts as a difference
      if (!(ratio <= 1)) differs = true;
      if (!(ratio <= worst.ratio)) worst = { ratio, at };
      largest = Math.max(largest, difference);
    }
    if (differs) rows++;
  }
  const held = rows === 0;
  if (held) return { name, held, detail: `largest difference ${largest.toExponential(1)}` };
  const [step, sample] = [Math.floor(worst.at / samples), worst.at % samples];
  const found = (now.residuals[worst.at] ?? NaN).toExponential(3);
  const was = (recorded[worst.at] ?? NaN).toExponential(3);
  const limit = (allowed[step] ?? 0).toExponential(1);
  const where = `step ${step}, sample ${sample}: found ${found}, recorded ${was} (+- ${limit})`;
  return { name, held, detail: `${rows} of ${count} rows differ; ${where}` };
}

/** The scanned increments are what the certificate says they were. */
export function incrementCheck(document: CertificateDocument, now: Recomputed): Check {
  const name = 'increment of every sample, recomputed';
  const { increments: recorded } = document;
  // each row may contribute its own allowance, none of them amplified by the scan of its prior
  const allowed = allowances(document, now).reduce((sum, one) => sum + one, 0);
  const at = now.increments.findIndex(
    (one, m) => !(Math.abs(one - (recorded[m] ?? NaN)) <= allowed),
  );
  if (at < 0 && recorded.length === now.increments.length) {
    const largest = Math.max(0, ...now.increments);
    return { name, held: true, detail: `largest ${largest.toExponential(2)}` };
  }
  const [found, was] = [now.increments[Math.max(0, at)], recorded[Math.max(0, at)]];
  return { name, held: false, detail: `sample ${at}: found ${found}, recorded ${was}` };
}

/** The summary of the certificate follows from its residuals. */
export function summaryCheck(document: CertificateDocument, recorded: Float32Array): Check {
  const name = 'certificate agrees with its residuals';
  const { residualMax, residualRow, residualSample, samples, passed, tolerance } = document;
  const largest = recorded.reduce((max, one) => (one > max ? one : max), 0);
  const there = recorded[residualRow * samples + residualSample];
  const same = Math.fround(residualMax) === largest && there === largest;
  const judged = passed === residualMax <= tolerance;
  const detail = `largest residual ${largest.toExponential(2)}, tolerance ${tolerance}`;
  return { name, held: same && judged, detail };
}

/** What the certificate itself says. */
export function passedCheck({ passed, reason }: CertificateDocument): Check {
  const detail = passed ? 'passed when it was made' : reason;
  return { name: 'certificate', held: passed, detail };
}
