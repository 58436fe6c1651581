/** What `--backend` may say; wrong ones are refused before anything is started. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import { emulationGrammar, parseEmulation } from './emulated/emulation.ts';
import { oipGrammar, parseOip } from './oip/address.ts';

/**
 * The name as it is.
 *
 * @throws SamplerError INVALID_REQUEST
 */
export function checkBackend(text: string): string {
  const known = text === 'onnx' || text === 'analytic';
  if (known || parseEmulation(text) !== undefined || parseOip(text) !== undefined) return text;
  const expected = `onnx, analytic, ${emulationGrammar} or ${oipGrammar}`;
  throw new SamplerError('INVALID_REQUEST', `--backend: found "${text}", expected ${expected}`);
}
