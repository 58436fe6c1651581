import { elementsOf } from '../../shared/protocol/model-description.ts';
import type { ModelDescription } from '../../shared/protocol/model-description.ts';
import type { Manifest } from './manifest-schema.ts';

type OwnToTheKind = Pick<
  ModelDescription,
  | 'backend'
  | 'prediction'
  | 'conditions'
  | 'convergence'
  | 'sharedTimestep'
  | 'takesPrompts'
  | 'decodesLatents'
>;

/** What analytic models that come without a manifest are described on. */
export const onLinearSchedule = {
  prediction: 'epsilon',
  schedule: { kind: 'linear', trainSteps: 1000, betaStart: 0.0001, betaEnd: 0.02 },
  spacing: 'linspace',
  timestepOffset: 0,
  terminalAlphaBar: 1,
} as const satisfies Partial<ModelDescription>;

/** A manifest as the coordinator sees it: what all kinds share, and what the kind adds. */
export function describe(manifest: Manifest, sha256: string, own: OwnToTheKind): ModelDescription {
  const { schedule, sampleShape } = manifest;
  return {
    name: manifest.name,
    sha256,
    sampleShape,
    dim: elementsOf(sampleShape),
    schedule: schedule.kind === 'cosine' ? { ...schedule, betaStart: 0, betaEnd: 0 } : schedule,
    spacing: manifest.spacing,
    timestepOffset: manifest.timestepOffset,
    terminalAlphaBar: manifest.terminalAlphaBar,
    ...(manifest.bound && { bound: manifest.bound }),
    ...(manifest.sampler && { sampler: manifest.sampler }),
    dataStd: manifest.dataStd,
    valueRange: manifest.valueRange,
    guidance: manifest.guidance,
    maxBatch: manifest.maxBatch,
    license: manifest.license,
    ...own,
  };
}
