/** A model's own sampler on the wire: fields of `Model`. */
import type { Model__Output } from '../../proto/generated/isochron/v1/Model.ts';
import type { OwnSampler } from './model-description.ts';

type Sent = Pick<
  Model__Output,
  'solver' | 'solverOptions' | 'sigmas' | 'finalSigmaLeast' | 'usualSpacing'
>;

export function encodeSampler(sampler: OwnSampler): Sent {
  const { name, options, sigmas, finalSigma, usualSpacing } = sampler;
  const told = Object.keys(options).length > 0;
  return {
    solver: name,
    solverOptions: told ? JSON.stringify(options) : '',
    sigmas,
    finalSigmaLeast: finalSigma === 'least',
    usualSpacing,
  };
}

/** @throws RangeError where the options are no object */
export function decodeSampler(sent: Sent): OwnSampler {
  const { solver: name, solverOptions, sigmas, finalSigmaLeast, usualSpacing } = sent;
  return {
    name,
    options: optionsOf(solverOptions),
    sigmas,
    finalSigma: finalSigmaLeast ? 'least' : 'zero',
    usualSpacing,
  };
}

function optionsOf(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {};
  try {
    const options: unknown = JSON.parse(text);
    if (typeof options === 'object' && options !== null && !Array.isArray(options)) {
      return options as Record<string, unknown>;
    }
  } catch {
    // said below
  }
  throw new RangeError(`solver_options: found ${text.slice(0, 80)}, expected a JSON object`);
}
