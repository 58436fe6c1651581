import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { writeArray } from '../../cli/job/array-file.ts';
import type { CertificateDocument } from '../../cli/job/certificate-document.ts';
import { writeResult } from '../../cli/job/result-folder.ts';
import type { ResultChunk } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import { report, resultChunks } from './fake-coordinator.ts';
import type { FakeCoordinator } from './fake-coordinator.ts';
import {
  certifiedResult,
  madeCertificate,
  residuals,
  trajectoryStates,
} from './job/certified-result.ts';
import { fakeCoordinator, run, temporaryFolder } from './support.ts';
import { changeBy } from '../support/change.ts';

/** What a coordinator answers that finds what the certificate says, or something else. */
function answer(found: Float32Array = residuals, certificate: object = {}): ResultChunk[] {
  const [, ...samples] = resultChunks().slice(0, 3);
  const head = {
    ...report,
    outcome: 'verified',
    certificate: { ...madeCertificate, ...certificate },
  };
  return [{ report: head }, ...samples, { residuals: Buffer.from(found.buffer) }];
}

async function folderAndFake(
  chunks: readonly ResultChunk[] = answer(),
): Promise<{ folder: string; fake: FakeCoordinator }> {
  const folder = temporaryFolder();
  await writeResult(folder, certifiedResult(), { images: false });
  return { folder, fake: await fakeCoordinator({ chunks }) };
}

async function verify(folder: string, fake: FakeCoordinator, ...more: string[]) {
  const found = await run(['verify', folder, '--coordinator', fake.address, '--json', ...more]);
  const [document] = found.lines();
  return { ...found, document };
}

/** Changes fields of certificate.json. */
function forge(folder: string, change: (document: CertificateDocument) => object): void {
  const path = join(folder, 'certificate.json');
  const document = JSON.parse(readFileSync(path, 'utf8')) as CertificateDocument;
  writeFileSync(path, JSON.stringify({ ...document, ...change(document) }));
}

describe('verify', () => {
  it('holds where everything is as it was', async () => {
    const { folder, fake } = await folderAndFake();
    const { code, document, stderr } = await verify(folder, fake, '--blocks', '5');
    expect(stderr).toBe('');
    expect(document).toMatchObject({ passed: true, reason: '', model: 'fashion' });
    expect(code).toBe(0);
    const [head, ...parts] = fake.uploaded;
    expect(head?.head).toMatchObject({
      verify: true,
      request: { model: 'fashion', solver: 'ddim', steps: 4, seed: 7, guidance: 2, blocks: 5 },
      source: { seed: 7 },
    });
    const sent = Buffer.concat(parts.map(({ states }) => states ?? Buffer.alloc(0)));
    expect(sent.equals(Buffer.from(trajectoryStates().buffer))).toBe(true);
  });

  it('shows a person what was checked', async () => {
    const { folder, fake } = await folderAndFake();
    const argv = ['verify', folder, '--coordinator', fake.address];
    const { stdout } = await run(argv, { interactive: true });
    expect(stdout).toContain('SHA-256 of samples.npy');
    expect(stdout).toContain('residual of every row, recomputed');
    expect(stdout).toContain('holds at tolerance 0.01');
  });

  it('finds changed files by their hashes', async () => {
    const { folder, fake } = await folderAndFake();
    const states = trajectoryStates();
    changeBy(states, 12, 1e-3);
    await writeArray(join(folder, 'trajectory.npy.gz'), states, [5, 2, 1, 2, 2]);
    const { code, document, stderr } = await verify(folder, fake);
    expect(code).toBe(5);
    expect(document).toMatchObject({ passed: false });
    expect(stderr).toContain('SHA-256 of trajectory.npy.gz');
  });

  it('finds a sample that is not the last row, whatever the hashes say', async () => {
    const { folder, fake } = await folderAndFake();
    const samples = certifiedResult().samples.slice();
    changeBy(samples, 5, 1e-3);
    const sha256 = await writeArray(join(folder, 'samples.npy'), samples, [2, 1, 2, 2]);
    forge(folder, ({ files }) => ({ files: { ...files, samples: sha256 } }));
    const { code, stderr } = await verify(folder, fake);
    expect(code).toBe(5);
    expect(stderr).toContain('samples are the last row: element 5');
    expect(stderr).not.toContain('SHA-256');
  });

  it('finds residuals that come out otherwise, or another grid', async () => {
    const other = residuals.map((one, k) => (k === 3 ? one + 1e-6 : one));
    const { folder, fake } = await folderAndFake(answer(other));
    expect((await verify(folder, fake)).stderr).toContain('step 1, sample 1');
    fake.script = { chunks: answer(residuals, { gridSha256: '00'.repeat(32) }) };
    const { code, stderr } = await verify(folder, fake);
    expect(code).toBe(5);
    expect(stderr).toContain('the grid');
  });

  it('does not hold for a certificate that says so itself', async () => {
    const { folder, fake } = await folderAndFake();
    forge(folder, () => ({ tolerance: 0.001, passed: false, reason: 'residual above 0.001' }));
    const { code, stderr } = await verify(folder, fake);
    expect(code).toBe(5);
    expect(stderr).toContain('certificate: residual above 0.001');
  });

  it('needs the same model, and says which', async () => {
    const { folder, fake } = await folderAndFake();
    forge(folder, () => ({ modelSha256: '12'.repeat(32) }));
    const other = await verify(folder, fake);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain(`expected ${'12'.repeat(32)}`);
    forge(folder, () => ({ model: 'shoes' }));
    const none = await verify(folder, fake);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('model shoes, which no worker has');
    expect(fake.uploaded).toEqual([]);
  });

  it('needs a certified folder, and a coordinator', async () => {
    const { folder, fake } = await folderAndFake();
    const bare = await verify(temporaryFolder(), fake);
    expect(bare.code).toBe(2);
    expect(bare.stderr).toContain('has no certificate that can be read');
    fake.close();
    expect((await verify(folder, fake)).code).toBe(4);
  });

  it('does not hold for a file that is no array any more', async () => {
    const { folder, fake } = await folderAndFake();
    writeFileSync(join(folder, 'residuals.npy'), 'nothing');
    const { code, document } = await verify(folder, fake);
    expect(code).toBe(5);
    expect(document).toMatchObject({ passed: false, recomputed: null });
  });
});
