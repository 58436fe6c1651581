/** What `--backend` may say; wrong ones are refused before anything is started. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import { shownText } from '../../shared/protocol/shown-text.ts';
import { emulationGrammar, parseEmulation } from './emulated/emulation.ts';
import { oipGrammar, parseOip } from './oip/address.ts';

export const onnxGrammar = 'onnx[:PROVIDER[:DEVICE]] such as onnx:cuda:0';

/**
 * The execution provider that `onnx` or `onnx:cuda:1` names, as ONNX Runtime calls it; undefined
 * for another backend. Whether it is on this machine shows when a model is loaded.
 */
export function parseOnnx(backend: string): string | undefined {
  const [whole, provider = 'cpu'] = /^onnx(?::([a-z]{1,16}(?::\d{1,3})?))?$/.exec(backend) ?? [];
  return whole === undefined ? undefined : provider;
}

/**
 * The name as it is.
 *
 * @throws SamplerError INVALID_REQUEST
 */
export function checkBackend(text: string): string {
  const known = text === 'analytic' || parseOnnx(text) !== undefined;
  if (known || parseEmulation(text) !== undefined || parseOip(text) !== undefined) return text;
  const expected = `${onnxGrammar}, analytic, ${emulationGrammar} or ${oipGrammar}`;
  const found = `found "${shownText(text)}"`;
  throw new SamplerError('INVALID_REQUEST', `--backend: ${found}, expected ${expected}`);
}
