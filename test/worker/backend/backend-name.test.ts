import { describe, expect, it } from 'vitest';
import { checkBackend, parseOnnx } from '../../../worker/backend/backend-name.ts';
import { openBackend } from '../../../worker/backend/open-backend.ts';

describe('a backend of ONNX Runtime', () => {
  it.each([
    ['onnx', 'cpu'],
    ['onnx:cuda', 'cuda'],
    ['onnx:cuda:1', 'cuda:1'],
    ['analytic', undefined],
    ['oip:h:1/m', undefined],
  ])('%s is %s', (text, provider) => {
    expect(parseOnnx(text)).toBe(provider);
    expect(checkBackend(text)).toBe(text);
  });

  it.each(['onnx:', 'onnx:CUDA', 'onnx:cuda:', 'onnx:cuda:one', 'onnx:cuda:0:1', 'onnxx'])(
    '%s is refused',
    (text) => {
      expect(() => checkBackend(text)).toThrow('expected onnx[:PROVIDER[:DEVICE]]');
    },
  );

  it.each(['', 'oip:', 'emulated:'])('%s with a long name is not told back whole', (kind) => {
    const text = `${kind}${'x?'.repeat(50_000)}`;
    const message = expect.stringMatching(
      /^--backend: found [^]{200,220}\.\.\.[^]{0,600}$/,
    ) as string;
    expect(() => checkBackend(text)).toThrow(expect.objectContaining({ message }) as Error);
  });

  it('asks for the provider that it names', async () => {
    const options = { models: 'models', threads: 1 };
    const backend = await openBackend({ ...options, backend: 'onnx:fpga:0' }, () => {});
    await expect(backend.slot('fashion-unet')).rejects.toThrow("provider 'fpga:0' is not on this");
    await backend.close();
  });
});
