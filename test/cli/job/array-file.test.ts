import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { ArrayFileError, readArray, sha256, writeArray } from '../../../cli/job/array-file.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { encodeNpy } from '../../../shared/protocol/npy.ts';
import { temporaryFolder } from '../support.ts';

const values = Float32Array.from({ length: 24 }, (_, k) => Math.fround(Math.sin(k)));

describe('an array in a file', () => {
  it.each(['a.npy', 'a.npy.gz'])('comes back from %s with its hash', async (name) => {
    const path = join(temporaryFolder(), name);
    const written = await writeArray(path, values, [2, 3, 4]);
    const found = await readArray(path, 'float32', [2, 3, 4]);
    expect(found.data).toEqual(values);
    expect(found.sha256).toBe(written);
    expect(written).toBe(sha256(readFileSync(path)));
  });

  it('may be of integers', async () => {
    const path = join(temporaryFolder(), 'i.npy');
    const classes = BigInt64Array.of(1n, -2n);
    await writeArray(path, classes, [2]);
    expect((await readArray(path, 'int64', [2])).data).toEqual(classes);
  });

  it('is smaller with gzip where there is something to save', async () => {
    const folder = temporaryFolder();
    const zeros = new Float32Array(10_000);
    await writeArray(join(folder, 'a.npy'), zeros, [10_000]);
    await writeArray(join(folder, 'a.npy.gz'), zeros, [10_000]);
    expect(statSync(join(folder, 'a.npy.gz')).size).toBeLessThan(1_000);
  });
});

describe('a file that is not the array', () => {
  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a pipe that nobody writes to', (path: string) => execFileSync('mkfifo', [path])],
  ])('may be %s', async (_what, make) => {
    const path = join(temporaryFolder(), 'a.npy');
    make(path);
    await expect(readArray(path, 'float32', [1])).rejects.toThrow(/found no regular file/);
  });

  const bad: readonly (readonly [what: string, name: string, bytes: Uint8Array, says: string])[] = [
    ['of another shape', 'a.npy', encodeNpy(values, [24]), 'expected float32 of shape [2, 3, 4]'],
    ['of another type', 'a.npy', encodeNpy(Int32Array.from(values), [2, 3, 4]), 'int32'],
    ['no NPY', 'a.npy', Buffer.from('nothing of the kind'), 'expected an NPY file'],
    ['no gzip', 'a.npy.gz', encodeNpy(values, [2, 3, 4]), 'no gzip data'],
    ['far too large', 'a.npy', new Uint8Array(200_000), '200000 bytes'],
    ['a bomb', 'a.npy.gz', gzipSync(new Uint8Array(50_000_000)), 'once unpacked'],
  ];

  it.each(bad)('%s is said so', async (_what, name, bytes, says) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, bytes);
    const reading = readArray(path, 'float32', [2, 3, 4]);
    await expect(reading).rejects.toThrow(ArrayFileError);
    await expect(reading).rejects.toThrow(says);
    await expect(reading).rejects.toThrow(path);
  });

  it('cut short is said so', async () => {
    const path = join(temporaryFolder(), 'a.npy.gz');
    await writeArray(path, values, [24]);
    truncateSync(path, 60);
    await expect(readArray(path, 'float32', [24])).rejects.toThrow(ArrayFileError);
  });

  it('missing is the fault of who named it', async () => {
    const reading = readArray(join(temporaryFolder(), 'a.npy'), 'float32', [1]);
    await expect(reading).rejects.toThrow(SamplerError);
    await expect(reading).rejects.toThrow('cannot read');
  });
});
