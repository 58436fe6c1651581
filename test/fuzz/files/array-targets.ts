/** NPY files, pictures, inputs and certified results. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { encode as encodePng } from 'fast-png';
import { resolveInputs } from '../../../cli/inputs.ts';
import {
  readCertificate,
  readInputs,
  readResiduals,
  readSamples,
  readTrajectory,
} from '../../../cli/job/certified-folder.ts';
import { readMask, readStartImage } from '../../../cli/start-image.ts';
import { decodeNpy, encodeNpy } from '../../../shared/protocol/npy.ts';
import { certificate } from '../../cli/verify/certificate.ts';
import type { Draws } from '../draws.ts';
import { hostileTexts, mutated } from '../hostile.ts';
import { brokenJson } from './mutate-document.ts';
import type { Target } from './targets.ts';

const good = encodeNpy(
  Float32Array.from({ length: 8 }, (_, k) => k),
  [2, 1, 2, 2],
);

/** A header of any grammar, of any version, with any length in front. */
function brokenNpy(draws: Draws): Buffer {
  if (draws.chance(0.4)) return mutated(Buffer.from(good), draws);
  const header = headerText(draws);
  const version = draws.pick([1, 1, 1, 2, 3, 0, 4, 255]);
  const length = draws.chance(0.9)
    ? header.length
    : draws.pick([0, 1, 65_535, 2 ** 31, 2 ** 32 - 1]);
  const size = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) size.writeUInt16LE(length & 0xffff);
  else size.writeUInt32LE(length >>> 0);
  const head = Buffer.from(
    `\x93NUMPY${String.fromCharCode(version, draws.chance(0.95) ? 0 : 1)}`,
    'latin1',
  );
  const data = Buffer.alloc(draws.pick([0, 1, 4, 8, 32, 64]));
  return Buffer.concat([head, size, Buffer.from(header, 'latin1'), data]);
}

const descrs = [
  '<f4',
  '<f8',
  '<f2',
  '<i4',
  '<i8',
  '|u1',
  '>f4',
  '|O',
  '|S3',
  '<U4',
  'constructor',
  '',
];
const shapes = [
  '()',
  '(1,)',
  '(2, 4)',
  '(8,)',
  '(0,)',
  '(0, 9007199254740993)',
  '(99999999999999999999,)',
  '(4294967296, 4294967296, 4294967296)',
  '(1e9,)',
  '(-1,)',
  '(3)',
  '(1, )',
  '(True,)',
  `(${'1, '.repeat(33)})`,
  `(${'1, '.repeat(3_000)})`,
  `(${'1'.repeat(5_000)},)`,
];

function headerText(draws: Draws): string {
  const entries = [
    `'descr': ${draws.chance(0.9) ? `'${draws.pick(descrs)}'` : "[('a', '<f4'), ('b', '|O')]"}`,
    `'fortran_order': ${draws.pick(['False', 'False', 'False', 'True', '0', 'None'])}`,
    `'shape': ${draws.pick(shapes)}`,
  ];
  if (draws.chance(0.1)) entries.push(draws.pick(["'shape': ()", "'__proto__': ()", "'x': 1"]));
  if (draws.chance(0.1)) entries.splice(draws.below(3), 1);
  // what an expression that backtracks would take for ever over
  if (draws.chance(0.05)) entries.unshift(`'a': ${'['.repeat(4_000)}`, `${' '.repeat(4_000)}`);
  return `{${entries.join(', ')}${draws.pick([', }', '}', ',}', '', ' }\n'])}`;
}

const npy: Target = {
  name: 'NPY',
  weight: 330,
  errors: ['NpyError'],
  read: async (draws) => decodeNpy(brokenNpy(draws)),
};

const picture = (side: number, channels: 1 | 2 | 3 | 4, depth: 8 | 16): Buffer => {
  const length = side * side * channels;
  const data = depth === 8 ? new Uint8Array(length).fill(7) : new Uint16Array(length).fill(9);
  return Buffer.from(encodePng({ width: side, height: side, channels, depth, data }));
};
const pictures = [picture(8, 3, 8), picture(4, 1, 8), picture(4, 4, 16), picture(2, 2, 8)];

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write(type, 4, 'latin1');
  // whoever checks the sum finds it wrong: not what is looked for here
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}

