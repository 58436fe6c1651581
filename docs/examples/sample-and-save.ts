/**
 * Samples and saves: `node sample-and-save.ts [MODEL] [FILE]`.
 *
 *   4 samples of mixture6 in 50 rounds, 200 model calls: samples.npy
 */
import { writeFile } from 'node:fs/promises';
import { encodeNpy } from 'isochron/client';
import { connect } from './connect.ts';

const [, , model = 'mixture6', file = 'samples.npy'] = process.argv;

using client = connect();
const { samples, shape, report } = await client.sample({
  model,
  solver: 'ddim',
  steps: 50,
  samples: 4,
  seed: 7,
});
await writeFile(file, encodeNpy(samples, shape));

const { rounds, modelCalls } = report;
process.stdout.write(
  `${report.samples} samples of ${model} in ${rounds} rounds, ${modelCalls} model calls: ${file}\n`,
);
