/**
 * `npm run test:python`: docs/examples/python/sample.py against a real cluster, in an environment
 * of its own (`--work DIR` keeps it; it takes packages from PyPI). Its samples must be those that
 * the TypeScript client gets for the same request, bit for bit.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { encodeNpy } from '../../cli/client.ts';
import { decodeNpy } from '../../shared/protocol/npy.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { giveToken } from '../support/give-token.ts';
import { pythonEnvironment } from '../support/python-tools.ts';
import { realCluster } from '../support/real-cluster.ts';

const { values } = parseArgs({ options: { work: { type: 'string' } } });

const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'isochron-python-'));
const example = join(packageRoot(), 'docs', 'examples', 'python');
const request = { model: 'mixture6', solver: 'ddim', steps: 50, samples: 4, seed: 7 };
// exact mode: the same bits whatever the blocks were
const exact = { ...request, tolerance: 0 };

const cluster = await realCluster();
try {
  const environment = values.work ?? join(scratch, 'venv');
  const python = pythonEnvironment(environment, join(example, 'requirements.txt'));
  await cluster.addWorkers(2);
  const out = join(scratch, 'samples.npy');
  const options = Object.entries(exact).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const program = [join(example, 'sample.py'), ...options, '--out', out];
  const coordinator = `127.0.0.1:${cluster.ports.client}`;
  const env = { ...process.env, ISOCHRON_COORDINATOR: coordinator, ISOCHRON_TOKEN: '' };
  const refused = await run(python, program, { env }).then(
    () => 'answered',
    (error: Error) => (error.message.includes('UNAUTHENTICATED') ? 'refused' : error.message),
  );
  process.stdout.write(`without a token: ${refused}\n`);
  const token = giveToken(cluster.dataDir, 'python', ['read', 'submit']);
  const { stdout } = await run(python, program, { env: { ...env, ISOCHRON_TOKEN: token } });
  process.stdout.write(stdout);

  const { samples, shape } = await cluster.client.sample(exact);
  const saved = decodeNpy(readFileSync(out));
  const same =
    saved.dtype === 'float32' &&
    Buffer.from(encodeNpy(saved.data, saved.shape)).equals(encodeNpy(samples, shape));
  const said = same ? 'the same bits' : 'different';
  process.stdout.write(`${samples.length} values from Python and from TypeScript: ${said}\n`);
  process.exitCode = same && refused === 'refused' ? 0 : 1;
} finally {
  await cluster.close();
  rmSync(scratch, { recursive: true, force: true });
}