const packedPixels = [10, 100_000, 5_000_000].map((size) => deflateSync(Buffer.alloc(size)));

/** Little of a file that claims to be a large picture, or unpacks to one. */
function pictureBomb(draws: Draws): Buffer {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(draws.pick([0, 1, 60_000, 2 ** 31 - 1, 2 ** 32 - 1]));
  size.writeUInt32BE(draws.pick([0, 1, 60_000, 2 ** 31 - 1]), 4);
  size.writeUInt8(draws.pick([8, 16, 1, 0, 255]), 8);
  size.writeUInt8(draws.pick([2, 6, 0, 3, 9]), 9);
  const packed = draws.pick(packedPixels);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    withSum(chunk('IHDR', size)),
    withSum(chunk('IDAT', packed)),
    withSum(chunk('IEND', Buffer.alloc(0))),
  ]);
}

function withSum(bytes: Buffer): Buffer {
  const sum = crc32(bytes.subarray(4, bytes.length - 4));
  bytes.writeUInt32BE(sum, bytes.length - 4);
  return bytes;
}

const image: Target = {
  name: 'pictures',
  weight: 25,
  read: async (draws, folder) => {
    const isNpy = draws.chance(0.3);
    const file = join(folder, isNpy ? 'image.npy' : 'image.png');
    const bytes = isNpy
      ? brokenNpy(draws)
      : draws.chance(0.3)
        ? pictureBomb(draws)
        : mutated(draws.pick(pictures), draws);
    await writeFile(file, bytes);
    return draws.chance(0.5) ? readStartImage(file) : readMask(file);
  },
};

const label = { name: 'class', dtype: 'int64', shape: [], minimum: 0, maximum: 9 } as const;

const inputs: Target = {
  name: 'inputs',
  weight: 90,
  read: async (draws, folder) => {
    const conditions = [{ ...label, labels: ['shirt', '__proto__'], unconditional: 10 }];
    const file = join(folder, 'input.npy');
    if (draws.chance(0.5)) await writeFile(file, brokenNpy(draws));
    const value = draws.chance(0.5) ? file : draws.pick(hostileTexts);
    const name = draws.pick(['class', 'negative_class', '__proto__', 'other']);
    return resolveInputs([{ name, value }], draws.chance(0.7) ? conditions : undefined);
  },
};

const packedBomb = gzipSync(Buffer.alloc(30_000_000));

const certified: Target = {
  name: 'certificates',
  weight: 50,
  errors: ['ArrayFileError'],
  read: async (draws, folder) => {
    const input = { name: 'class', dtype: 'int64' as const, shape: [2], sha256: 'ab'.repeat(32) };
    const document = certificate({ inputs: [input] });
    const json = draws.chance(0.6) ? brokenJson(document, draws) : JSON.stringify(document);
    await writeFile(join(folder, 'certificate.json'), json);
    const array = () => (draws.chance(0.5) ? brokenNpy(draws) : Buffer.from(good));
    await writeFile(join(folder, 'samples.npy'), array());
    await writeFile(join(folder, 'residuals.npy'), array());
    await writeFile(join(folder, 'input-0.npy'), array());
    const packed = draws.chance(0.2) ? packedBomb : gzipSync(array(), { level: 1 });
    const states = draws.chance(0.5) ? mutated(packed, draws) : packed;
    if (draws.chance(0.9)) await writeFile(join(folder, 'trajectory.npy.gz'), states);
    else await mkdir(join(folder, 'trajectory.npy.gz'));
    const read = await readCertificate(folder);
    const readers = [readTrajectory, readSamples, readResiduals, readInputs] as const;
    return draws.pick(readers)(folder, read);
  },
};

export const arrayTargets: readonly Target[] = [npy, image, inputs, certified];
