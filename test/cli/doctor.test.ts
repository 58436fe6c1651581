import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { checkDisk, checkNode, checkPort } from '../../cli/doctor/machine.ts';
import { checkModels, probeProvider } from '../../cli/doctor/providers.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { fakeCoordinator, temporaryFolder } from './support.ts';

describe('doctor', () => {
  it('warns of a Node below the security floor', () => {
    expect(checkNode('24.21.0')).toMatchObject({ state: 'ok' });
    expect(checkNode('24.18.0')).toMatchObject({
      state: 'warn',
      todo: expect.stringContaining('24.18.1') as string,
    });
  });

  it('tells a free port, a coordinator and a stranger apart', async () => {
    const fake = await fakeCoordinator();
    expect(await checkPort('--listen', fake.address)).toMatchObject({
      state: 'ok',
      found: 'a coordinator with 1 workers',
    });
    const stranger = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void stranger.close());
    const address = `127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    expect(await checkPort('--listen', address)).toMatchObject({ state: 'warn', found: 'in use' });
    expect(await checkPort('--listen', '127.0.0.1:0')).toMatchObject({
      state: 'ok',
      found: 'free',
    });
  });

  it('tries the data folder and leaves nothing behind', async () => {
    const root = temporaryFolder();
    const missing = join(root, 'a', 'b');
    expect(await checkDisk(missing)).toMatchObject({ name: `data in ${missing}` });
    expect(existsSync(join(root, 'a'))).toBe(false);
    expect(await checkDisk('/proc/isochron')).toMatchObject({ state: 'fail' });
  });

  it('loads the models and names what is wrong with them', async () => {
    const golden = join(packageRoot(), 'test', 'golden', 'models');
    const folder = temporaryFolder();
    const manifest = (name: string, file: string): string =>
      [
        `name: ${name}`,
        'kind: onnx',
        `file: ${file}`,
        'sampleShape: [1, 4, 4]',
        'prediction: epsilon',
        'inputs: { sample: sample, timestep: timestep, output: epsilon }',
        'conditions: [{ name: class, input: class_label, dtype: int64, minimum: 0, maximum: 9 }]',
        'schedule: { kind: cosine, trainSteps: 100 }',
        'spacing: linspace',
        'terminalAlphaBar: 1',
        'dataStd: 1',
        'valueRange: [-1, 1]',
        'maxBatch: 2',
        'license: MIT',
      ].join('\n');
    for (const name of ['good', 'timestep-rank0', 'truncated']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'model.onnx'), readFileSync(join(golden, `${name}.onnx`)));
      writeFileSync(join(folder, name, 'isochron.yaml'), manifest(name, 'model.onnx'));
    }
    const [good, rank0, truncated] = await checkModels(folder);
    expect(good).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('one timestep per row') as string,
    });
    expect(rank0).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('one timestep per call') as string,
    });
    expect(truncated).toMatchObject({ state: 'fail' });
    expect(await checkModels('/nowhere')).toMatchObject([{ state: 'fail' }]);
  });

  it('has a model of its own to try a provider with', async () => {
    await expect(probeProvider('cpu')).resolves.toBeUndefined();
    await expect(probeProvider('no-such-provider')).rejects.toThrow('no-such-provider');
  });
});
