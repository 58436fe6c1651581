import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubmitRequest } from '../../cli/client.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';

const good: SubmitRequest = { model: 'mixture6', solver: 'ddim', steps: 20 };
const scalar = (data: BigInt64Array | Float32Array, dtype: 'int64' | 'float32' = 'int64') => ({
  name: 'class',
  dtype,
  shape: [],
  data,
});

/** What is wrong, the code, and the words that the one error must contain. */
const cases: readonly (readonly [string, Partial<SubmitRequest>, string, readonly string[]])[] = [
  ['unknown model', { model: 'nothing' }, 'UNKNOWN_MODEL', ['model', 'nothing', 'mixture6']],
  ['unknown solver', { solver: 'rk45' }, 'INVALID_REQUEST', ['solver', 'rk45', 'ddim']],
  ['unknown method', { method: 'magic' }, 'INVALID_REQUEST', ['method', 'magic', 'secant']],
  ['no steps', { steps: 0 }, 'INVALID_REQUEST', ['steps', '0', '10000']],
  ['negative steps', { steps: -5 }, 'INVALID_REQUEST', ['steps', '-5', '10000']],
  ['too many steps', { steps: 10_001 }, 'INVALID_REQUEST', ['steps', '10001', '10000']],
  ['more steps than training', { steps: 2000 }, 'INVALID_REQUEST', ['steps', '2000', '1000']],
  ['NaN tolerance', { tolerance: NaN }, 'INVALID_REQUEST', ['tolerance', 'NaN', 'number']],
  ['negative tolerance', { tolerance: -1 }, 'INVALID_REQUEST', ['tolerance', '-1']],
  ['NaN guidance', { guidance: NaN }, 'INVALID_REQUEST', ['guidance', 'NaN']],
  ['no samples', { samples: 0 }, 'INVALID_REQUEST', ['samples', '0', '1024']],
  ['no window', { window: 0 }, 'INVALID_REQUEST', ['window', '0']],
  ['no blocks', { blocks: 0 }, 'INVALID_REQUEST', ['blocks', '0']],
  ['a seed that is too large', { seed: 2 ** 60 }, 'INVALID_REQUEST', ['seed']],
  [
    'wrong input name',
    { inputs: [{ ...scalar(BigInt64Array.of(1n)), name: 'klass' }] },
    'INVALID_REQUEST',
    ['input', 'klass', 'class'],
  ],
  [
    'wrong input dtype',
    { inputs: [scalar(Float32Array.of(1), 'float32')] },
    'INVALID_REQUEST',
    ['input class', 'float32', 'int64'],
  ],
  [
    'wrong input shape',
    { inputs: [{ ...scalar(BigInt64Array.of(1n, 2n, 3n)), shape: [3] }] },
    'INVALID_REQUEST',
    ['input class', '[3]', '[1]'],
  ],
  [
    'class out of range',
    { inputs: [scalar(BigInt64Array.of(77n))] },
    'INVALID_REQUEST',
    ['input class', '77', '0', '5'],
  ],
];

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await realCluster();
  await cluster.addWorkers(1);
});

afterAll(() => cluster.close());

describe('a bad request', () => {
  it.each(cases)('%s gets one clear error', async (_name, change, code, words) => {
    const submitted = cluster.client.submit({ ...good, ...change });
    await expect(submitted).rejects.toMatchObject({ name: 'SamplerError', code });
    const message = await submitted.catch((error: Error) => error.message);
    for (const word of words) expect(message).toContain(word);
  });

  it('leaves coordinator and worker serving', async () => {
    const { report } = await cluster.run(good);
    expect(report.outcome).toBe('converged');
    expect(await cluster.client.workers()).toHaveLength(1);
  });

  it('an unknown job is said to be unknown, whatever is asked of it', async () => {
    const { client } = cluster;
    const wrong = { code: 'UNKNOWN_JOB' };
    await expect(client.job('no-such-job')).rejects.toMatchObject(wrong);
    await expect(client.cancel('no-such-job')).rejects.toMatchObject(wrong);
    await expect(client.result('no-such-job')).rejects.toMatchObject(wrong);
  });
});
