import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  readCertificate,
  readInputs,
  readResiduals,
  readSamples,
  readTrajectory,
} from '../../../cli/job/certified-folder.ts';
import { writeResult } from '../../../cli/job/result-folder.ts';
import { startTrajectory } from '../../../cli/job/start-trajectory.ts';
import { temporaryFolder } from '../support.ts';
import { certificate } from '../verify/certificate.ts';
import { certifiedResult, uncertifiedResult } from './certified-result.ts';

async function certifiedFolder(): Promise<string> {
  const folder = temporaryFolder();
  await writeResult(folder, certifiedResult(), { images: false });
  return folder;
}

describe('the folder of a certified job', () => {
  it('has everything to verify it with, and reads back', async () => {
    const folder = await certifiedFolder();
    expect(readdirSync(folder).sort()).toEqual(
      [
        ...['certificate.json', 'input-0.npy', 'residuals.npy', 'result.json', 'samples.npy'],
        ...['trace.csv', 'trajectory.npy.gz'],
      ].sort(),
    );
    const { kept, samples } = certifiedResult();
    const document = await readCertificate(folder);
    expect(document).toMatchObject({ seed: 7, passed: true, residualMax: 0.002, residualRow: 3 });
    expect(document.inputs).toMatchObject([{ name: 'class', dtype: 'int64', shape: [2] }]);
    const states = await readTrajectory(folder, document);
    expect(states.data).toEqual(kept?.states);
    expect(states.sha256).toBe(document.files.trajectory);
    expect((await readSamples(folder, document)).data).toEqual(samples);
    expect((await readResiduals(folder, document)).data).toEqual(kept?.residuals);
    const [input] = await readInputs(folder, document);
    expect(input?.data).toEqual(BigInt64Array.of(1n, 2n));
    expect(input?.sha256).toBe(document.inputs[0]?.sha256);
  });

  it('says in result.json what was certified, and by which files', async () => {
    const folder = await certifiedFolder();
    const result: unknown = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    expect(result).toMatchObject({
      errorEstimate: 0.004,
      certificate: {
        passed: true,
        residualMax: 0.002,
        increment: 0.004,
        modelCalls: 8,
        files: ['trajectory.npy.gz', 'residuals.npy', 'input-0.npy', 'certificate.json'],
      },
    });
  });

  it('loses its certificate when another result is written over it', async () => {
    const folder = await certifiedFolder();
    await writeResult(folder, uncertifiedResult(), { images: false });
    expect(existsSync(join(folder, 'certificate.json'))).toBe(false);
    await expect(readCertificate(folder)).rejects.toThrow('--certify --out DIR');
  });

  it('has none where the round came to nothing', async () => {
    const folder = temporaryFolder();
    const { report, ...result } = uncertifiedResult();
    const none = {
      ...certifiedResult().report.certificate,
      passed: false,
      reason: 'not certified',
    };
    const failed = { ...result, report: { ...report, certificate: none } };
    // the type of a certificate that says why there is none
    const document = await writeResult(folder, failed as ReturnType<typeof certifiedResult>, {
      images: false,
    });
    expect(document.certificate).toMatchObject({ passed: false, files: [] });
    expect(existsSync(join(folder, 'certificate.json'))).toBe(false);
  });
});

describe('a certificate that cannot be read', () => {
  const good = certificate();
  const bad: readonly (readonly [what: string, text: string, says: string])[] = [
    ['no JSON', 'nothing', 'certificate.json'],
    ['of another format', JSON.stringify({ ...good, format: 'other/1' }), 'format'],
    ['with a field that nobody knows', JSON.stringify({ ...good, extra: 1 }), 'extra'],
    ['with no number', JSON.stringify({ ...good, residualMax: null }), 'residualMax'],
    ['with a bad hash', JSON.stringify({ ...good, modelSha256: 'x' }), 'modelSha256'],
    ['of a huge trajectory', JSON.stringify({ ...good, sampleShape: [9999, 9999] }), 'at most'],
    ['that is huge itself', ' '.repeat(5_000_000), '5000000 bytes'],
  ];

  it.each(bad)('%s', async (_what, text, says) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'certificate.json'), text);
    await expect(readCertificate(folder)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(readCertificate(folder)).rejects.toThrow(says);
  });
});

describe('a trajectory to start from', () => {
  const job = { solver: 'ddim', steps: 4, samples: 2 };

  it('comes with the job that it is from', async () => {
    const { states, source } = await startTrajectory(await certifiedFolder(), job);
    expect(states).toEqual(certifiedResult().kept?.states);
    expect(source).toMatchObject({ model: 'fashion', seed: 7, guidance: 2, steps: 4, eta: 0 });
    expect(source.inputs?.[0]?.data).toEqual(BigInt64Array.of(1n, 2n));
  });

  it.each([
    ['solver', { solver: 'ddpm' }],
    ['eta', { eta: 0.5 }],
    ['steps', { steps: 5 }],
    ['samples', { samples: 1 }],
  ])('must have the same %s', async (field, change) => {
    const folder = await certifiedFolder();
    await expect(startTrajectory(folder, { ...job, ...change })).rejects.toThrow(
      `--init-from: found ${field}`,
    );
  });

  it('that is damaged is said so', async () => {
    const folder = await certifiedFolder();
    writeFileSync(join(folder, 'trajectory.npy.gz'), 'nothing');
    await expect(startTrajectory(folder, job)).rejects.toThrow('no gzip data');
  });
});
